// STUN messages and ChannelData out of a stream (RFC 8489 6.2.2, RFC 8656 12.5): whole frames, however the segments were cut.
// A frame that lies whole in a segment is not copied.
import { CHANNEL_HEADER_BYTES, MAX_OLD_CHANNEL, STUN_HEADER_BYTES } from "./stun-constants.js";

/** Cuts one connection's bytes into frames. Holds at most one frame of `maxFrameBytes`. */
export class StreamAssembler {
  readonly #maxFrameBytes: number;
  #segment: Uint8Array = NOTHING;
  #segmentAt = 0;
  /** A frame whose end has not come. Grows to the largest frame that was cut, and is kept. */
  #partial: Uint8Array = NOTHING;
  #partialBytes = 0;
  /** Bytes still to be dropped, of a ChannelData frame that is too long. */
  #skip = 0;
  #skipped = 0;
  #isBroken = false;
  /** The bytes that hold the frame. */
  bytes: Uint8Array = NOTHING;
  /** Where in `bytes` it begins. */
  at = 0;
  /** Its length, padding included. */
  lengthBytes = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** True when the stream is not STUN or has a message too long: there is no way to find the next frame. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** ChannelData frames dropped because they were too long. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Gives the next segment. Its bytes must stay until `next` is false; what was left of the one before is forgotten. */
  feed(segment: Uint8Array): void {
    this.#segment = segment;
    this.#segmentAt = 0;
  }

  /** Moves to the next whole frame: `bytes`, `at`, `lengthBytes`, valid until the next call. False when there is none yet. */
  next(): boolean {
    while (!this.#isBroken) {
      if (this.#skip > 0) {
        const dropped = Math.min(this.#skip, this.#left);
        this.#skip -= dropped;
        this.#segmentAt += dropped;
      }
      if (this.#skip > 0 || this.#left === 0) {
        return false;
      }
      if (this.#partialBytes > 0) {
        if (!this.#fillPartial()) {
          continue;
        }
        return true;
      }
      const total = this.#left >= 4 ? this.#frameBytes(this.#segment, this.#segmentAt) : 0;
      if (this.#isBroken || this.#skip > 0) {
        continue;
      }
      if (total === 0 || total > this.#left) {
        this.#keepRest(total);
        return false;
      }
      this.#give(this.#segment, this.#segmentAt, total);
      this.#segmentAt += total;
      return true;
    }
    return false;
  }

  /** A new view of the frame. */
  frame(): Uint8Array {
    return this.bytes.subarray(this.at, this.at + this.lengthBytes);
  }

  /** A view of what came behind the frame and was not cut yet: what follows a ConnectionBind is no frame. */
  rest(): Uint8Array {
    return this.#segment.subarray(this.#segmentAt);
  }

  get #left(): number {
    return this.#segment.length - this.#segmentAt;
  }

  #give(bytes: Uint8Array, at: number, lengthBytes: number): void {
    this.bytes = bytes;
    this.at = at;
    this.lengthBytes = lengthBytes;
  }

  /** Moves bytes from the segment to the partial frame. True when it is whole; it is given then. */
  #fillPartial(): boolean {
    if (this.#partialBytes < 4) {
      this.#take(4 - this.#partialBytes);
      if (this.#partialBytes < 4) {
        return false;
      }
    }
    const total = this.#frameBytes(this.#partial, 0);
    if (this.#isBroken) {
      return false;
    }
    if (this.#skip > 0) {
      this.#skip -= this.#partialBytes;
      this.#partialBytes = 0;
      return false;
    }
    this.#room(total);
    this.#take(total - this.#partialBytes);
    if (this.#partialBytes < total) {
      return false;
    }
    this.#partialBytes = 0;
    this.#give(this.#partial, 0, total);
    return true;
  }

  #take(wanted: number): void {
    const count = Math.min(wanted, this.#left);
    this.#partial.set(this.#segment.subarray(this.#segmentAt, this.#segmentAt + count), this.#partialBytes);
    this.#partialBytes += count;
    this.#segmentAt += count;
  }

  #keepRest(total: number): void {
    this.#room(Math.max(total, 4));
    this.#take(this.#left);
  }

  #room(lengthBytes: number): void {
    if (this.#partial.length < lengthBytes) {
      const larger = new Uint8Array(lengthBytes);
      larger.set(this.#partial.subarray(0, this.#partialBytes));
      this.#partial = larger;
    }
  }

  /** Bytes of the frame that begins at `at`; sets `#skip` or `#isBroken` when it cannot be taken. */
  #frameBytes(bytes: Uint8Array, at: number): number {
    const first = bytes[at];
    const tells = (bytes[at + 2] << 8) | bytes[at + 3];
    if (first < 0x40) {
      const total = STUN_HEADER_BYTES + tells;
      this.#isBroken = (tells & 3) !== 0 || total > this.#maxFrameBytes;
      return total;
    }
    if (first > MAX_OLD_CHANNEL >> 8) {
      this.#isBroken = true;
      return 0;
    }
    const total = CHANNEL_HEADER_BYTES + ((tells + 3) & ~3);
    if (total > this.#maxFrameBytes) {
      this.#skip = total;
      this.#skipped++;
    }
    return total;
  }
}

const NOTHING = new Uint8Array();
