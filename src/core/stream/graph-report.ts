// What a stream tells about itself: plain JSON, every node and edge, cumulative since the stream was built.
import type { Retention } from "./adapter.js";
import type { BudgetReport } from "./frame-budget.js";
import type { LatencySummary } from "./latency-histogram.js";
import type { DropReason } from "./node-stats.js";
import type { StreamState } from "./stream-state.js";

/** Drops by reason; a reason that never happened is absent. */
export type DropCounts = Readonly<Partial<Record<DropReason, number>>>;

/** One source, stage, queue, sink or branch. */
export type NodeReport = {
  /** Unique in its stream. */
  readonly id: string;
  readonly type: "entry" | "source" | "processor" | "queue" | "hop" | "sink" | "branch" | "end";
  readonly retention: Retention;
  /** Packets that it took; a source or entry: brought. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets of other kinds (or not to be modified) that went past it. */
  readonly passedBy: number;
  readonly drops: DropCounts;
  /** Copies of payload made here, and their bytes. */
  readonly clones: number;
  readonly clonedBytes: number;
  /** Microseconds in the node itself, of the packets that were timed. */
  readonly timeUs: LatencySummary;
  /** Deferred stages and hops: microseconds from taking a packet to emitting what became of it, of the packets that were timed. */
  readonly throughUs?: LatencySummary;
  /** The last error that came out of it; absent when there was none. */
  readonly lastError?: string;
  /** Queues, and what waits in front of a hop. */
  readonly queue?: {
    readonly depth: number;
    readonly highWater: number;
    readonly capacity: number;
    readonly whenFull: string;
    /** Microseconds between coming in and going out. */
    readonly waitUs: LatencySummary;
  };
  /** Hops only. */
  readonly hop?: {
    /** How packets travel; `none` until the stream has been started. */
    readonly wire: "ring" | "messages" | "none";
    /** What came back. */
    readonly returned: { readonly packets: number; readonly bytes: number };
  };
};

/** What went from one node to another. */
export type EdgeReport = {
  readonly from: string;
  readonly to: string;
  readonly packets: number;
  readonly bytes: number;
};

/** A stream and its branches. */
export type GraphReport = {
  readonly name: string;
  readonly state: StreamState;
  readonly ready: boolean;
  /** What made the stream fail, and where; absent when it is well. */
  readonly error?: { readonly stage: string; readonly message: string; readonly code?: string };
  /** `drops`: packets and bytes were not counted and nothing was timed, only drops, copies and errors are told. */
  readonly detail: "full" | "drops";
  /** One packet in this many is timed now; 0 when none is. */
  readonly timedOneIn: number;
  /** What became of the time that a packet may take; absent when none is timed. */
  readonly budget?: BudgetReport;
  readonly nodes: readonly NodeReport[];
  readonly edges: readonly EdgeReport[];
  readonly branches: readonly GraphReport[];
};
