// The clock of Node: performance.now() for monotonic time, libuv timers to wait.
import { performance } from "node:perf_hooks";
import type { Clock } from "../../core/time/clock.js";
import type { Micros, WallMicros } from "../../core/time/units.js";

/** The longest wait one libuv timer can hold; longer ones are armed again on the way. */
const MAX_TIMER_MS = 2_147_483_647;
/** How far the smooth wall clock may stray from the system's before it follows (a step or a slew of NTP). */
const MAX_WALL_DRIFT_US = 2000;

/** Real time in Node. Timers never fire early; one that is already due runs in the next turn of the loop. */
export class NodeClock implements Clock {
  /** Where the monotonic clock begins, to the microsecond: Date.now() alone would be up to a millisecond behind. */
  #wallOffsetUs: Micros = Math.round(performance.timeOrigin * 1000);

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
    let cancel: () => void = () => {};
    const arm = (): void => {
      const waitUs = atUs - this.nowUs();
      if (waitUs <= 0) {
        const immediate = setImmediate(task);
        cancel = () => clearImmediate(immediate);
        return;
      }
      // libuv counts whole milliseconds from the start of the loop's turn and may so fire a little early.
      const timer = setTimeout(fire, Math.min(Math.ceil(waitUs / 1000), MAX_TIMER_MS));
      cancel = () => clearTimeout(timer);
    };
    const fire = (): void => {
      if (this.nowUs() >= atUs) {
        task();
      } else {
        arm();
      }
    };
    arm();
    return { [Symbol.dispose]: () => cancel() };
  }
}
