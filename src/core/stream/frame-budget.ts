// Compares timed packets with the time that they may take, and says which nodes took it.
import { type Micros, milliseconds } from "../time/units.js";
import type { FrameTrace } from "./frame-trace.js";

/** A packet that took longer than the budget. Plain JSON. */
export type Overrun = {
  /** `frame 812: 23.1 of 16.7 ms: 14.0 in decode, 6.2 waiting in queue`. */
  readonly message: string;
  /** Who brought it, and which of that one's packets it was, from 1. */
  readonly source: string;
  readonly frame: number;
  /** Its place on its medium's timeline, microseconds. */
  readonly timeUs: number;
  readonly totalMs: number;
  readonly budgetMs: number;
  /** What took at least a tenth of the time, longest first. */
  readonly parts: readonly OverrunPart[];
};

/** What one node had of an overrun. */
export type OverrunPart = { readonly node: string; readonly doing: "working" | "waiting"; readonly ms: number };

/** What a report tells of a budget. */
export type BudgetReport = {
  readonly budgetMs: number;
  /** Packets that were timed to their end. */
  readonly timed: number;
  readonly overruns: number;
  readonly worst?: Overrun;
  readonly last?: Overrun;
};

/** Counts overruns of one stream. */
export class FrameBudget {
  readonly #budgetMs: number;
  readonly #budgetUs: Micros;
  #timed = 0;
  #overruns = 0;
  #worst: Overrun | undefined;
  #last: Overrun | undefined;

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#budgetUs = milliseconds(budgetMs);
  }

  /** Takes a trace that has come to its end. Answers the overrun, if it is one. */
  check(trace: FrameTrace): Overrun | undefined {
    this.#timed++;
    if (trace.endUs - trace.startUs <= this.#budgetUs) {
      return undefined;
    }
    const overrun = describe(trace, this.#budgetMs);
    this.#overruns++;
    this.#last = overrun;
    if (this.#worst === undefined || overrun.totalMs > this.#worst.totalMs) {
      this.#worst = overrun;
    }
    return overrun;
  }

  /** Plain JSON. */
  report(): BudgetReport {
    return {
      budgetMs: this.#budgetMs,
      timed: this.#timed,
      overruns: this.#overruns,
      ...(this.#worst === undefined ? {} : { worst: this.#worst }),
      ...(this.#last === undefined ? {} : { last: this.#last }),
    };
  }
}

function describe({ source, frame, timeUs, startUs, endUs, spans }: FrameTrace, budgetMs: number): Overrun {
  const totalUs = endUs - startUs;
  const parts = partsOf(spans).filter(({ ms }) => ms * 10_000 >= totalUs);
  const totalMs = totalUs / 1000;
  const named = parts.map(
    ({ node, doing, ms }) => `${ms.toFixed(1)} ${doing === "working" ? "in" : "waiting in"} ${node}`,
  );
  const where = named.length === 0 ? "" : `: ${named.join(", ")}`;
  const message = `frame ${frame}: ${totalMs.toFixed(1)} of ${budgetMs} ms${where}`;
  return { message, source, frame, timeUs, totalMs, budgetMs, parts };
}

/** Of a stage that works after the call, the whole time with it counts, and not the calls in it a second time. */
function partsOf(spans: FrameTrace["spans"]): readonly OverrunPart[] {
  const isThrough = new Set(spans.filter(({ doing }) => doing === "through").map(({ node }) => node));
  const waiting = new Map<string, Micros>();
  const working = new Map<string, Micros>();
  for (const { node, doing, selfUs } of spans) {
    if (doing === "work" && isThrough.has(node)) {
      continue;
    }
    const sums = doing === "wait" ? waiting : working;
    sums.set(node, (sums.get(node) ?? 0) + selfUs);
  }
  const parts = [
    ...Array.from(working, ([node, us]): OverrunPart => ({ node, doing: "working", ms: us / 1000 })),
    ...Array.from(waiting, ([node, us]): OverrunPart => ({ node, doing: "waiting", ms: us / 1000 })),
  ];
  return parts.sort((a, b) => b.ms - a.ms);
}
