// Where a source's media timeline lies on the monotonic clock. All tracks of one source share one anchor, so that their
// sender reports agree and receivers play them in sync.
import type { MediaMicros, Micros } from "../time/units.js";

/** How fast the anchor may follow a source whose clock runs slow: 500 µs a second, more than any crystal is off. */
const DRIFT_PER_SECOND = 500;

/**
 * The least delay seen between media time and its arrival. Frames that were held up (encoding, scheduling) arrive late,
 * never early, so the minimum is the true line.
 */
export class MediaAnchor {
  #originUs: Micros | undefined;
  #seenUs: Micros = 0;

  /** Media of `timeUs` is here at `nowUs`. */
  observe(timeUs: MediaMicros, nowUs: Micros): void {
    const originUs = nowUs - timeUs;
    if (this.#originUs === undefined) {
      this.#originUs = originUs;
    } else {
      const drifted = this.#originUs + ((nowUs - this.#seenUs) * DRIFT_PER_SECOND) / 1_000_000;
      this.#originUs = Math.min(originUs, drifted);
    }
    this.#seenUs = nowUs;
  }

  /** The media time that is "now" at `nowUs`, or undefined before the first frame. */
  mediaTimeUs(nowUs: Micros): MediaMicros | undefined {
    return this.#originUs === undefined ? undefined : nowUs - this.#originUs;
  }
}
