// A lane by messages, for where memory cannot be shared: the frames of one turn are written into one buffer, which moves
// to the other side as a whole. The reader tells how much it has taken, so that no more is under way than a ring would hold.
import { Chunk } from "./chunk-pool.js";
import { alignedLength, FRAME_HEAD_BYTES, FrameWriter } from "./frame.js";
import { type LaneReader, type LaneWriter, TAKE_BYTES } from "./lane.js";

/** The smallest buffer that is sent. */
const MIN_BATCH_BYTES = 2048;

/** Frames on their way. */
export type FramesMessage = { readonly type: "frames"; readonly bytes: ArrayBuffer; readonly lengthBytes: number };
/** What the reader has taken since the lane was made, bytes. */
export type TakenMessage = { readonly type: "taken"; readonly totalBytes: number };

/** The writing end. */
export class MessageWriter implements LaneWriter {
  onRoom: () => void = () => {};
  readonly #limitBytes: number;
  readonly #post: (message: FramesMessage, transfer: readonly ArrayBuffer[]) => void;
  #bytes: ArrayBuffer = new ArrayBuffer(0);
  #writer: FrameWriter | undefined;
  #filledBytes = 0;
  /** Bytes of this turn, and of the last one that had any. */
  #turnBytes = 0;
  #lastTurnBytes = 0;
  #sentBytes = 0;
  #takenBytes = 0;
  #frames = 0;
  #wantsRoom = false;
  #isFlushing = false;
  #isClosed = false;

  /** At most `limitBytes` are under way. */
  constructor(limitBytes: number, post: (message: FramesMessage, transfer: readonly ArrayBuffer[]) => void) {
    this.#limitBytes = limitBytes;
    this.#post = post;
  }

  get frames(): number {
    return this.#frames;
  }

  open(maxBytes: number): FrameWriter | undefined {
    const wantedBytes = alignedLength(FRAME_HEAD_BYTES + maxBytes);
    if (this.#isClosed) {
      return undefined;
    }
    if (this.#sentBytes - this.#takenBytes + wantedBytes > this.#limitBytes) {
      this.#wantsRoom = true;
      this.flush();
      return undefined;
    }
    if (this.#writer === undefined || this.#filledBytes + wantedBytes > this.#bytes.byteLength) {
      this.flush();
      // Turns are much alike; the last frame of one asks for a little more than it then takes.
      const likelyBytes = Math.max(this.#lastTurnBytes, this.#turnBytes) + wantedBytes;
      const usualBytes = Math.min(Math.max(MIN_BATCH_BYTES, likelyBytes), TAKE_BYTES);
      this.#bytes = new ArrayBuffer(Math.max(wantedBytes, usualBytes));
      this.#writer = new FrameWriter(new Uint8Array(this.#bytes));
    }
    this.#writer.seek(this.#filledBytes, maxBytes);
    return this.#writer;
  }

  commit(): number {
    const lengthBytes = this.#writer?.end() ?? 0;
    this.#filledBytes += lengthBytes;
    this.#sentBytes += lengthBytes;
    this.#frames++;
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      queueMicrotask(this.#flushLater);
    }
    return lengthBytes;
  }

  flush(): void {
    if (this.#isClosed || this.#filledBytes === 0) {
      return;
    }
    const message: FramesMessage = { type: "frames", bytes: this.#bytes, lengthBytes: this.#filledBytes };
    this.#turnBytes += this.#filledBytes;
    this.#filledBytes = 0;
    this.#writer = undefined;
    this.#post(message, [message.bytes]);
  }

  /** The reader has taken so much. */
  taken({ totalBytes }: TakenMessage): void {
    this.#takenBytes = totalBytes;
    if (this.#wantsRoom && !this.#isClosed) {
      this.#wantsRoom = false;
      this.onRoom();
    }
  }

  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  readonly #flushLater = (): void => {
    this.#isFlushing = false;
    this.flush();
    this.#lastTurnBytes = this.#turnBytes;
    this.#turnBytes = 0;
  };
}

/** The reading end. */
export class MessageReader implements LaneReader {
  readonly #post: (message: TakenMessage) => void;
  readonly #limitBytes: number;
  readonly #batches: FramesMessage[] = [];
  #wake: (() => void) | undefined;
  #takenBytes = 0;
  #toldBytes = 0;

  constructor(limitBytes: number, post: (message: TakenMessage) => void) {
    this.#limitBytes = limitBytes;
    this.#post = post;
  }

  take(): Chunk | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) {
      return undefined;
    }
    this.#takenBytes += batch.lengthBytes;
    // Now and then is in time: with an eighth untold, the largest frame still finds room.
    if (this.#takenBytes - this.#toldBytes > this.#limitBytes / 8) {
      this.#toldBytes = this.#takenBytes;
      this.#post({ type: "taken", totalBytes: this.#takenBytes });
    }
    return new Chunk(new Uint8Array(batch.bytes, 0, batch.lengthBytes));
  }

  sleep(wake: () => void): boolean {
    if (this.#batches.length > 0) {
      return false;
    }
    this.#wake = wake;
    return true;
  }

  /** Frames have come. */
  arrived(batch: FramesMessage): void {
    this.#batches.push(batch);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  close(): void {
    this.#wake = undefined;
  }
}
