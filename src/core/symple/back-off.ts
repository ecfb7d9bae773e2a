// Back-off: growing, random waits between attempts to reconnect, so that a server that returns is not trampled.
import { type Entropy, randomU32 } from "../crypto/entropy.js";
import { type Micros, seconds } from "../time/units.js";

/** The first wait is at least half of this, so 0.5 s. */
const FIRST_US = seconds(1);
/** No wait is longer. */
const LONGEST_US = seconds(30);

/** Waits of 0.5–1 s, 1–2 s, 2–4 s … 15–30 s, each drawn at random from its range, for ever. */
export class BackOff {
  readonly #entropy: Entropy;
  #ceilingUs: Micros = FIRST_US;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  /** The next wait. Each range is twice the last, up to `longestUs` (30 s at most): the wait is never longer. */
  next(longestUs: Micros = LONGEST_US): Micros {
    const halfUs = Math.min(this.#ceilingUs, longestUs) / 2;
    this.#ceilingUs = Math.min(LONGEST_US, this.#ceilingUs * 2);
    return Math.round(halfUs + halfUs * (randomU32(this.#entropy) / 0xffff_ffff));
  }

  /** Starts again at the first range: the connection has proven good. */
  reset(): void {
    this.#ceilingUs = FIRST_US;
  }
}
