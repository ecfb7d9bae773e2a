// Thins a picture stream to a highest rate, and leaves slower or irregular ones as they are.
import type { MediaMicros } from "../time/units.js";

/** How far before its grid point a frame still counts as on time, as a share of the interval: capture jitter. */
const EARLY_SHARE = 0.3;

/** Decides frame by frame what passes. A grid, not a gap rule: 50 into 30 keeps 30, not 25. */
export class FrameRateCap {
  readonly #intervalUs: number;
  #dueUs: number | undefined;
  #dropped = 0;

  constructor(fps: number) {
    this.#intervalUs = 1_000_000 / fps;
  }

  /** How many frames did not pass. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the frame at `timeUs` passes. Times normally grow; a step back starts a new grid. */
  accepts(timeUs: MediaMicros): boolean {
    const due = this.#dueUs;
    if (due === undefined || timeUs > due + this.#intervalUs || timeUs < due - 2 * this.#intervalUs) {
      this.#dueUs = timeUs + this.#intervalUs;
      return true;
    }
    if (timeUs < due - EARLY_SHARE * this.#intervalUs) {
      this.#dropped++;
      return false;
    }
    this.#dueUs = due + this.#intervalUs;
    return true;
  }
}
