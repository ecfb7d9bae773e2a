// Sound that comes before the first picture: kept, within bounds, so that a recording has it from the first moment.
import type { EncodedAudioPacket } from "../../core/stream/media-packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";

/** What a piece costs beside its bytes, about. */
const PIECE_BYTES = 256;

/** One piece of sound that waits. */
export type Waiting = { readonly data: Uint8Array; readonly timeUs: MediaMicros; readonly durationUs: Micros };

/** At most so much time and so many bytes: then what waits has to be taken. */
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

  /** Keeps a copy. False where there is no room for it. */
  keep({ data, timeUs, durationUs }: EncodedAudioPacket): boolean {
    const bytes = data.byteLength + PIECE_BYTES;
    // A clock that jumped makes what came before as old as one that went on.
    const waitedUs = Math.abs(timeUs - (this.startUs ?? timeUs));
    if (waitedUs >= this.#maxUs || this.#bytes + bytes > this.#maxBytes) {
      return false;
    }
    this.#waiting.push({ data: data.slice(), timeUs, durationUs });
    this.#bytes += bytes;
    return true;
  }

  /** Everything, oldest first; nothing waits any more. */
  take(): readonly Waiting[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return taken;
  }
}
