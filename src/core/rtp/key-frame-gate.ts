// At most one forced key frame in a while, however many viewers ask (PLI RFC 4585 6.3.1, FIR RFC 5104 4.3.1).
import { type Micros, milliseconds } from "../time/units.js";

/** Lets a request through at once, holds the ones that follow too soon, and forgets them when a key frame came anyway. */
export class KeyFrameGate {
  readonly #intervalUs: Micros;
  readonly #force: () => void;
  #forcedUs: Micros = Number.NEGATIVE_INFINITY;
  #waiting = false;
  /** Requests in all, and how many of them led to a forced key frame. */
  requested = 0;
  forced = 0;

  /** `force` asks the encoder; `minIntervalUs` is the least time between two such calls. */
  constructor(force: () => void, { minIntervalUs = milliseconds(500) }: { readonly minIntervalUs?: Micros } = {}) {
    this.#force = force;
    this.#intervalUs = minIntervalUs;
  }

  /** A viewer needs a key frame. */
  request(nowUs: Micros): void {
    this.requested++;
    this.#waiting = true;
    this.tick(nowUs);
  }

  /** A key frame was encoded: whoever waited has one now. */
  keyFrameWritten(): void {
    this.#waiting = false;
  }

  /** Forces a key frame if one is wanted and due. */
  tick(nowUs: Micros): void {
    if (this.#waiting && nowUs - this.#forcedUs >= this.#intervalUs) {
      this.#waiting = false;
      this.#forcedUs = nowUs;
      this.forced++;
      this.#force();
    }
  }

  /** When a held request is due, or undefined when none is held. */
  get deadlineUs(): Micros | undefined {
    return this.#waiting ? this.#forcedUs + this.#intervalUs : undefined;
  }
}
