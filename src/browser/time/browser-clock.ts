// The clock of a page or worker: performance.now() for monotonic time, setTimeout to wait.
import type { Clock } from "../../core/time/clock.js";
import type { Micros, WallMicros } from "../../core/time/units.js";

/** The longest wait one browser timer can hold; longer ones are armed again on the way. */
const MAX_TIMER_MS = 2_147_483_647;
/** How far the smooth wall clock may stray from the system's before it follows (a step, a slew, a sleep). */
const MAX_WALL_DRIFT_US = 2000;

/** Real time in a browser. Timers never fire early; in a hidden tab the browser makes them late, often by a second. */
export class BrowserClock implements Clock {
  #wallOffsetUs = Date.now() * 1000 - this.nowUs();

  nowUs(): Micros {
    return Math.floor(performance.now() * 1000);
  }

  /** Advances with the microseconds of the monotonic clock, and stays within two milliseconds of the system's time. */
  wallUs(): WallMicros {
    const nowUs = this.nowUs();
    const systemUs = Date.now() * 1000;
    if (Math.abs(nowUs + this.#wallOffsetUs - systemUs) > MAX_WALL_DRIFT_US) {
      this.#wallOffsetUs = systemUs - nowUs;
    }
    return nowUs + this.#wallOffsetUs;
  }

  schedule(atUs: Micros, task: () => void): Disposable {
    let timer = 0;
    const arm = (): void => {
      const waitMs = Math.ceil((atUs - this.nowUs()) / 1000);
      timer = self.setTimeout(fire, Math.min(Math.max(waitMs, 0), MAX_TIMER_MS));
    };
    const fire = (): void => {
      if (this.nowUs() >= atUs) {
        task();
      } else {
        arm();
      }
    };
    arm();
    return { [Symbol.dispose]: () => self.clearTimeout(timer) };
  }
}
