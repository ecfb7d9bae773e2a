// Parses a batch of received packets where they lie (RFC 3550 5.1 and A.1, RFC 8285), RTCP told apart (RFC 5761 4).
// Write each packet whole with `ring.writePayload(index, bytes, 0)`, then parse: an RTP packet's descriptor then says
// payload without padding, header length and marker, so that `ring.payload` and `ring.packet` read as on the way out.
import { FloeError } from "../../error/floe-error.js";
import type { Region } from "../../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide } from "../../kernel/bind-kernel.js";
import type { SlotRing } from "../../kernel/slot-ring.js";
import type { RtpTicks } from "../../time/units.js";
import { RTP_PARSE, type RtpParseCalls } from "./rtp-parse-twin.js";
import { COLUMN_COUNT, RECORD_BYTES, RECORD_HEAD_BYTES } from "./rtp-record.js";

/** Where received packets lie and how many are parsed at once; the records are taken from the arena at construction. */
export interface RtpBatchParserOptions extends KernelSide {
  readonly ring: SlotRing;
  /** The most packets in a batch, up to the ring's slots. Costs 64 bytes each. Default 64. */
  readonly maxBatch?: number;
  /** Blank extension elements that no column asks for, in the slots: what a relay must not pass on. Default false. */
  readonly stripExtensions?: boolean;
}

/** The face of kernel rtp-parse. Holds the records of the last batch; parsing allocates nothing. */
export class RtpBatchParser {
  readonly ring: SlotRing;
  /** Address of record 0, for {@link RtpRewriter}. */
  readonly recordsAddress: number;
  readonly #kernel: BoundKernel<RtpParseCalls>;
  readonly #view: DataView;
  readonly #table: Region;
  readonly #columns: Region;
  readonly #maxBatch: number;
  readonly #strip: number;
  #count = 0;

  /** Throws `kernel/foreign-memory` for a stranger's ring or kernels, `rtp/batch-range` for a batch that cannot be. */
  constructor({ kernels, arena, ring, maxBatch = 64, stripExtensions = false }: RtpBatchParserOptions) {
    this.#kernel = bindKernel(RTP_PARSE, { kernels, arena });
    if (ring.memory !== arena.memory) {
      throw new FloeError("kernel/foreign-memory", `the ring ${ring.name} lies in another arena`);
    }
    if (!(Number.isInteger(maxBatch) && maxBatch >= 1 && maxBatch <= ring.slotCount)) {
      throw new FloeError("rtp/batch-range", `a batch of ${maxBatch} packets in a ring of ${ring.slotCount}`);
    }
    this.ring = ring;
    this.#view = arena.memory.view;
    this.#maxBatch = maxBatch;
    this.#strip = stripExtensions ? 1 : 0;
    this.#table = arena.reserve(`${ring.name} records`, RECORD_HEAD_BYTES + maxBatch * RECORD_BYTES, 64);
    this.recordsAddress = this.#table.address + RECORD_HEAD_BYTES;
    this.#columns = arena.reserve(`${ring.name} extension columns`, 256);
    arena.bytesOf(this.#columns).fill(255);
  }

  /**
   * Files the elements of header extension `id` (1..255) under `column` (0..7) from the next batch on; undefined: no
   * longer. Throws `rtp/batch-range`.
   */
  setColumn(id: number, column: number | undefined): void {
    const isColumn = column === undefined || (Number.isInteger(column) && column >= 0 && column < COLUMN_COUNT);
    if (!(Number.isInteger(id) && id >= 1 && id <= 255 && isColumn)) {
      throw new FloeError("rtp/batch-range", `header extension ${id} in column ${column}`);
    }
    this.#view.setUint8(this.#columns.address + id, column ?? 255);
  }

  /**
   * Parses packets `firstIndex` to `firstIndex + count - 1`, each once after it was written; answers how many are RTP.
   * Refused packets and RTCP keep their descriptors. Throws `rtp/batch-range`, and nothing is written then.
   */
  parse(firstIndex: number, count: number): number {
    if (!(firstIndex >= 0 && Number.isInteger(count) && count >= 0 && count <= this.#maxBatch)) {
      throw new FloeError("rtp/batch-range", `${count} packets from ${firstIndex}, room for ${this.#maxBatch}`);
    }
    const { ring } = this;
    const { calls, counter } = this.#kernel;
    const rtpCount = calls.parse(
      ring.descriptorsAddress,
      ring.slotCount,
      ring.slotOf(firstIndex),
      count,
      this.#table.address,
      this.#columns.address,
      this.#strip,
    );
    this.#count = count;
    counter.calls++;
    counter.bytes += count * RECORD_BYTES;
    return rtpCount;
  }

  /** Packets of the last batch. */
  get count(): number {
    return this.#count;
  }

  /** How many packets of the last batch came to `status`, see {@link RtpStatus}. */
  countOf(status: number): number {
    return this.#view.getUint32(this.#table.address + 4 * (status & 7), true);
  }

  /** See {@link RtpStatus}. What is said below of packet `i` (0 to `count` - 1) holds for RTP; else it is 0. */
  status(i: number): number {
    return this.#view.getUint8(this.#record(i) + 24);
  }

  sequenceNumber(i: number): number {
    return this.#view.getUint16(this.#record(i), true);
  }

  /** 0..127. */
  payloadType(i: number): number {
    return this.#view.getUint8(this.#record(i) + 2) & 127;
  }

  marker(i: number): boolean {
    return this.#view.getUint8(this.#record(i) + 2) >= 128;
  }

  timestamp(i: number): RtpTicks {
    return this.#view.getUint32(this.#record(i) + 4, true);
  }

  /** Of RTCP too: the sender of its first packet. */
  ssrc(i: number): number {
    return this.#view.getUint32(this.#record(i) + 8, true);
  }

  /** Bytes that were behind the payload, their count included. */
  paddingLength(i: number): number {
    return this.#view.getUint8(this.#record(i) + 20);
  }

  /** Contributing sources: so many u32, big-endian, 12 bytes into the packet. */
  csrcCount(i: number): number {
    return this.#view.getUint8(this.#record(i) + 21);
  }

  /** The value of the extension element in `column`: a new view, valid until the slot is taken again; undefined without one. */
  extension(i: number, column: number): Uint8Array | undefined {
    const address = this.extensionAddress(i, column);
    const length = this.#view.getUint8(this.#record(i) + 34 + 4 * (column & 7));
    return address === 0 ? undefined : this.ring.memory.bytes.subarray(address, address + length);
  }

  /** Where the value of the element in `column` begins in the arena; 0 when there is none. */
  extensionAddress(i: number, column: number): number {
    const record = this.#record(i);
    const offset = this.#view.getUint16(record + 32 + 4 * (column & 7), true);
    return offset === 0 ? 0 : this.#view.getUint32(record + 12, true) + offset;
  }

  /** The sequence number that {@link RtpRewriter.rewrite} last gave to the packet; undefined when it is not to be sent. */
  sentSequenceNumber(i: number): number | undefined {
    const sent = this.#view.getUint32(this.#record(i) + 28, true);
    return sent === 0 ? undefined : sent & 0xffff;
  }

  #record(i: number): number {
    if (!(i >= 0 && i < this.#count)) {
      throw new FloeError("rtp/batch-range", `packet ${i} of ${this.#count}`);
    }
    return this.recordsAddress + i * RECORD_BYTES;
  }
}
