// The small driver that runs a Machine on a Clock: drains outputs, keeps exactly one timer armed.
import type { Clock } from "../time/clock.js";
import type { Micros } from "../time/units.js";
import type { Machine } from "./machine.js";

/** Runs one machine: feeds inputs with the time, drains outputs into `perform`, and ticks at each deadline. */
export class MachineDriver<Input, Output extends { readonly kind: string }> {
  readonly #machine: Machine<Input, Output>;
  readonly #clock: Clock;
  readonly #perform: (output: Output) => void;
  #timer: Disposable | undefined;
  #timerAtUs: Micros | undefined;
  #draining = false;
  #closed = false;

  constructor(machine: Machine<Input, Output>, clock: Clock, perform: (output: Output) => void) {
    this.#machine = machine;
    this.#clock = clock;
    this.#perform = perform;
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
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
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
      this.#draining = false;
    }
    this.#arm();
  }

  #arm(): void {
    const deadlineUs = this.#closed ? undefined : this.#machine.deadlineUs;
    if (deadlineUs === this.#timerAtUs && this.#timer !== undefined) {
      return;
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#timerAtUs = deadlineUs;
    if (deadlineUs !== undefined) {
      this.#timer = this.#clock.schedule(deadlineUs, () => {
        this.#timer = undefined;
        this.#machine.tick(this.#clock.nowUs());
        this.#settle();
      });
    }
  }
}
