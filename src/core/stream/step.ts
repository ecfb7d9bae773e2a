// What chains are woven from: the steps of one synchronous stretch, the doors into it, and where it leads.
import type { NodeStats } from "./node-stats.js";
import { AnyPacket, isDefinedKind, type Packet, type PacketKind } from "./packet.js";
import {
  acceptedKinds,
  type BranchStage,
  type Next,
  type ProcessorStage,
  retentionOf,
  type SinkStage,
  type Stage,
} from "./stage.js";

/** A stage that runs inside the call that brings it a packet. */
export type Step = ProcessorStage | SinkStage | BranchStage;

/**
 * Where packets come in: `entry` from outside (a source, `write()`, the parent stream), `hand` out of a queue, `pass` inside
 * a call that came in by a door in front.
 */
export type Door = {
  readonly type: "entry" | "hand" | "pass";
  /** The node that brings the packets. */
  readonly id: string;
  readonly stats: NodeStats;
  /** Whether its packets are given away (the graph releases them), lent, or another stream's that answers for them. */
  readonly handover: "give" | "lend" | "pass";
  /** Where an exception goes when no listener of `failed` was told: back to the caller, or nowhere. */
  readonly untold: "throw" | "keep";
};

/** What stands behind the last step. */
export type Tail = {
  readonly take: Next;
  /** Only final packets need to get there. */
  readonly onlyFinal: boolean;
  /** Wants to know how many packets have come in by the doors. */
  readonly arrivals?: Arrivals;
};

/** Counted by every door of a stretch whose tail asks for it. */
export type Arrivals = { count: number };

/** One synchronous stretch of a chain. */
export type Stretch = {
  readonly steps: readonly Step[];
  readonly tail: Tail;
  readonly doors: readonly Door[];
};

/** How a stage recognises what it takes. */
export type KindTest = {
  readonly first: PacketKind | undefined;
  readonly second: PacketKind | undefined;
  readonly others: ((packet: Packet) => boolean) | undefined;
};

/** Two identities are compared in place; more kinds, and kinds with a test of their own, are a call. Undefined: takes all. */
export function kindTest(stage: Stage): KindTest | undefined {
  const accepts = acceptedKinds(stage);
  if (accepts === undefined || accepts.includes(AnyPacket)) {
    return undefined;
  }
  const [first, second, ...more] = accepts.filter(isDefinedKind);
  const rest = [...more, ...accepts.filter((kind) => !isDefinedKind(kind))];
  return { first, second, others: rest.length === 0 ? undefined : (packet) => rest.some((kind) => kind.is(packet)) };
}

/** Whether the stage becomes the owner of what it takes. */
export function isOwner(stage: Stage): boolean {
  return retentionOf(stage) === "retained";
}
