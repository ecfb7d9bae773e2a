// Turns a stage list into one nest of closures, built at start(): a packet walks it by plain calls.
import { giving, makeGuard, makeLateEntry } from "./entry.js";
import { linkHop } from "./hop/link-hop.js";
import type { NodeStats } from "./node-stats.js";
import { AnyPacket, isDefinedKind, type Packet, PacketFlags, type PacketKind } from "./packet.js";
import { noteStage } from "./policing.js";
import { linkQueue, type QueueDrain } from "./queue-drain.js";
import { type Run, timed } from "./run.js";
import {
  acceptedKinds,
  type BranchStage,
  type Next,
  type ProcessorStage,
  retentionOf,
  type SinkStage,
  type Stage,
} from "./stage.js";
import { ThroughProbe } from "./through-probe.js";

/** A chain that is ready to run. */
export type Chain = {
  /** The first stage, behind all sources. */
  readonly head: Next;
  /** The queues of the chain by their stage. */
  readonly drains: ReadonlyMap<Stage, QueueDrain>;
  /** Whether the sinks and the first queue that the head leads to would take more. */
  readonly isReady: () => boolean;
};

const { noModify, final } = PacketFlags;

/** Builds the chain from its end to its head. `unclaimed` counts what reaches the end of a chain without any sink. */
export function linkChain(stages: readonly Stage[], run: Run, unclaimed: NodeStats): Chain {
  const drains = new Map<Stage, QueueDrain>();
  let next = linkEnd(stages, run, unclaimed);
  let readiness: readonly SinkStage[] = [];
  let isReady = readyWhen(readiness, undefined);
  let firstQueue: QueueDrain | undefined;
  for (const stage of stages.toReversed()) {
    switch (stage.type) {
      case "processor":
        next = linkProcessor(stage, run, next);
        break;
      case "branch":
        next = linkBranch(stage, run, next);
        break;
      case "sink":
        next = linkSink(stage, run, next);
        readiness = [...readiness, stage];
        isReady = readyWhen(readiness, firstQueue);
        break;
      case "queue": {
        firstQueue = linkQueue(stage, run, next, { isReady, sinks: readiness.map(({ sink }) => sink) });
        drains.set(stage, firstQueue);
        next = firstQueue.push;
        readiness = [];
        isReady = readyWhen(readiness, firstQueue);
        break;
      }
      case "hop": {
        const hand = makeGuard(run, stage.id, giving(run, stage.id, next), "keep");
        firstQueue = linkHop(stage, run, hand, next, { isReady, sinks: readiness.map(({ sink }) => sink) });
        drains.set(stage, firstQueue);
        next = firstQueue.push;
        readiness = [];
        isReady = readyWhen(readiness, firstQueue);
        break;
      }
    }
  }
  return { head: next, drains, isReady };
}

function readyWhen(sinks: readonly SinkStage[], queue: QueueDrain | undefined): () => boolean {
  return () => sinks.every(({ sink }) => sink.ready !== false) && queue?.isFull() !== true;
}

function linkEnd(stages: readonly Stage[], run: Run, unclaimed: NodeStats): Next {
  const hasOutlet = stages.some(({ type }) => type === "sink" || type === "branch");
  return (packet) => {
    if (!hasOutlet) {
      unclaimed.drop("unclaimed");
    }
    if ((packet.flags & final) !== 0) {
      run.owner.finish();
    }
  };
}

function linkProcessor(stage: ProcessorStage, run: Run, next: Next): Next {
  const { processor, stats, id } = stage;
  const { policing, clock, ownership } = run;
  const isOwner = processor.retention === "retained";
  const isDeferred = processor.retention !== "borrowed";
  const probe = isDeferred && clock !== undefined ? new ThroughProbe(clock, stats.through) : undefined;
  const emit = isDeferred ? followed(makeLateEntry(run, id, stats, next), probe) : makeEmit(run, stats, next);
  const process = (packet: Packet): void => processor.process(packet, emit);
  const { first, second, others } = kindTest(stage);
  return (packet) => {
    const { kind } = packet;
    const isTaken = kind === first || kind === second || others?.(packet) === true;
    if (!isTaken || (packet.flags & noModify) !== 0) {
      stats.passedBy++;
      stats.passedByBytes += packet.byteLength;
      next(packet);
      return;
    }
    stats.packets++;
    stats.bytes += packet.byteLength;
    if (policing) {
      noteStage(packet, id);
    }
    if (isOwner) {
      ownership.taken = true;
    }
    try {
      if (run.timing && clock !== undefined) {
        probe?.entered(packet);
        timed(run, clock, stats, process, packet);
      } else {
        processor.process(packet, emit);
      }
    } catch (thrown) {
      run.blame(id, stats, thrown);
      throw thrown;
    }
  };
}

/** `emit` with a probe on what comes by. */
function followed(emit: Next, probe: ThroughProbe | undefined): Next {
  if (probe === undefined) {
    return emit;
  }
  return (packet) => {
    probe.emitted(packet);
    emit(packet);
  };
}

/** The `emit` of a stage that works inside the call. */
function makeEmit(run: Run, stats: NodeStats, next: Next): Next {
  return (packet) => {
    if (run.flowing) {
      next(packet);
    } else {
      stats.drop(run.shutReason);
    }
  };
}

function linkSink(stage: SinkStage, run: Run, next: Next): Next {
  const { sink, stats, id } = stage;
  const { policing, clock, ownership } = run;
  const isOwner = retentionOf(stage) === "retained";
  const write = (packet: Packet): void => sink.write(packet);
  const { first, second, others } = kindTest(stage);
  return (packet) => {
    const { kind } = packet;
    if (kind === first || kind === second || others?.(packet) === true) {
      stats.packets++;
      stats.bytes += packet.byteLength;
      if (policing) {
        noteStage(packet, id);
      }
      if (isOwner) {
        ownership.taken = true;
      }
      try {
        if (run.timing && clock !== undefined) {
          timed(run, clock, stats, write, packet);
        } else {
          sink.write(packet);
        }
      } catch (thrown) {
        run.blame(id, stats, thrown);
        throw thrown;
      }
    } else {
      stats.passedBy++;
      stats.passedByBytes += packet.byteLength;
    }
    next(packet);
  };
}

function linkBranch(stage: BranchStage, run: Run, next: Next): Next {
  const { branch, stats } = stage;
  const { clock } = run;
  const receive = (packet: Packet): void => branch.receive(packet);
  return (packet) => {
    stats.packets++;
    stats.bytes += packet.byteLength;
    if (run.timing && clock !== undefined) {
      timed(run, clock, stats, receive, packet);
    } else {
      branch.receive(packet);
    }
    next(packet);
  };
}

type KindTest = {
  readonly first: PacketKind | undefined;
  readonly second: PacketKind | undefined;
  readonly others: ((packet: Packet) => boolean) | undefined;
};

/** Two identities are compared in place; everything else (all kinds, more kinds, kinds with a test of their own) is a call. */
function kindTest(stage: Stage): KindTest {
  const accepts = acceptedKinds(stage);
  if (accepts === undefined || accepts.includes(AnyPacket)) {
    return { first: undefined, second: undefined, others: () => true };
  }
  const [first, second, ...more] = accepts.filter(isDefinedKind);
  const rest = [...more, ...accepts.filter((kind) => !isDefinedKind(kind))];
  return { first, second, others: rest.length === 0 ? undefined : (packet) => rest.some((kind) => kind.is(packet)) };
}
