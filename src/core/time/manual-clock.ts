// A clock that only moves when it is told to: for simulations, for tests, and for media that is worked through faster than
// it plays.
import type { Clock } from "./clock.js";
import type { Micros, WallMicros } from "./units.js";

type Entry = { readonly atUs: Micros; readonly task: () => void };

/** Manual time. It costs none: what would take a minute happens at once, in the same order each time. */
export class ManualClock implements Clock {
  #nowUs: Micros;
  readonly #wallOffsetUs: number;
  /** In order of their time; those of one time in the order in which they were scheduled. */
  readonly #entries: Entry[] = [];

  /** Monotonic time begins at `startUs` (default 0), wall time at `wallStartUs` (default 2027-01-15T08:00:00Z). */
  constructor({
    startUs = 0,
    wallStartUs = 1_800_000_000_000_000,
  }: { readonly startUs?: Micros; readonly wallStartUs?: WallMicros } = {}) {
    this.#nowUs = startUs;
    this.#wallOffsetUs = wallStartUs - startUs;
  }

  nowUs(): Micros {
    return this.#nowUs;
  }

  wallUs(): WallMicros {
    return this.#nowUs + this.#wallOffsetUs;
  }

  schedule(atUs: Micros, task: () => void): Disposable {
    const entry: Entry = { atUs, task };
    this.#entries.splice(this.#placeFor(atUs), 0, entry);
    return {
      [Symbol.dispose]: () => {
        const at = this.#entries.indexOf(entry);
        if (at >= 0) {
          this.#entries.splice(at, 1);
        }
      },
    };
  }

  /** How many tasks wait. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Moves on by `durationUs`. */
  advance(durationUs: Micros): void {
    this.advanceTo(this.#nowUs + durationUs);
  }

  /** Moves on to `targetUs`: runs what is due on the way, each at its own moment. Time never goes back. */
  advanceTo(targetUs: Micros): void {
    while (this.#entries.length > 0 && this.#entries[0].atUs <= targetUs) {
      const [due] = this.#entries.splice(0, 1);
      this.#nowUs = Math.max(this.#nowUs, due.atUs);
      due.task();
    }
    this.#nowUs = Math.max(this.#nowUs, targetUs);
  }

  /** Behind everything that is due at `atUs` or earlier. */
  #placeFor(atUs: Micros): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle].atUs <= atUs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
