// One packet as bytes between two threads: a head of 24 bytes, then what the packet's codec writes. Little-endian, since
// both ends run on one machine.
//
//   0        4        8        12       16                24
//   | length | codec  | flags  | steps  | timeUs (f64)    | fields, bytes ... | padding to 8 |
//
// A length of 0 tells the reader of a ring to go on at its start. `steps` counts the messages that have a place among the
// frames and were sent before this one: a ring is faster than messages are, and must not overtake them.
import { FloeError } from "../../error/floe-error.js";
import type { Chunk } from "./chunk-pool.js";

/** Bytes in front of what a codec writes. */
export const FRAME_HEAD_BYTES = 24;
/** Frames begin at multiples of this. */
export const FRAME_ALIGNMENT = 8;
/** A byte sequence: its length, where it begins, and up to 7 bytes of nothing in front of it. */
const SPAN_HEAD_BYTES = 8;

/** `lengthBytes` up to the next frame's begin. */
export function alignedLength(lengthBytes: number): number {
  return (lengthBytes + FRAME_ALIGNMENT - 1) & ~(FRAME_ALIGNMENT - 1);
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Writes a packet's fields, one after the other. Belongs to the hop; valid in the call that hands it over. */
export class FrameWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #start = 0;
  #at = 0;

  /** @internal */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The most that `bytes` takes for a view of `lengthBytes`. */
  static spanLength(lengthBytes: number): number {
    return SPAN_HEAD_BYTES + FRAME_ALIGNMENT - 1 + lengthBytes;
  }

  /** The most that `text` takes for it. */
  static textLength(text: string): number {
    return SPAN_HEAD_BYTES + FRAME_ALIGNMENT - 1 + text.length * 3;
  }

  /** @internal The next frame stands here. */
  seek(offset: number): void {
    this.#start = offset;
  }

  /** @internal Begins the frame. */
  begin(codec: number, flags: number, steps: number, timeUs: number): void {
    const view = this.#view;
    const offset = this.#start;
    view.setUint32(offset + 4, codec, true);
    view.setUint32(offset + 8, flags, true);
    view.setUint32(offset + 12, steps, true);
    view.setFloat64(offset + 16, timeUs, true);
    this.#at = offset + FRAME_HEAD_BYTES;
  }

  /** @internal Ends the frame; answers its whole length. */
  end(): number {
    const lengthBytes = alignedLength(this.#at - this.#start);
    this.#view.setUint32(this.#start, lengthBytes, true);
    return lengthBytes;
  }

  /** An unsigned number of 32 bits; 4 bytes. */
  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** Any number; 8 bytes. */
  f64(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A text; see `textLength`. */
  text(value: string): void {
    this.bytes(textEncoder.encode(value));
  }

  /** A copy of the bytes; see `spanLength`. */
  bytes(source: Uint8Array): void {
    const at = this.#at + SPAN_HEAD_BYTES;
    // Shared memory is copied by words only where source and target are aligned alike: six times as fast as by bytes.
    const from = at + ((source.byteOffset - this.#bytes.byteOffset - at) & (FRAME_ALIGNMENT - 1));
    this.#view.setUint32(this.#at, source.byteLength, true);
    this.#view.setUint32(this.#at + 4, from - at, true);
    this.#bytes.set(source, from);
    this.#at = from + source.byteLength;
  }
}

/** The fields of a packet, read in the order in which they were written. Belongs to the hop; valid in the call that hands it over. */
export class FrameReader {
  readonly #chunk: Chunk;
  readonly #buffer: ArrayBufferLike;
  readonly #base: number;
  readonly #lengthBytes: number;
  readonly #view: DataView;
  #hasBytes = false;
  #next = 0;
  #at = 0;
  #end = 0;
  /** The frame's `PacketFlags`. */
  flags = 0;
  /** The frame's place on its timeline, microseconds. */
  timeUs = 0;
  /** @internal */
  codec = 0;
  /** @internal */
  steps = 0;

  /** @internal Over whole frames in plain memory that nobody else writes to. */
  constructor(chunk: Chunk) {
    const { bytes } = chunk;
    this.#chunk = chunk;
    this.#buffer = bytes.buffer;
    this.#base = bytes.byteOffset;
    this.#lengthBytes = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @internal Goes to the next frame; false behind the last. Throws FloeError `hop/frame` for what no writer has written. */
  next(): boolean {
    const start = this.#next;
    const left = this.#lengthBytes - start;
    this.#settle();
    if (left === 0) {
      this.#chunk.done();
      return false;
    }
    const lengthBytes = left < FRAME_HEAD_BYTES ? 0 : this.#view.getUint32(start, true);
    if (lengthBytes < FRAME_HEAD_BYTES || lengthBytes > left) {
      throw new FloeError("hop/frame", `A frame of ${lengthBytes} bytes in ${left}`);
    }
    this.#next = start + lengthBytes;
    this.#end = this.#next;
    this.#at = start + FRAME_HEAD_BYTES;
    this.codec = this.#view.getUint32(start + 4, true);
    this.flags = this.#view.getUint32(start + 8, true);
    this.steps = this.#view.getUint32(start + 12, true);
    this.timeUs = this.#view.getFloat64(start + 16, true);
    return true;
  }

  /** As written by `u32`. */
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** As written by `f64`. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** As written by `text`. */
  text(): string {
    const hadBytes = this.#hasBytes;
    const text = textDecoder.decode(this.bytes());
    this.#hasBytes = hadBytes;
    return text;
  }

  /**
   * What to call once when the packet that is being read is released: its memory is then used again. Absent where it is not.
   * A codec that does not ask gives its packets bytes of their own for good.
   */
  lease(): (() => void) | undefined {
    this.#hasBytes = false;
    return this.#chunk.lease();
  }

  /** As written by `bytes`, for the packet to keep until it is released: other packets' bytes may lie beside. */
  bytes(): Uint8Array {
    const head = this.#take(SPAN_HEAD_BYTES);
    this.#hasBytes = true;
    const lengthBytes = this.#view.getUint32(head, true);
    const gap = this.#view.getUint32(head + 4, true);
    const from = this.#take(gap + lengthBytes) + gap;
    return new Uint8Array(this.#buffer, this.#base + from, lengthBytes);
  }

  /** The packet before has been read. */
  #settle(): void {
    if (this.#hasBytes) {
      this.#chunk.keep();
      this.#hasBytes = false;
    }
  }

  #take(lengthBytes: number): number {
    const at = this.#at;
    if (at + lengthBytes > this.#end) {
      throw new FloeError("hop/frame", `${lengthBytes} bytes wanted, ${this.#end - at} left in the frame`, {
        fix: "A codec reads what it has written, in the same order.",
      });
    }
    this.#at = at + lengthBytes;
    return at;
  }
}
