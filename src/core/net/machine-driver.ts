// The small driver that runs a Machine on a Clock: drains outputs, keeps exactly one timer armed.
import type { Clock } from "../time/clock.js";
import { DeadlineTimer } from "../time/deadline-timer.js";
import type { Machine } from "./machine.js";

/** Runs one machine: feeds inputs with the time, drains outputs into `perform`, and ticks at each deadline. */
export class MachineDriver<Input, Output extends { readonly kind: string }> {
  readonly #machine: Machine<Input, Output>;
  readonly #clock: Clock;
  readonly #perform: (output: Output) => void;
  readonly #timer: DeadlineTimer;
  #draining = false;
  #closed = false;

  constructor(machine: Machine<Input, Output>, clock: Clock, perform: (output: Output) => void) {
    this.#machine = machine;
    this.#clock = clock;
    this.#perform = perform;
    this.#timer = new DeadlineTimer(clock, () => {
      this.#machine.tick(this.#clock.nowUs());
      this.#settle();
    });
  }

  /** Gives the machine one input, now. Quiet after `close`. */
  handle(input: Input): void {
    if (this.#closed) {
      return;
    }
    this.#machine.handle(input, this.#clock.nowUs());
    this.#settle();
  }

  /** Stops the timer. The machine hears nothing more. */
  close(): void {
    this.#closed = true;
    this.#timer[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #settle(): void {
    // An output may lead straight to another input; the outer call goes on draining.
    if (this.#draining) {
      return;
    }
    this.#draining = true;
    try {
      for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
        this.#perform(output);
      }
    } finally {
      // Also when an output could not be performed: the machine's own deadlines then get it out of there.
      this.#draining = false;
      this.#timer.set(this.#closed ? undefined : this.#machine.deadlineUs);
    }
  }
}
