// When to ask the sender for a key frame (PLI RFC 4585 6.3.1, FIR RFC 5104 4.3.1): at once, then again while none comes, never
// more often than a limit.
import type { Micros } from "../../time/units.js";

/** How often one wish is told before it is forgotten; who still needs a key frame asks anew. */
const MOST_TELLINGS = 8;

/** One wish at a time, told again until it is fulfilled. */
export class KeyFrameRequest {
  /** Wishes so far, modulo 256: a FIR that repeats one keeps its number (RFC 5104 4.3.1.2). */
  sequence = 0;
  readonly #intervalUs: Micros;
  #isWanted = false;
  #tellings = 0;
  #toldUs: Micros = Number.NEGATIVE_INFINITY;

  /** `intervalUs`: the least time between two tellings. */
  constructor(intervalUs: Micros) {
    this.#intervalUs = intervalUs;
  }

  /** Whether a key frame is waited for. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** When `take` is due; undefined while nothing is wanted. */
  get deadlineUs(): Micros | undefined {
    return this.#isWanted ? this.#toldUs + this.#intervalUs : undefined;
  }

  /** A key frame is needed. */
  want(): void {
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.sequence = (this.sequence + 1) & 0xff;
    }
    this.#tellings = 0;
  }

  /** A key frame came. */
  fulfilled(): void {
    this.#isWanted = false;
  }

  /** Whether to tell the wish now; it counts as told. */
  take(nowUs: Micros): boolean {
    if (!this.#isWanted || nowUs < this.#toldUs + this.#intervalUs) {
      return false;
    }
    this.#toldUs = nowUs;
    this.#tellings++;
    this.#isWanted = this.#tellings < MOST_TELLINGS;
    return true;
  }
}
