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
import type { PacketFieldReader, PacketFieldWriter } from "./packet-fields.js";

/** Bytes in front of what a codec writes. */
export const FRAME_HEAD_BYTES = 24;
/** Frames begin at multiples of this. */
export const FRAME_ALIGNMENT = 8;
/** In front of a byte sequence: its length, and how many bytes of nothing follow. */
const SPAN_HEAD_BYTES = 8;

/** `lengthBytes` up to the next frame's begin. */
export function alignedLength(lengthBytes: number): number {
  return (lengthBytes + FRAME_ALIGNMENT - 1) & ~(FRAME_ALIGNMENT - 1);
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Writes frames into memory of one of the lanes. */
export class FrameWriter implements PacketFieldWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #start = 0;
  #at = 0;
  #limit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next frame stands here, with so much room behind its head. */
  seek(offset: number, maxBytes: number): void {
    this.#start = offset;
    this.#limit = offset + FRAME_HEAD_BYTES + maxBytes;
  }

  /** Begins the frame. */
  begin(codec: number, flags: number, steps: number, timeUs: number): void {
    const view = this.#view;
    const offset = this.#start;
    view.setUint32(offset + 4, codec, true);
    view.setUint32(offset + 8, flags, true);
    view.setUint32(offset + 12, steps, true);
    view.setFloat64(offset + 16, timeUs, true);
    this.#at = offset + FRAME_HEAD_BYTES;
  }

  /** Ends the frame; answers its whole length. */
  end(): number {
    const lengthBytes = alignedLength(this.#at - this.#start);
    this.#view.setUint32(this.#start, lengthBytes, true);
    return lengthBytes;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#take(4), value, true);
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#take(8), value, true);
  }

  text(value: string): void {
    this.bytes(textEncoder.encode(value));
  }

  bytes(source: Uint8Array): void {
    const at = this.#at + SPAN_HEAD_BYTES;
    // Shared memory is copied by words only where source and target are aligned alike: six times as fast as by bytes.
    const from = at + ((source.byteOffset - this.#bytes.byteOffset - at) & (FRAME_ALIGNMENT - 1));
    const head = this.#take(from + source.byteLength - this.#at);
    this.#view.setUint32(head, source.byteLength, true);
    this.#view.setUint32(head + 4, from - at, true);
    this.#bytes.set(source, from);
  }

  /** Behind the room lie other packets. */
  #take(lengthBytes: number): number {
    const at = this.#at;
    if (at + lengthBytes > this.#limit) {
      throw new FloeError("hop/codec", `${lengthBytes} bytes written where ${this.#limit - at} are left`, {
        fix: "Let the codec's measure() count every field that write() writes.",
      });
    }
    this.#at = at + lengthBytes;
    return at;
  }
}

/** Reads the frames of one chunk. */
export class FrameReader implements PacketFieldReader {
  readonly #chunk: Chunk;
  readonly #buffer: ArrayBufferLike;
  readonly #base: number;
  readonly #lengthBytes: number;
  readonly #view: DataView;
  #hasBytes = false;
  #next = 0;
  #at = 0;
  #end = 0;
  flags = 0;
  timeUs = 0;
  /** */
  codec = 0;
  /** */
  steps = 0;

  /** Over whole frames in plain memory that nobody else writes to. */
  constructor(chunk: Chunk) {
    const { bytes } = chunk;
    this.#chunk = chunk;
    this.#buffer = bytes.buffer;
    this.#base = bytes.byteOffset;
    this.#lengthBytes = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next frame; false behind the last. Throws FloeError `hop/frame` for what no writer has written. */
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

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const hadBytes = this.#hasBytes;
    const text = textDecoder.decode(this.bytes());
    this.#hasBytes = hadBytes;
    return text;
  }

  lease(): (() => void) | undefined {
    this.#hasBytes = false;
    return this.#chunk.lease();
  }

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
