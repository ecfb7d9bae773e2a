// Turns a stage list into a chain that is ready to run: synchronous stretches between queues and hops, woven from the end.
import { linkHop } from "./hop/link-hop.js";
import type { NodeStats } from "./node-stats.js";
import { PacketFlags } from "./packet.js";
import { linkQueue, type QueueDrain } from "./queue-drain.js";
import type { Run } from "./run.js";
import type { Next, SinkStage, Stage } from "./stage.js";
import type { Door, Step, Tail } from "./step.js";
import { weave } from "./weave.js";

/** A chain that is ready to run. */
export type Chain = {
  /** What brings packets to the first stage, in the order in which they were asked for. */
  readonly doors: readonly Next[];
  /** The queues and hops of the chain by their stage. */
  readonly drains: ReadonlyMap<Stage, QueueDrain>;
  /** Whether the sinks and the first queue behind the doors would take more. */
  readonly isReady: () => boolean;
};

/** Builds the chain. `unclaimed` counts what reaches its end without having met a sink. */
export function linkChain(stages: readonly Stage[], doors: readonly Door[], run: Run, unclaimed: NodeStats): Chain {
  const drains = new Map<Stage, QueueDrain>();
  let steps: readonly Step[] = [];
  let tail = endOf(stages, run, unclaimed);
  let firstQueue: QueueDrain | undefined;
  for (const stage of stages.toReversed()) {
    if (stage.type === "queue" || stage.type === "hop") {
      const { id, stats } = stage;
      const out: Door = { type: "hand", id, stats, handover: "give", untold: "keep" };
      const by: Door = { type: "pass", id, stats, handover: "pass", untold: "throw" };
      const [hand, pass] = weave({ steps, tail, doors: [out, by] }, run);
      const sinks = sinksOf(steps);
      const downstream = { isReady: readyWhen(sinks, firstQueue), sinks };
      firstQueue =
        stage.type === "queue" ? linkQueue(stage, run, hand, downstream) : linkHop(stage, run, hand, pass, downstream);
      drains.set(stage, firstQueue);
      steps = [];
      tail = { take: firstQueue.push, onlyFinal: false };
    } else {
      steps = [stage, ...steps];
    }
  }
  return { doors: weave({ steps, tail, doors }, run), drains, isReady: readyWhen(sinksOf(steps), firstQueue) };
}

type SinkObject = SinkStage["sink"];

function sinksOf(steps: readonly Step[]): readonly SinkObject[] {
  return steps.flatMap((step) => (step.type === "sink" ? [step.sink] : []));
}

function readyWhen(sinks: readonly SinkObject[], queue: QueueDrain | undefined): () => boolean {
  return () => sinks.every(({ ready }) => ready !== false) && queue?.isFull() !== true;
}

function endOf(stages: readonly Stage[], run: Run, unclaimed: NodeStats): Tail {
  const hasOutlet = stages.some(({ type }) => type === "sink" || type === "branch");
  const finish: Next = ({ flags }) => {
    if ((flags & PacketFlags.final) !== 0) {
      run.owner.finish();
    }
  };
  if (hasOutlet) {
    return { take: finish, onlyFinal: true };
  }
  return {
    take: (packet) => {
      unclaimed.drop("unclaimed");
      finish(packet);
    },
    onlyFinal: false,
  };
}
