// One timer that follows a deadline which moves.
import type { Clock } from "./clock.js";
import type { Micros } from "./units.js";

/** Calls `due` at the newest deadline that was set. Setting the same one again costs nothing. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #due: () => void;
  #timer: Disposable | undefined;
  #deadlineUs: Micros | undefined;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Sets the deadline, or none. */
  set(deadlineUs: Micros | undefined): void {
    if (deadlineUs === this.#deadlineUs) {
      return;
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#deadlineUs = deadlineUs;
    if (deadlineUs !== undefined) {
      this.#timer = this.#clock.schedule(deadlineUs, () => {
        this.#timer = undefined;
        this.#deadlineUs = undefined;
        this.#due();
      });
    }
  }

  [Symbol.dispose](): void {
    this.set(undefined);
  }
}

/** The earlier of two deadlines; undefined is never. */
export function earliest(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return Math.min(a, b);
}
