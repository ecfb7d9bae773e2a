// What stages that work after the call need of their chain, and the clock around the call.
import { makeLateEntry } from "./entry.js";
import { type Run, timed } from "./run.js";
import type { Next, ProcessorStage } from "./stage.js";
import type { Step } from "./step.js";
import { ThroughProbe } from "./through-probe.js";

/** What a deferred stage needs of its chain. */
export type Late = {
  /** Makes its `emit`, which it may call at any time. */
  readonly emitInto: (next: Next) => Next;
  /** A packet that is timed is about to come. */
  readonly entered: Next;
};

/** Undefined for a stage that works inside the call. */
export function lateness({ processor, stats, id }: ProcessorStage, run: Run): Late | undefined {
  if (processor.retention === "borrowed") {
    return undefined;
  }
  const { clock, frames } = run;
  if (clock === undefined || frames === undefined) {
    return { emitInto: (next) => makeLateEntry(run, id, stats, next), entered: () => {} };
  }
  const probe = new ThroughProbe(run, clock, id, stats);
  return {
    emitInto: (next) => {
      const emit = makeLateEntry(run, id, stats, next);
      return (packet) => probe.emitted(packet, emit);
    },
    entered: (packet) => probe.entered(packet),
  };
}

/** The same call, with the clock read around it. */
export function timedCall(step: Step, run: Run, late: Late | undefined, call: Next): Next {
  const { clock } = run;
  if (clock === undefined) {
    return call;
  }
  return (packet) => {
    late?.entered(packet);
    timed(run, clock, step, call, packet);
  };
}
