// The steps of one run with their states and times. What changes is told, whole, so that a page only has to show it.
import { CHECK_STEPS, type CheckOutcome, type CheckStep, type CheckStepName, titleOf } from "./check-step.js";

/** Where the steps of one run stand. */
export class StepBoard {
  readonly #nowMs: () => number;
  readonly #changed: (step: CheckStep) => void;
  readonly #startedMs = new Map<CheckStepName, number>();
  #steps: readonly CheckStep[] = CHECK_STEPS.map((name) => ({ name, title: titleOf(name), state: "waiting" }));

  /** `changed` hears of each step that is another one now. */
  constructor({ nowMs, changed }: { readonly nowMs: () => number; readonly changed: (step: CheckStep) => void }) {
    this.#nowMs = nowMs;
    this.#changed = changed;
  }

  /** All of them, in order. A new list after each change. */
  get steps(): readonly CheckStep[] {
    return this.#steps;
  }

  /** The step has begun. */
  begin(name: CheckStepName): void {
    this.#startedMs.set(name, this.#nowMs());
    this.#put({ name, title: titleOf(name), state: "running" });
  }

  /** The step has ended; it takes the time since it began. */
  end(name: CheckStepName, outcome: CheckOutcome): void {
    const nowMs = this.#nowMs();
    const ms = Math.max(0, Math.round(nowMs - (this.#startedMs.get(name) ?? nowMs)));
    const title = titleOf(name);
    this.#put(outcome.state === "skipped" ? { name, title, ...outcome } : { name, title, ...outcome, ms });
  }

  /** What later steps have shown of earlier ones: takes those of `steps` that are other ones, with the time they have. */
  revise(steps: readonly CheckStep[]): void {
    for (const step of steps) {
      if (!this.#steps.includes(step)) {
        this.#put(step);
      }
    }
  }

  #put(step: CheckStep): void {
    this.#steps = this.#steps.map((old) => (old.name === step.name ? step : old));
    this.#changed(step);
  }
}
