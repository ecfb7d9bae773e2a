// Joins the passes of a looped recording on one endless timeline: no gap in the pictures, none in the sound, and both
// begin each pass at the same moment, so that they cannot drift apart however often it loops.
import type { MediaMicros, Micros } from "../time/units.js";

/** Where one pass ended, on the endless timeline. A medium that the recording lacks is left out. */
export type PassEnd = {
  /** End of the last picture: its time plus its duration. */
  readonly videoUs?: MediaMicros;
  /** End of the last sample. */
  readonly audioUs?: MediaMicros;
};

/** Sound that outlasts the pictures by no more than this is cut at the join (encoder padding, mostly). */
export const LOOP_TRIM_US: Micros = 250_000;
/** A pass lasts at least this long: a recording of one picture must not loop hot. */
const SHORTEST_PASS_US: Micros = 10_000;
/** How long a pass without any duration lasts. */
const FALLBACK_PASS_US: Micros = 40_000;

/** Maps times inside the recording to an endless timeline that starts at 0. */
export class LoopTimeline {
  #fileStartUs: MediaMicros | undefined;
  #baseUs: MediaMicros = 0;
  #passes = 0;

  /** `fileStartUs`: the recording's first time, when its container tells; otherwise the first time placed. */
  constructor({ fileStartUs }: { readonly fileStartUs?: MediaMicros | undefined } = {}) {
    this.#fileStartUs = fileStartUs;
  }

  /** Where the present pass began. */
  get baseUs(): MediaMicros {
    return this.#baseUs;
  }

  /** Passes that are over. */
  get passes(): number {
    return this.#passes;
  }

  /** The endless time of something at `fileTimeUs` in the present pass. Never before the pass began. */
  place(fileTimeUs: MediaMicros): MediaMicros {
    this.#fileStartUs ??= fileTimeUs;
    return this.#baseUs + Math.max(0, fileTimeUs - this.#fileStartUs);
  }

  /**
   * Where the pass that ends so will be joined to the next: at the end of its pictures, unless its sound outlasts them
   * by more than LOOP_TRIM_US; then the last picture stays until the sound is over.
   */
  joinUs({ videoUs, audioUs }: PassEnd): MediaMicros {
    const video = videoUs ?? audioUs ?? this.#baseUs;
    const audio = audioUs ?? video;
    const end = audio > video + LOOP_TRIM_US ? audio : video;
    return end - this.#baseUs < SHORTEST_PASS_US ? this.#baseUs + FALLBACK_PASS_US : end;
  }

  /** Begins the next pass at `joinUs`. */
  beginPass(joinUs: MediaMicros): void {
    this.#baseUs = joinUs;
    this.#passes++;
  }
}
