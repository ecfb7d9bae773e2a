// A regular beat on a monotonic origin: which frame is due, which were missed. Absolute, so it cannot drift.
import type { MediaMicros } from "../time/units.js";

/** A beat's options. */
export type CadenceOptions = {
  /** Beats in a second; fractions (29.97) are fine. */
  readonly perSecond: number;
  /** How many beats may be caught up after a late tick; older ones are skipped and counted. 0: newest only. */
  readonly maxCatchUp: number;
};

/** Beat `n` happens at exactly n / perSecond seconds after the start, however late the ticks are. */
export class Cadence {
  readonly #periodUs: number;
  readonly #maxCatchUp: number;
  #next = 0;
  #skipped = 0;

  constructor({ perSecond, maxCatchUp }: CadenceOptions) {
    this.#periodUs = 1_000_000 / perSecond;
    this.#maxCatchUp = maxCatchUp;
  }

  /** Beats that were never given out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Media time of the next beat. */
  get nextUs(): MediaMicros {
    return this.timeUs(this.#next);
  }

  /** Media time of beat `index`, from the start. */
  timeUs(index: number): MediaMicros {
    return Math.round(index * this.#periodUs);
  }

  /** The next beat that is due `elapsedUs` after the start, or undefined. Call until undefined. */
  take(elapsedUs: MediaMicros): number | undefined {
    if (elapsedUs < this.nextUs) {
      return undefined;
    }
    const oldest = this.#newest(elapsedUs) - this.#maxCatchUp;
    if (oldest > this.#next) {
      this.#skipped += oldest - this.#next;
      this.#next = oldest;
    }
    return this.#next++;
  }

  /** Goes to the first beat at or after `elapsedUs` without counting what lies between: a pause, not a delay. */
  resumeAt(elapsedUs: MediaMicros): void {
    let index = Math.max(this.#next, Math.floor(elapsedUs / this.#periodUs));
    while (this.timeUs(index) < elapsedUs) {
      index++;
    }
    this.#next = index;
  }

  #newest(elapsedUs: MediaMicros): number {
    let index = Math.floor(elapsedUs / this.#periodUs);
    // The times are rounded to whole microseconds, the division is not.
    while (this.timeUs(index + 1) <= elapsedUs) {
      index++;
    }
    while (this.timeUs(index) > elapsedUs) {
      index--;
    }
    return index;
  }
}
