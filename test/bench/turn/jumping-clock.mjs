// Real time that can be set forward: so that what expires in ten minutes expires now.
import { NodeClock } from "../../../dist/node/index.js";

export class JumpingClock {
  #clock = new NodeClock();
  #offsetUs = 0;
  /** What waits, so that it can be woken by a jump. */
  #waiting = new Set();

  nowUs() {
    return this.#clock.nowUs() + this.#offsetUs;
  }

  wallUs() {
    return this.#clock.wallUs() + this.#offsetUs;
  }

  schedule(atUs, task) {
    const wait = { timer: undefined, arm: undefined };
    wait.arm = () => {
      wait.timer = this.#clock.schedule(atUs - this.#offsetUs, () => {
        this.#waiting.delete(wait);
        task();
      });
    };
    wait.arm();
    this.#waiting.add(wait);
    return {
      [Symbol.dispose]: () => {
        this.#waiting.delete(wait);
        wait.timer[Symbol.dispose]();
      },
    };
  }

  jump(us) {
    this.#offsetUs += us;
    for (const wait of this.#waiting) {
      wait.timer[Symbol.dispose]();
      wait.arm();
    }
  }
}
