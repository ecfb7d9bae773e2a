// What start() builds and stop() takes down: the run, the chain, the doors, and the sources' part in it.
import { FloeError } from "../error/floe-error.js";
import type { Clock } from "../time/clock.js";
import type { Demand } from "./adapter.js";
import { flowThrough, writtenFlow } from "./flow.js";
import type { FrameLog } from "./frame-log.js";
import { type Chain, linkChain } from "./link.js";
import type { NodeStats } from "./node-stats.js";
import { isPolicing } from "./policing.js";
import { type Ownership, Run, type RunOwner } from "./run.js";
import type { Sampling } from "./sampling.js";
import { SourceRunner } from "./source-runner.js";
import type { Branch, Flow, Next, SourceNode, Stage } from "./stage.js";
import type { Door } from "./step.js";
import { answerOf } from "./stream-state.js";
import type { Topology } from "./topology.js";
import { type OnTrouble, stopSources, stopStages } from "./wind-down.js";

/** One run, ready to go. */
export type Wiring = {
  readonly run: Run;
  readonly chain: Chain;
  readonly stages: readonly Stage[];
  readonly runners: readonly SourceRunner[];
  /** To adapters that tell when they break, and to what tells that there is room again. */
  readonly listening: readonly Disposable[];
  /** The door of `write()`. */
  readonly write: Next;
  /** The door of the stream that this one is a branch of. */
  readonly receive: Next;
  /** Why `write()` must be refused, if it must. */
  readonly writeRefusal: FloeError | undefined;
};

/** What a run is wired from. */
export type WiringPlan = {
  readonly name: string;
  readonly owner: RunOwner & Demand;
  readonly topology: Topology;
  /** What comes in, by declaration. */
  readonly inflow: readonly Flow[];
  readonly ownership: Ownership;
  readonly clock: Clock | undefined;
  readonly sampling: Sampling;
  readonly frames: FrameLog | undefined;
  readonly counting: boolean;
  /** The node that stands for `write()` or for the parent stream. */
  readonly entry: { readonly id: string; readonly stats: NodeStats };
  readonly unclaimed: NodeStats;
};

/** Checks the plan and builds the run, with its gates still shut. Throws what is wrong with the plan; nothing has changed then. */
export function wire(plan: WiringPlan): Wiring {
  const { owner, topology, inflow, ownership, clock, sampling, frames, counting, entry, unclaimed } = plan;
  const { sources } = topology;
  const stages = topology.stages();
  flowThrough(stages, inflow);
  const run = new Run(owner, { ownership, clock, sampling, frames, counting, policing: isPolicing() });
  const chain = linkChain(
    stages,
    [
      { ...entry, type: "entry", handover: "lend", untold: "throw" },
      { ...entry, type: "entry", handover: "pass", untold: "keep" },
      ...sources.map(doorOf),
    ],
    run,
    unclaimed,
  );
  const [write, receive, ...emits] = chain.doors;
  return {
    run,
    chain,
    stages,
    runners: sources.map((node, index) => new SourceRunner(node, emits[index], owner)),
    listening: [...listenForFailures(topology, owner), ...listenForCredit(chain, run, owner)],
    write,
    receive,
    writeRefusal: refusalOfWrites(stages, [...inflow, ...writtenFlow(plan.name)]),
  };
}

function listenForFailures(topology: Topology, owner: RunOwner): readonly Disposable[] {
  return topology.adapters().flatMap(({ name, failed }) => failed?.on((error) => void owner.fail(error, name)) ?? []);
}

function listenForCredit({ drained, credit }: Chain, run: Run, owner: Demand): readonly Disposable[] {
  return drained.map((signal) =>
    signal.on(() => {
      if (run.open && credit() > 0) {
        owner.drained.emit();
      }
    }),
  );
}

function doorOf({ id, stats, source }: SourceNode): Door {
  return { type: "entry", id, stats, handover: source.retention === "borrowed" ? "lend" : "give", untold: "throw" };
}

/** Starts branches, then sources. Rejects with the first thing that a source throws, after all of them have settled. */
export async function startNodes({ stages, runners }: Wiring, onTrouble: OnTrouble): Promise<void> {
  const branches = stages.flatMap((stage) => (stage.type === "branch" ? [stage.branch] : []));
  // A branch that cannot start says so itself; it does not keep the others from starting.
  const branchStarts = Promise.allSettled(branches.filter(mayStart).map((branch) => branch.start()));
  const sourceStarts = await Promise.allSettled(
    runners.map(async (runner) => {
      try {
        await runner.start();
      } catch (thrown) {
        onTrouble(thrown, runner.id);
        throw thrown;
      }
    }),
  );
  await branchStarts;
  const refused = sourceStarts.find((start) => start.status === "rejected");
  if (refused !== undefined) {
    throw refused.reason;
  }
}

/** Empties and stops the stages, then the sources; in the end every gate is shut. Never rejects. */
export async function windDown(wiring: Wiring, onTrouble: OnTrouble): Promise<void> {
  // Not inside the call that asked for it: a stage may be on its stack.
  await Promise.resolve();
  await stopStages(wiring.stages, wiring.chain.drains, onTrouble);
  await stopSources(wiring.runners, onTrouble);
  shutDown(wiring);
}

/** Shuts every gate of the run and hears nobody any more; what waits in queues is dropped as late. */
export function shutDown({ run, chain, listening }: Wiring): void {
  run.shutGates();
  for (const one of listening) {
    one[Symbol.dispose]();
  }
  for (const drain of chain.drains.values()) {
    drain.end();
  }
}

/** A branch that its user has paused stays so. */
function mayStart({ state }: Branch): boolean {
  return state !== "paused" && answerOf("start", state) === "go";
}

/** A stream may be fed by sources that give packets away, and yet not by write(), which only lends. */
function refusalOfWrites(stages: readonly Stage[], inflow: readonly Flow[]): FloeError | undefined {
  try {
    flowThrough(stages, inflow);
    return undefined;
  } catch (thrown) {
    return thrown instanceof FloeError ? thrown : undefined;
  }
}
