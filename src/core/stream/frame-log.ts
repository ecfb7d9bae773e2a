// The timed packets of a stream: their budget, and the last of them for a trace viewer.
import type { Signal } from "../signal/signal.js";
import type { Clock } from "../time/clock.js";
import { type BudgetReport, FrameBudget, type Overrun } from "./frame-budget.js";
import { FrameTrace } from "./frame-trace.js";
import type { Packet } from "./packet.js";

/** How many traces are kept: two seconds of pictures. */
const KEPT = 128;

/** Begins and ends the traces of one stream. */
export class FrameLog {
  readonly #clock: Clock;
  readonly #budget: FrameBudget;
  readonly #overran: Signal<Overrun>;
  readonly #traces: FrameTrace[] = [];

  constructor(clock: Clock, budgetMs: number, overran: Signal<Overrun>) {
    this.#clock = clock;
    this.#budget = new FrameBudget(budgetMs);
    this.#overran = overran;
  }

  /** A packet that is timed came in by `source`. */
  begin(source: string, frame: number, { timeUs }: Packet): FrameTrace {
    return new FrameTrace(source, frame, timeUs, this.#clock.nowUs());
  }

  /** Nobody holds the trace any more. One that was lost on the way took as long as it took: it has no budget. */
  finish(trace: FrameTrace): void {
    trace.endUs = this.#clock.nowUs();
    this.#traces.push(trace);
    if (this.#traces.length > KEPT) {
      this.#traces.shift();
    }
    const overrun = trace.isLost ? undefined : this.#budget.check(trace);
    if (overrun !== undefined) {
      this.#overran.emit(overrun);
    }
  }

  /** The last traces, oldest first. */
  get traces(): readonly FrameTrace[] {
    return this.#traces;
  }

  /** Plain JSON. */
  budget(): BudgetReport {
    return this.#budget.report();
  }
}
