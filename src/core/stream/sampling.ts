// Which packets are timed: a clock read costs more than a stage, and yet at the rate of pictures every one can be timed.
import { type Micros, milliseconds } from "../time/units.js";

/** Primes, so that samples meet every phase of a pattern; each about twice the one before. */
const STEPS = [1, 3, 7, 17, 31, 61, 127, 251, 509, 1021];
/** Samples closer than this make the steps wider, ones further apart than four of it narrower. */
const SHORTEST_US = milliseconds(1);

/** How many packets lie between two timed ones. */
export class Sampling {
  readonly #isFixed: boolean;
  #oneIn: number;
  #lastUs: Micros | undefined;

  /** `fixed` is a positive integer; undefined lets the rate of packets decide: about a thousand samples a second at most. */
  constructor(fixed: number | undefined) {
    this.#isFixed = fixed !== undefined;
    this.#oneIn = fixed ?? STEPS[0];
  }

  /** One packet in this many is timed now. */
  get oneIn(): number {
    return this.#oneIn;
  }

  /** A packet is timed at `nowUs`. Answers how many packets later the next one is. */
  next(nowUs: Micros): number {
    if (!this.#isFixed && this.#lastUs !== undefined) {
      this.#adapt(nowUs - this.#lastUs);
    }
    this.#lastUs = nowUs;
    return this.#oneIn;
  }

  #adapt(sinceUs: Micros): void {
    const step = STEPS.indexOf(this.#oneIn);
    if (sinceUs < SHORTEST_US) {
      this.#oneIn = STEPS[Math.min(step + 1, STEPS.length - 1)];
    } else if (sinceUs > 4 * SHORTEST_US) {
      this.#oneIn = STEPS[Math.max(step - 1, 0)];
    }
  }
}
