// Turns a stage list into a chain that is ready to run: synchronous stretches between queues and hops, woven from the end.
import type { Signal } from "../signal/signal.js";
import type { SinkObject } from "./adapter.js";
import { Downstream } from "./downstream.js";
import { linkHop } from "./hop/link-hop.js";
import type { NodeStats } from "./node-stats.js";
import { type Packet, PacketFlags } from "./packet.js";
import { linkQueue, type QueueDrain } from "./queue-drain.js";
import type { Run } from "./run.js";
import type { Next, Stage } from "./stage.js";
import type { Door, Step, Tail } from "./step.js";
import { weave } from "./weave.js";

/** A chain that is ready to run. */
export type Chain = {
  /** What brings packets to the first stage, in the order in which they were asked for. */
  readonly doors: readonly Next[];
  /** The queues and hops of the chain by their stage. */
  readonly drains: ReadonlyMap<Stage, QueueDrain>;
  /** How many packets the sinks and the first queue behind the doors would take now. */
  readonly credit: () => number;
  /** What may bring credit back. */
  readonly drained: readonly Signal[];
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
      const behind = new Downstream(sinksOf(steps), firstQueue);
      firstQueue =
        stage.type === "queue" ? linkQueue(stage, run, hand, behind) : linkHop(stage, run, hand, pass, behind);
      drains.set(stage, firstQueue);
      steps = [];
      tail = { take: firstQueue.push, onlyFinal: false, ...firstQueue.counting };
    } else {
      steps = [stage, ...steps];
    }
  }
  const downstream = new Downstream(sinksOf(steps), firstQueue);
  return {
    doors: weave({ steps, tail, doors }, run),
    drains,
    credit: () => downstream.credit(),
    drained: downstream.drained,
  };
}

function sinksOf(steps: readonly Step[]): readonly SinkObject<Packet>[] {
  return steps.flatMap((step) => (step.type === "sink" ? [step.sink] : []));
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
