// Which packets of a ring make up which frame: a bounded log, newest last, without an object per frame.
import type { MediaMicros } from "../time/units.js";

/** Frames by a number that only grows. The log keeps the newest `capacity` of them; older ones are forgotten. */
export class FrameLog {
  readonly #mask: number;
  readonly #firstIndex: Float64Array;
  readonly #packetCount: Uint32Array;
  readonly #timeUs: Float64Array;
  readonly #isKey: Uint8Array;
  #next = 0;
  #latestKey = -1;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`a frame log's capacity is a power of two, got ${capacity}`);
    }
    this.#mask = capacity - 1;
    this.#firstIndex = new Float64Array(capacity);
    this.#packetCount = new Uint32Array(capacity);
    this.#timeUs = new Float64Array(capacity);
    this.#isKey = new Uint8Array(capacity);
  }

  /** The number that the next frame will get; 0 at first. */
  get next(): number {
    return this.#next;
  }

  /** The oldest frame that the log still knows; equal to `next` when it is empty. */
  get oldest(): number {
    return Math.max(0, this.#next - this.#mask - 1);
  }

  /** The newest key frame, or -1 when there is none or the log has forgotten it. */
  get latestKey(): number {
    return this.#latestKey >= this.oldest ? this.#latestKey : -1;
  }

  /** Adds a frame and answers its number. */
  push(firstIndex: number, packetCount: number, timeUs: MediaMicros, isKey: boolean): number {
    const frame = this.#next++;
    const at = frame & this.#mask;
    this.#firstIndex[at] = firstIndex;
    this.#packetCount[at] = packetCount;
    this.#timeUs[at] = timeUs;
    this.#isKey[at] = isKey ? 1 : 0;
    if (isKey) {
      this.#latestKey = frame;
    }
    return frame;
  }

  /** The packet index at which `frame` begins. */
  firstIndex(frame: number): number {
    return this.#firstIndex[frame & this.#mask];
  }

  /** How many packets `frame` has. */
  packetCount(frame: number): number {
    return this.#packetCount[frame & this.#mask];
  }

  /** When `frame` was captured, on the media timeline. */
  timeUs(frame: number): MediaMicros {
    return this.#timeUs[frame & this.#mask];
  }

  /** Whether decoding may start at `frame`. */
  isKey(frame: number): boolean {
    return this.#isKey[frame & this.#mask] === 1;
  }
}
