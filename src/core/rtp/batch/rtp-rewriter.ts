// Rewrites the headers of parsed packets for another receiver, in place (RFC 3550 5.1, RFC 8285): what a relay does for
// each of its viewers right before it sends.
import { FloeError } from "../../error/floe-error.js";
import { type BoundKernel, bindKernel, type KernelSide, requireCount } from "../../kernel/bind-kernel.js";
import { RTP_HEADER_BYTES } from "../rtp-packet.js";
import type { RtpBatchParser } from "./rtp-batch-parser.js";
import { COLUMN_COUNT, RECORD_BYTES } from "./rtp-record.js";
import { PAYLOAD_TYPE_COUNT, RTP_REWRITE, type RtpRewriteCalls } from "./rtp-rewrite-twin.js";

const MAP_BYTES = PAYLOAD_TYPE_COUNT + COLUMN_COUNT;

/** How one receiver numbers payload types and header extensions; from {@link RtpRewriter.openMap}. */
export class RtpRewriteMap {
  /** 128 payload types (255: not sent), then 8 extension ids by column: a view of the arena. */
  readonly #bytes: Uint8Array;
  readonly #rewriter: RtpRewriter;
  #isOpen = true;

  /** @internal */
  constructor(rewriter: RtpRewriter, bytes: Uint8Array, hiddenExtensionId: number) {
    this.#rewriter = rewriter;
    this.#bytes = bytes;
    bytes.fill(255, 0, PAYLOAD_TYPE_COUNT);
    for (let column = 0; column < COLUMN_COUNT; column++) {
      this.setExtensionId(column, hiddenExtensionId);
    }
  }

  /** Sends payload type `from` as `to`; undefined: not at all, as all do at first. Throws `rtp/rewrite-range`. */
  setPayloadType(from: number, to: number | undefined): void {
    if (!(isBelow(from, PAYLOAD_TYPE_COUNT) && (to === undefined || isBelow(to, PAYLOAD_TYPE_COUNT)) && this.#isOpen)) {
      throw new FloeError("rtp/rewrite-range", `payload type ${from} as ${to}`);
    }
    this.#bytes[from] = to ?? 255;
  }

  /** Sends the elements of `column` (0..7, see {@link RtpBatchParser.setColumn}) as `id` (1..14). Throws `rtp/rewrite-range`. */
  setExtensionId(column: number, id: number): void {
    if (!(isBelow(column, COLUMN_COUNT) && isExtensionId(id) && this.#isOpen)) {
      throw new FloeError("rtp/rewrite-range", `the header extension of column ${column} as ${id}`);
    }
    this.#bytes[PAYLOAD_TYPE_COUNT + column] = id;
  }

  /** Gives its place back: the receiver has gone. Closing twice is quiet. */
  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#rewriter.takeBack(this.#bytes.byteOffset);
    }
  }

  /** Where its bytes are, or -1 when it is closed or another rewriter's. @internal */
  addressFor(rewriter: RtpRewriter): number {
    return this.#isOpen && rewriter === this.#rewriter ? this.#bytes.byteOffset : -1;
  }
}

/** What changes from one stream of a source to one of a receiver. Deltas may be negative. */
export interface RtpRewrite {
  /** Only packets of this stream are rewritten. */
  readonly sourceSsrc: number;
  readonly ssrc: number;
  /** Added to each sequence number (mod 2^16). */
  readonly sequenceDelta: number;
  /** Added to each timestamp (mod 2^32). */
  readonly timestampDelta: number;
}

/** The face of kernel rtp-rewrite. One serves all receivers of an arena. */
export class RtpRewriter {
  readonly #kernel: BoundKernel<RtpRewriteCalls>;
  readonly #mapsAddress: number;
  readonly #maxMaps: number;
  readonly #free: number[] = [];
  #openedMaps = 0;

  /**
   * `maxMaps`: the most maps open at once, 136 bytes each. `kernels` must be those of `arena`; throws
   * `kernel/foreign-memory` otherwise, and `kernel/count` for a `maxMaps` that is none.
   */
  constructor({ kernels, arena, maxMaps = 64 }: KernelSide & { readonly maxMaps?: number }) {
    requireCount("maxMaps", maxMaps);
    this.#kernel = bindKernel(RTP_REWRITE, { kernels, arena });
    this.#mapsAddress = arena.reserve("rtp-rewrite maps", maxMaps * MAP_BYTES).address;
    this.#maxMaps = maxMaps;
  }

  /**
   * A map for one receiver. `hiddenExtensionId` (1..14) is one that it never negotiated: elements of columns without an
   * id of their own go out under it, and it passes over them (RFC 8285 4.2). Throws `rtp/too-many-maps`,
   * `rtp/rewrite-range`.
   */
  openMap({ hiddenExtensionId }: { readonly hiddenExtensionId: number }): RtpRewriteMap {
    if (!isExtensionId(hiddenExtensionId)) {
      throw new FloeError("rtp/rewrite-range", `a hidden header extension ${hiddenExtensionId}`);
    }
    if (this.#free.length === 0 && this.#openedMaps === this.#maxMaps) {
      throw new FloeError("rtp/too-many-maps", `${this.#maxMaps} maps are open`, {
        fix: "Close the maps of receivers that have gone, or raise maxMaps.",
      });
    }
    const address = this.#free.pop() ?? this.#mapsAddress + MAP_BYTES * this.#openedMaps++;
    const bytes = this.#kernel.memory.bytes.subarray(address, address + MAP_BYTES);
    return new RtpRewriteMap(this, bytes, hiddenExtensionId);
  }

  /** A map's place, when it is closed. @internal */
  takeBack(address: number): void {
    this.#free.push(address);
  }

  /**
   * Rewrites packets `first` to `first + count - 1` of the batch that `parsed` holds, while they are in their slots, and
   * answers how many. `ring.packet` is then what goes on the wire, without padding; the batch can be rewritten again for
   * the next receiver. Throws `rtp/rewrite-range`, also for a map that is closed or another's; nothing is written then.
   */
  rewrite(parsed: RtpBatchParser, first: number, count: number, change: RtpRewrite, map: RtpRewriteMap): number {
    const { calls, counter, memory } = this.#kernel;
    const mapAddress = map.addressFor(this);
    const isRange = Number.isInteger(first) && first >= 0 && Number.isInteger(count) && count >= 0;
    if (mapAddress < 0 || !isRange || first + count > parsed.count) {
      throw new FloeError("rtp/rewrite-range", `${count} packets from ${first} of ${parsed.count}, or a closed map`);
    }
    if (parsed.ring.memory !== memory) {
      throw new FloeError("kernel/foreign-memory", `the ring ${parsed.ring.name} lies in another arena`);
    }
    const rewritten = calls.rewrite(
      parsed.recordsAddress + first * RECORD_BYTES,
      count,
      change.sourceSsrc,
      change.ssrc,
      change.sequenceDelta,
      change.timestampDelta,
      mapAddress,
    );
    counter.calls++;
    counter.bytes += rewritten * RTP_HEADER_BYTES;
    return rewritten;
  }
}

function isBelow(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit;
}

/** Of the one-byte form (RFC 8285 4.2). */
function isExtensionId(id: number): boolean {
  return isBelow(id, 15) && id > 0;
}
