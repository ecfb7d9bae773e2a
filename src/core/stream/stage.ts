// The runtime face of a graph's nodes: what the sentence and the numbered form both become.
import type { ExternalSource, Processor, Retention, SinkObject, Source } from "./adapter.js";
import type { StreamTraces } from "./chrome-trace.js";
import { FlagPacket } from "./flag-packet.js";
import type { GraphReport } from "./graph-report.js";
import type { Hop } from "./hop/hop.js";
import type { NodeStats } from "./node-stats.js";
import type { Packet, PacketKind } from "./packet.js";
import type { PacketQueue } from "./packet-queue.js";
import type { StreamState } from "./stream-state.js";

/** Takes a packet on along the chain. */
export type Next = (packet: Packet) => void;

/** One kind of packet on its way, who sent it, and whether it is given away or only lent. */
export type Flow = { readonly kind: PacketKind; readonly from: string; readonly given: boolean };

/** A source, and the side of its life that the stream leads. */
export type SourceNode = {
  readonly type: "source";
  /** Unique in its stream. */
  readonly id: string;
  readonly stats: NodeStats;
} & (
  | { readonly lifecycle: "stream"; readonly source: Source<Packet> }
  | { readonly lifecycle: "external"; readonly source: ExternalSource<Packet> }
);

type Placed = {
  /** Unique in its stream. */
  readonly id: string;
  /** Ascending; equal orders keep the sentence's. */
  readonly order: number;
  readonly stats: NodeStats;
};

/** A processor at its place. */
export type ProcessorStage = Placed & { readonly type: "processor"; readonly processor: Processor<Packet, Packet> };

/** A queue at its place. */
export type QueueStage = Placed & {
  readonly type: "queue";
  readonly queue: PacketQueue;
  /** The longest that it keeps one turn of the event loop, microseconds. */
  readonly turnBudgetUs: number;
  /** Where it hands on: as soon as the call that brings packets has ended, or in a turn of the event loop. */
  readonly turn: "microtask" | "task";
};

/** A hop to a worker at its place. */
export type HopStage = Placed & { readonly type: "hop"; readonly hop: Hop };

/** A sink at its place. */
export type SinkStage = Placed & {
  readonly type: "sink";
  readonly sink: SinkObject<Packet>;
  /** What the caller handed over; differs from `sink` when that was a function. */
  readonly handle: object;
};

/** What a stream needs of a branch: another stream behind a face, so that neither knows how the other is built. */
export interface Branch {
  readonly name: string;
  readonly state: StreamState;
  /** What the branch counts as lost while it is not taking packets is its own. Throws nothing. */
  receive(packet: Packet): void;
  /** Throws what is wrong with the branch's wiring, given what would come in. */
  validate(inflow: readonly Flow[]): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
  report(): GraphReport;
  /** Its timed packets, and those of its branches. */
  traces(): readonly StreamTraces[];
}

/** A branch at its place. */
export type BranchStage = Placed & { readonly type: "branch"; readonly branch: Branch; readonly handle: object };

/** One node behind the sources. */
export type Stage = ProcessorStage | QueueStage | HopStage | SinkStage | BranchStage;

/** The kinds a stage takes; undefined means all. */
export function acceptedKinds(stage: Stage): readonly PacketKind[] | undefined {
  switch (stage.type) {
    case "processor":
      return stage.processor.accepts;
    case "sink":
      return stage.sink.accepts;
    case "hop":
      return [...stage.hop.contract.to.kinds, FlagPacket.kind];
    case "queue":
    case "branch":
      return undefined;
  }
}

/** What a stage does with packets beyond the call. */
export function retentionOf(stage: Stage): Retention {
  switch (stage.type) {
    case "processor":
      return stage.processor.retention;
    case "sink":
      return stage.sink.retention ?? "borrowed";
    case "queue":
    case "hop":
      return "cloned";
    case "branch":
      return "borrowed";
  }
}
