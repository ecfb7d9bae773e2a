// Opus packets into packet slots, one a payload (RFC 7587 4.2), and what packets in slots hold (RFC 6716 3), by the batch.
import { FloeError } from "../../error/floe-error.js";
import type { Region } from "../../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide, requireCount } from "../../kernel/bind-kernel.js";
import type { SlotRing } from "../../kernel/slot-ring.js";
import { OPUS_FRAME, OPUS_RECORD_BYTES, type OpusFrameCalls } from "./opus-frame-twin.js";

/** Where packets lie and how many go at once; input and records are taken from the arena at construction. */
export interface OpusFramerOptions extends KernelSide {
  readonly ring: SlotRing;
  /** The most packets in a batch, up to the ring's slots. Default 50: a second of 20 ms. */
  readonly maxBatch?: number;
  /** The most bytes of a batch to packetize. Default 64 KiB. */
  readonly maxInputBytes?: number;
}

/** The face of kernel opus-frame. Holds the records of the last batch; nothing is allocated. */
export class OpusFramer {
  readonly ring: SlotRing;
  /** Where the caller writes packets, one behind the other, before `packetize`. */
  readonly inputBytes: Uint8Array;
  /** Where the caller writes how long each of them is. */
  readonly lengths: Uint32Array;
  readonly #kernel: BoundKernel<OpusFrameCalls>;
  readonly #view: DataView;
  readonly #input: Region;
  readonly #lengths: Region;
  readonly #records: Region;
  readonly #maxBatch: number;
  #count = 0;

  /** Throws `kernel/foreign-memory` for a stranger's ring or kernels, `opus/batch-range`, `kernel/count` for bounds that cannot be. */
  constructor({ kernels, arena, ring, maxBatch = 50, maxInputBytes = 65_536 }: OpusFramerOptions) {
    this.#kernel = bindKernel(OPUS_FRAME, { kernels, arena });
    if (ring.memory !== arena.memory) {
      throw new FloeError("kernel/foreign-memory", `the ring ${ring.name} lies in another arena`);
    }
    if (!(Number.isInteger(maxBatch) && maxBatch >= 1 && maxBatch <= ring.slotCount)) {
      throw new FloeError("opus/batch-range", `a batch of ${maxBatch} packets in a ring of ${ring.slotCount}`);
    }
    requireCount("maxInputBytes", maxInputBytes);
    this.ring = ring;
    this.#maxBatch = maxBatch;
    this.#view = arena.memory.view;
    this.#input = arena.reserve(`${ring.name} opus input`, maxInputBytes, 64);
    this.#lengths = arena.reserve(`${ring.name} opus lengths`, 4 * maxBatch);
    this.#records = arena.reserve(`${ring.name} opus records`, OPUS_RECORD_BYTES * maxBatch);
    this.inputBytes = arena.bytesOf(this.#input);
    this.lengths = new Uint32Array(arena.memory.bytes.buffer, this.#lengths.address, maxBatch);
  }

  /**
   * Describes the payloads of packets `firstIndex` to `firstIndex + count - 1` of the ring; answers how many are Opus.
   * Throws `opus/batch-range`, and nothing is written then.
   */
  parse(firstIndex: number, count: number): number {
    this.#require(firstIndex, count);
    const { ring } = this;
    const { calls, counter } = this.#kernel;
    const { slotCount, descriptorsAddress } = ring;
    const found = calls.parse(descriptorsAddress, slotCount, ring.slotOf(firstIndex), count, this.#records.address);
    this.#count = count;
    counter.calls++;
    counter.bytes += count * OPUS_RECORD_BYTES;
    return found;
  }

  /**
   * Copies `count` packets from `inputBytes` into the ring from `firstIndex` on, and describes them. Answers the samples of
   * all: what the RTP timestamp advances by (RFC 7587 4.1). Throws `opus/batch-range` for more than there is room for,
   * `opus/no-packet` for an empty, broken or too large packet; the ring is untouched then.
   */
  packetize(firstIndex: number, count: number): number {
    this.#require(firstIndex, count);
    let totalBytes = 0;
    for (let i = 0; i < count; i++) {
      totalBytes += this.lengths[i];
    }
    if (totalBytes > this.#input.lengthBytes) {
      throw new FloeError("opus/batch-range", `packets of ${totalBytes} bytes, room for ${this.#input.lengthBytes}`);
    }
    const { ring } = this;
    const { calls, counter } = this.#kernel;
    const samples = calls.packetize(
      this.#input.address,
      this.#lengths.address,
      count,
      ring.slotsAddress,
      ring.descriptorsAddress,
      ring.slotCount,
      ring.slotOf(firstIndex),
      this.#records.address,
    );
    counter.calls++;
    counter.bytes += totalBytes;
    this.#count = samples < 0 ? 0 : count;
    if (samples < 0) {
      throw new FloeError("opus/no-packet", `one of ${count} packets is not an Opus packet that fits a slot`);
    }
    return samples;
  }

  /** Packets of the last batch. */
  get count(): number {
    return this.#count;
  }

  /** Samples at 48 kHz of packet `i` (0 to `count` - 1): 120 to 5760, or 0 when it is no Opus packet. */
  samples(i: number): number {
    return this.#view.getUint16(this.#record(i), true);
  }

  /** Its frames: 1 to 48. */
  frames(i: number): number {
    return this.#view.getUint8(this.#record(i) + 2);
  }

  /** Mode, bandwidth and frame size, 0 to 31 (RFC 6716 3.1). */
  config(i: number): number {
    return this.#view.getUint8(this.#record(i) + 3) >> 3;
  }

  isStereo(i: number): boolean {
    return (this.#view.getUint8(this.#record(i) + 3) & 4) !== 0;
  }

  /** Bytes of its frames, without lengths and padding; 0 for silence that is not sent (DTX). */
  frameBytes(i: number): number {
    return this.#view.getUint16(this.#record(i) + 4, true);
  }

  #require(firstIndex: number, count: number): void {
    if (!(firstIndex >= 0 && Number.isInteger(count) && count >= 0 && count <= this.#maxBatch)) {
      throw new FloeError("opus/batch-range", `${count} packets from ${firstIndex}, room for ${this.#maxBatch}`);
    }
  }

  #record(i: number): number {
    if (!(i >= 0 && i < this.#count)) {
      throw new FloeError("opus/batch-range", `packet ${i} of ${this.#count}`);
    }
    return this.#records.address + i * OPUS_RECORD_BYTES;
  }
}
