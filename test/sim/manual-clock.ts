// A clock that only moves when the test says so.
import type { Clock } from "../../src/core/time/clock.js";
import type { Micros, WallMicros } from "../../src/core/time/units.js";

type Entry = { readonly atUs: Micros; readonly order: number; readonly task: () => void };

/** Manual time: `advance` runs what is due, in order of its time, and moves `nowUs` to each task's own moment. */
export class ManualClock implements Clock {
  #nowUs: Micros;
  readonly #wallOffsetUs: number;
  #entries: Entry[] = [];
  #order = 0;

  constructor({
    startUs = 0,
    wallStartUs = 1_800_000_000_000_000,
  }: { startUs?: Micros; wallStartUs?: WallMicros } = {}) {
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
    const entry: Entry = { atUs, order: this.#order++, task };
    this.#entries.push(entry);
    return {
      [Symbol.dispose]: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** How many tasks wait. */
  get pending(): number {
    return this.#entries.length;
  }

  advance(durationUs: Micros): void {
    this.advanceTo(this.#nowUs + durationUs);
  }

  advanceTo(targetUs: Micros): void {
    for (;;) {
      const due = this.#entries
        .filter((entry) => entry.atUs <= targetUs)
        .sort((a, b) => a.atUs - b.atUs || a.order - b.order)[0];
      if (due === undefined) {
        break;
      }
      this.#entries = this.#entries.filter((other) => other !== due);
      this.#nowUs = Math.max(this.#nowUs, due.atUs);
      due.task();
    }
    this.#nowUs = Math.max(this.#nowUs, targetUs);
  }
}
