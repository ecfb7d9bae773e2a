// Asks for a key frame while one is wanted, and again when none came.
import { Signal } from "../../core/signal/signal.js";
import { type MediaMicros, milliseconds } from "../../core/time/units.js";

/** How long a key frame is awaited before it is asked for again. */
const ASK_AGAIN_US = milliseconds(500);

/** One who wants key frames. */
export class KeyFrameWish {
  readonly told: Signal = new Signal();
  #toldUs: MediaMicros = Number.NEGATIVE_INFINITY;

  /** A picture of `timeUs` is of no use without a key frame. */
  tell(timeUs: MediaMicros): void {
    if (Math.abs(timeUs - this.#toldUs) >= ASK_AGAIN_US) {
      this.#toldUs = timeUs;
      this.told.emit();
    }
  }

  /** The next one is told at once. */
  renew(): void {
    this.#toldUs = Number.NEGATIVE_INFINITY;
  }
}
