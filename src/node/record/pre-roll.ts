// Sound that comes before the first picture: kept, within bounds, so that a recording has it from the first moment.
import type { EncodedAudioPacket } from "../../core/stream/media-packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";

/** What a piece costs beside its bytes, about. */
const PIECE_BYTES = 256;

/** One piece of sound that waits. */
export type Waiting = { readonly data: Uint8Array; readonly timeUs: MediaMicros; readonly durationUs: Micros };

/** At most so much time and so many bytes; the oldest goes first. */
export class PreRoll {
  readonly #maxUs: Micros;
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor({ maxUs, maxBytes }: { readonly maxUs: Micros; readonly maxBytes: number }) {
    this.#maxUs = maxUs;
    this.#maxBytes = maxBytes;
  }

  /** When the oldest was made; undefined when nothing waits. */
  get startUs(): MediaMicros | undefined {
    return this.#waiting[0]?.timeUs;
  }

  /** Keeps a copy. */
  keep({ data, timeUs, durationUs }: EncodedAudioPacket): void {
    this.#waiting.push({ data: data.slice(), timeUs, durationUs });
    this.#bytes += data.byteLength + PIECE_BYTES;
    while (this.#bytes > this.#maxBytes || this.#isOld(timeUs)) {
      this.#bytes -= (this.#waiting.shift()?.data.byteLength ?? 0) + PIECE_BYTES;
    }
  }

  /** A clock that jumped makes what came before as old as one that went on. */
  #isOld(nowUs: MediaMicros): boolean {
    const [first] = this.#waiting;
    return first !== undefined && Math.abs(nowUs - first.timeUs) > this.#maxUs;
  }

  /** Everything, oldest first; nothing waits any more. */
  take(): readonly Waiting[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return taken;
  }
}
