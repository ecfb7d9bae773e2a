// Stamps RTP headers (RFC 3550 5.1) and a header extension block (RFC 8285) over a batch of packet slots, right before
// each send: the ring's payloads are shared by all viewers, the headers are one viewer's.
import { FloeError } from "../error/floe-error.js";
import type { Arena, Region } from "./arena.js";
import type { KernelCounter, Kernels } from "./kernel.js";
import type { KernelMemory } from "./kernel-memory.js";
import { RTP_STAMP, type RtpStampCalls } from "./rtp-stamp-twin.js";
import { SLOT_HEADROOM_BYTES, type SlotRing } from "./slot-ring.js";

/** Bytes of an RTP header without CSRCs and extension. */
export const RTP_HEADER_BYTES = 12;
/** The largest extension block that fits a slot's headroom beside the header. */
export const MAX_EXTENSION_BYTES: number = SLOT_HEADROOM_BYTES - RTP_HEADER_BYTES;

/** What every header of a batch says; `sequenceNumber` is the first packet's, each next one counts up (mod 2^16). */
export interface RtpStamp {
  /** 32 bits. */
  ssrc: number;
  /** 16 bits. */
  sequenceNumber: number;
  /** RTP ticks, 32 bits. */
  timestamp: number;
  /** 7 bits. */
  payloadType: number;
}

/** The face of kernel rtp-stamp. One serves any number of rings and viewers of its arena. */
export class RtpStamper {
  readonly #calls: RtpStampCalls;
  readonly #counter: KernelCounter;
  readonly #memory: KernelMemory;

  /** `kernels` must be those of `arena`; throws `kernel/foreign-memory` otherwise. */
  constructor({ kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena }) {
    if (kernels.memory !== arena.memory) {
      throw new FloeError("kernel/foreign-memory", "these kernels work on another arena");
    }
    this.#calls = kernels.bind(RTP_STAMP);
    this.#counter = kernels.counter(RTP_STAMP.name);
    this.#memory = arena.memory;
  }

  /**
   * Writes the headers of packets `firstIndex` to `firstIndex + count - 1`, markers from their flags, and their header
   * lengths. `extension` is a whole block (profile, length, elements, padded to 4 bytes; at most 116 bytes) in the same
   * arena, copied behind each header. Allocates nothing. Throws `rtp/stamp-range` for numbers out of range.
   */
  stamp(ring: SlotRing, firstIndex: number, count: number, header: Readonly<RtpStamp>, extension?: Region): void {
    const extensionAddress = extension === undefined ? 0 : extension.address;
    const extensionBytes = extension === undefined ? 0 : extension.lengthBytes;
    this.stampBatch(
      ring,
      firstIndex,
      count,
      header.ssrc,
      header.sequenceNumber,
      header.timestamp,
      header.payloadType,
      extensionAddress,
      extensionBytes,
    );
  }

  /** {@link RtpStamper.stamp} with positional numbers, for callers that hold no header object. */
  stampBatch(
    ring: SlotRing,
    firstIndex: number,
    count: number,
    ssrc: number,
    sequenceNumber: number,
    timestamp: number,
    payloadType: number,
    extensionAddress: number,
    extensionBytes: number,
  ): void {
    if (!(firstIndex >= 0 && count >= 0 && count <= ring.slotCount && payloadType >= 0 && payloadType <= 127)) {
      throw new FloeError("rtp/stamp-range", `${count} packets from ${firstIndex}, payload type ${payloadType}`);
    }
    if (ring.memory !== this.#memory) {
      throw new FloeError("kernel/foreign-memory", `the ring ${ring.name} lies in another arena`);
    }
    const extensionEnd = extensionAddress + extensionBytes;
    if (
      !(extensionBytes >= 0 && extensionBytes <= MAX_EXTENSION_BYTES && extensionAddress >= 0) ||
      (extensionBytes & 3) !== 0 ||
      extensionEnd > this.#memory.sizeBytes
    ) {
      throw new FloeError("rtp/stamp-range", `an extension block of ${extensionBytes} bytes at ${extensionAddress}`, {
        fix: `Pad it to a multiple of 4, at most ${MAX_EXTENSION_BYTES} bytes.`,
      });
    }
    this.#calls.stamp(
      ring.descriptorsAddress,
      ring.slotCount,
      ring.slotOf(firstIndex),
      count,
      ssrc,
      sequenceNumber,
      timestamp,
      payloadType,
      extensionAddress,
      extensionBytes,
    );
    this.#counter.calls++;
    this.#counter.bytes += count * (RTP_HEADER_BYTES + extensionBytes);
  }
}
