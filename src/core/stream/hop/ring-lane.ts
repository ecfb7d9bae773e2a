// A ring of frames in shared memory for one writer and one reader. Positions count bytes without end, modulo 2^32; the
// ring's size is a power of two. A frame never wraps: where it does not fit, a length of 0 sends the reader to the start.
//
// A frame takes half of the ring at most, because an empty ring whose position is in its middle has no more in one piece.
import { FloeError } from "../../error/floe-error.js";
import { type Chunk, ChunkPool } from "./chunk-pool.js";
import { Sleeper, wakeSleeper } from "./doze.js";
import { alignedLength, FRAME_HEAD_BYTES, FrameWriter } from "./frame.js";
import { type LaneReader, type LaneWriter, TAKE_BYTES } from "./lane.js";

/** Words of the control block, each on a cache line of its own. */
const HEAD = 0;
const TAIL = 16;
const READER = 32;
const WRITER = 48;
const CONTROL_BYTES = 256;

/** Who is to be woken by a message. */
export type RingEnd = "reader" | "writer";

/** Makes the memory of a ring of `sizeBytes`, a power of two. */
export function makeRing(sizeBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + sizeBytes);
}

/** The writing end. */
export class RingWriter implements LaneWriter {
  onRoom: () => void = () => {};
  readonly #words: Int32Array;
  readonly #lengths: Uint32Array;
  readonly #writer: FrameWriter;
  readonly #size: number;
  readonly #sleeper: Sleeper;
  readonly #post: (end: RingEnd) => void;
  #head: number;
  /** What the reader sees of `#head`. */
  #shownHead: number;
  /** As the reader has told; it may have read more. */
  #tail: number;
  #frames = 0;
  #isFlushing = false;
  #isClosed = false;

  /** `post` wakes the reader by a message, where it asks for that. */
  constructor(memory: SharedArrayBuffer, post: (end: RingEnd) => void) {
    this.#size = memory.byteLength - CONTROL_BYTES;
    this.#words = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#lengths = new Uint32Array(memory, CONTROL_BYTES);
    this.#writer = new FrameWriter(new Uint8Array(memory, CONTROL_BYTES));
    this.#sleeper = new Sleeper(this.#words, WRITER);
    this.#post = post;
    this.#head = Atomics.load(this.#words, HEAD);
    this.#shownHead = this.#head;
    this.#tail = Atomics.load(this.#words, TAIL);
  }

  get frames(): number {
    return this.#frames;
  }

  open(maxBytes: number): FrameWriter | undefined {
    const wantedBytes = alignedLength(FRAME_HEAD_BYTES + maxBytes);
    const at = this.#head & (this.#size - 1);
    const restBytes = this.#size - at;
    const wrapBytes = wantedBytes > restBytes ? restBytes : 0;
    if (this.#isClosed || !this.#hasRoom(wrapBytes + wantedBytes)) {
      return undefined;
    }
    if (wrapBytes > 0) {
      this.#lengths[at >>> 2] = 0;
      this.#head = (this.#head + wrapBytes) | 0;
    }
    this.#writer.seek(this.#head & (this.#size - 1), maxBytes);
    return this.#writer;
  }

  commit(): number {
    const lengthBytes = this.#writer.end();
    this.#head = (this.#head + lengthBytes) | 0;
    this.#frames++;
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      // One wake for everything that this turn brings.
      queueMicrotask(this.#flushLater);
    } else if (((this.#head - this.#shownHead) >>> 0) * 2 > this.#size) {
      this.flush();
    }
    return lengthBytes;
  }

  flush(): void {
    if (!this.#isClosed && this.#shownHead !== this.#head) {
      this.#shownHead = this.#head;
      Atomics.store(this.#words, HEAD, this.#head);
      wakeSleeper(this.#words, READER, () => this.#post("reader"));
    }
  }

  /** The reader has woken this end by a message. */
  awake(): void {
    this.#sleeper.awake();
  }

  close(): void {
    this.flush();
    this.#isClosed = true;
    this.#sleeper.close();
  }

  readonly #flushLater = (): void => {
    this.#isFlushing = false;
    this.flush();
  };

  #usedBytes(): number {
    return (this.#head - this.#tail) >>> 0;
  }

  #hasRoom(wantedBytes: number): boolean {
    if (this.#usedBytes() + wantedBytes <= this.#size) {
      return true;
    }
    this.#tail = Atomics.load(this.#words, TAIL);
    if (this.#usedBytes() + wantedBytes <= this.#size) {
      return true;
    }
    this.flush();
    const isAsleep = this.#sleeper.sleep(
      () => this.onRoom(),
      () => Atomics.load(this.#words, TAIL) !== this.#tail,
    );
    return !isAsleep && this.#hasRoom(wantedBytes);
  }
}

/** The reading end. */
export class RingReader implements LaneReader {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #lengths: Uint32Array;
  readonly #size: number;
  readonly #pool: ChunkPool = new ChunkPool();
  readonly #sleeper: Sleeper;
  readonly #post: (end: RingEnd) => void;
  #tail: number;

  /** `post` wakes the writer by a message, where it asks for that. */
  constructor(memory: SharedArrayBuffer, post: (end: RingEnd) => void) {
    this.#size = memory.byteLength - CONTROL_BYTES;
    this.#words = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.#lengths = new Uint32Array(memory, CONTROL_BYTES);
    this.#sleeper = new Sleeper(this.#words, READER);
    this.#post = post;
    this.#tail = Atomics.load(this.#words, TAIL);
  }

  take(): Chunk | undefined {
    const head = Atomics.load(this.#words, HEAD);
    let start = this.#tail & (this.#size - 1);
    if (head !== this.#tail && this.#lengths[start >>> 2] === 0) {
      this.#tail = (this.#tail + this.#size - start) | 0;
      start = 0;
    }
    const endBytes = Math.min((head - this.#tail) >>> 0, this.#size - start);
    if (endBytes === 0) {
      return undefined;
    }
    const lengthBytes = this.#wholeFrames(start, endBytes);
    // One copy for many packets: out of shared memory, which many an interface refuses, and the ring is free again.
    const chunk = this.#pool.take(lengthBytes);
    chunk.bytes.set(this.#bytes.subarray(start, start + lengthBytes));
    this.#tail = (this.#tail + lengthBytes) | 0;
    Atomics.store(this.#words, TAIL, this.#tail);
    if (((head - this.#tail) >>> 0) * 2 <= this.#size) {
      wakeSleeper(this.#words, WRITER, () => this.#post("writer"));
    }
    return chunk;
  }

  sleep(wake: () => void): boolean {
    return this.#sleeper.sleep(wake, () => Atomics.load(this.#words, HEAD) !== this.#tail);
  }

  /** The writer has woken this end by a message. */
  awake(): void {
    this.#sleeper.awake();
  }

  close(): void {
    this.#sleeper.close();
  }

  /** How many bytes the frames take that begin at `start`: up to `endBytes`, the ring's end, or about `TAKE_BYTES`. */
  #wholeFrames(start: number, endBytes: number): number {
    let lengthBytes = 0;
    while (lengthBytes < endBytes) {
      const frameBytes = this.#lengths[(start + lengthBytes) >>> 2];
      if (frameBytes === 0 || (lengthBytes > 0 && lengthBytes + frameBytes > TAKE_BYTES)) {
        break;
      }
      if (frameBytes > endBytes - lengthBytes || frameBytes % 8 !== 0) {
        throw new FloeError("hop/frame", `A frame of ${frameBytes} bytes where ${endBytes - lengthBytes} are`);
      }
      lengthBytes += frameBytes;
    }
    return lengthBytes;
  }
}
