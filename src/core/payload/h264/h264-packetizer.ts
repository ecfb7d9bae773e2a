// Packetizes H.264 access units for RTP (RFC 6184, packetization-mode 1) into a ring of packet slots, one kernel call
// an access unit.
import { FloeError } from "../../error/floe-error.js";
import type { Arena, Region } from "../../kernel/arena.js";
import { requireCount } from "../../kernel/bind-kernel.js";
import type { KernelCounter, Kernels } from "../../kernel/kernel.js";
import { SLOT_PAYLOAD_BYTES, type SlotRing } from "../../kernel/slot-ring.js";
import { NAL_ENTRY_BYTES } from "./annexb-scan-twin.js";
import {
  H264_PACKETIZE,
  type H264PacketizeCalls,
  PACKETIZE_RESULT_BYTES,
  TOO_MANY_NAL_UNITS,
} from "./h264-packetize-twin.js";

/** Bounds of a packetizer; input and scratch are taken from the arena at construction. */
export interface H264PacketizerOptions {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** Where the packets go. */
  readonly ring: SlotRing;
  /** The largest RTP payload, 3 to 1920. Default 1200. */
  readonly maxPayloadBytes?: number;
  /** The largest access unit. Default 1 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** The most start codes in one access unit. Default 1024. */
  readonly maxNalUnits?: number;
}

/** What became of one access unit. */
export interface PacketizedAccessUnit {
  /** Packets written, from the index that was asked for. */
  readonly packetCount: number;
  /** True when it holds an IDR picture. */
  readonly isKey: boolean;
  /** NAL units sent: without delimiters, filler and types that RTP gives other meanings. */
  readonly nalUnitCount: number;
  /** Bytes written to slots: the payloads of all packets. */
  readonly payloadBytes: number;
}

/** The face of kernel h264-packetize. */
export class H264Packetizer {
  /** Where the caller writes the access unit (Annex B) before each call; the caller owns these bytes. */
  readonly input: Region;
  /** A view of `input`. */
  readonly inputBytes: Uint8Array;
  readonly #calls: H264PacketizeCalls;
  readonly #counter: KernelCounter;
  readonly #view: DataView;
  readonly #ring: SlotRing;
  readonly #scratch: Region;
  readonly #maxPayloadBytes: number;
  readonly #maxNalUnits: number;
  readonly #result = { packetCount: 0, isKey: false, nalUnitCount: 0, payloadBytes: 0 };

  /**
   * Throws `h264/payload-size` for a payload that fits no slot, `kernel/count` for other bounds that cannot be,
   * `kernel/foreign-memory` for a stranger's ring.
   */
  constructor({
    kernels,
    arena,
    ring,
    maxPayloadBytes = 1200,
    maxAccessUnitBytes = 1024 * 1024,
    maxNalUnits = 1024,
  }: H264PacketizerOptions) {
    if (kernels.memory !== arena.memory || ring.memory !== arena.memory) {
      throw new FloeError("kernel/foreign-memory", "kernels and ring must be those of the same arena");
    }
    if (!(maxPayloadBytes >= 3 && maxPayloadBytes <= SLOT_PAYLOAD_BYTES)) {
      throw new FloeError("h264/payload-size", `a payload cannot have ${maxPayloadBytes} bytes`, {
        fix: `Use 3 to ${SLOT_PAYLOAD_BYTES}.`,
      });
    }
    requireCount("maxAccessUnitBytes", maxAccessUnitBytes);
    requireCount("maxNalUnits", maxNalUnits);
    this.#calls = kernels.bind(H264_PACKETIZE);
    this.#counter = kernels.counter(H264_PACKETIZE.name);
    this.#view = arena.memory.view;
    this.#ring = ring;
    this.#maxPayloadBytes = Math.floor(maxPayloadBytes);
    this.#maxNalUnits = maxNalUnits;
    this.input = arena.reserve(`${ring.name} access unit`, maxAccessUnitBytes, 64);
    this.inputBytes = arena.bytesOf(this.input);
    this.#scratch = arena.reserve(
      `${ring.name} packetizer scratch`,
      PACKETIZE_RESULT_BYTES + maxNalUnits * NAL_ENTRY_BYTES,
    );
  }

  /**
   * Packetizes the first `accessUnitLengthBytes` of `input` into packets `firstIndex` and on; no packets for a unit that
   * holds nothing to send. The result is one object that the next call overwrites. Nothing is allocated.
   *
   * Throws `h264/too-large` for more bytes than `input` has or more packets than the ring has slots, and
   * `h264/too-many-nal-units`; the ring is untouched then.
   */
  packetize(accessUnitLengthBytes: number, firstIndex: number): PacketizedAccessUnit {
    const isCount = Number.isInteger(accessUnitLengthBytes) && accessUnitLengthBytes >= 0;
    if (!(isCount && accessUnitLengthBytes <= this.input.lengthBytes && firstIndex >= 0)) {
      throw new FloeError(
        "h264/too-large",
        `an access unit of ${accessUnitLengthBytes} bytes at packet ${firstIndex}, room for ${this.input.lengthBytes}`,
        { fix: "Raise maxAccessUnitBytes or lower the bitrate." },
      );
    }
    const ring = this.#ring;
    const packetCount = this.#calls.packetize(
      this.input.address,
      accessUnitLengthBytes,
      this.#scratch.address,
      this.#maxNalUnits,
      ring.slotsAddress,
      ring.descriptorsAddress,
      ring.slotCount,
      ring.slotOf(firstIndex),
      this.#maxPayloadBytes,
    );
    this.#counter.calls++;
    this.#counter.bytes += accessUnitLengthBytes;
    if (packetCount < 0) {
      throw packetCount === TOO_MANY_NAL_UNITS
        ? new FloeError("h264/too-many-nal-units", `more than ${this.#maxNalUnits} NAL units in an access unit`)
        : new FloeError("h264/too-large", `an access unit needs more than ${ring.slotCount} packets`, {
            fix: "Give the ring more slots or lower the bitrate.",
          });
    }
    const result = this.#result;
    const scratch = this.#scratch.address;
    result.packetCount = packetCount;
    result.isKey = this.#view.getUint32(scratch, true) === 1;
    result.nalUnitCount = this.#view.getUint32(scratch + 4, true);
    result.payloadBytes = this.#view.getUint32(scratch + 8, true);
    return result;
  }
}
