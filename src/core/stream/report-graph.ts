// Builds the report of a stream from its nodes.
import type { Retention } from "./adapter.js";
import type { EdgeReport, GraphReport, NodeReport } from "./graph-report.js";
import { reportHop } from "./hop/report-hop.js";
import type { NodeStats } from "./node-stats.js";
import { retentionOf, type SourceNode, type Stage } from "./stage.js";

/** What a report is made from. */
export type ReportInput = Pick<GraphReport, "name" | "state" | "ready" | "detail" | "timedOneIn"> & {
  readonly error: GraphReport["error"] | undefined;
  readonly budget: GraphReport["budget"] | undefined;
  readonly sources: readonly SourceNode[];
  readonly stages: readonly Stage[];
  /** What came in by write(), or from the parent stream. */
  readonly entry: { readonly id: string; readonly stats: NodeStats };
  /** What reached the end of a chain without a sink. */
  readonly unclaimed: NodeStats;
};

/** Builds the report. */
export function reportGraph(input: ReportInput): GraphReport {
  const { name, state, ready, error, detail, timedOneIn, budget, sources, stages, entry, unclaimed } = input;
  const entries = isUsed(entry.stats) ? [reportNode(entry.id, "entry", "borrowed", entry.stats)] : [];
  const ends = isUsed(unclaimed) ? [reportNode("end", "end", "borrowed", unclaimed)] : [];
  return {
    name,
    state,
    ready,
    ...(error === undefined ? {} : { error }),
    detail,
    timedOneIn,
    ...(budget === undefined ? {} : { budget }),
    nodes: [
      ...entries,
      ...sources.map(({ id, source, stats }) => reportNode(id, "source", source.retention, stats)),
      ...stages.map(reportStage),
      ...ends,
    ],
    edges: reportEdges(sources, stages, entry),
    branches: stages.flatMap((stage) => (stage.type === "branch" ? [stage.branch.report()] : [])),
  };
}

function reportStage(stage: Stage): NodeReport {
  const node = reportNode(stage.id, stage.type, retentionOf(stage), stage.stats);
  if (stage.type === "hop") {
    return { ...node, ...reportHop(stage.hop) };
  }
  if (stage.type !== "queue") {
    return node;
  }
  const { depth, highWater, capacity, whenFull } = stage.queue;
  return { ...node, queue: { depth, highWater, capacity, whenFull, waitUs: stage.stats.wait.summary() } };
}

function reportNode(id: string, type: NodeReport["type"], retention: Retention, stats: NodeStats): NodeReport {
  const { packets, bytes, passedBy, clones, clonedBytes, lastError } = stats;
  const timeUs = stats.time.summary();
  const through = stats.through.count === 0 ? {} : { throughUs: stats.through.summary() };
  const counts = { packets, bytes, passedBy, drops: stats.drops(), clones, clonedBytes };
  const node = { id, type, retention, ...counts, timeUs, ...through };
  return lastError === "" ? node : { ...node, lastError };
}

/** Sinks and branches hang off the last stage in front of them; the chain goes on beside them. */
function reportEdges(
  sources: readonly SourceNode[],
  stages: readonly Stage[],
  entry: ReportInput["entry"],
): readonly EdgeReport[] {
  const heads = [...sources, ...(isUsed(entry.stats) || sources.length === 0 ? [entry] : [])];
  const edges: EdgeReport[] = [];
  // With one head, what it sends is what arrives; with several, what arrived is only known in sum.
  let from: { readonly id: string } | undefined = heads.length === 1 ? heads[0] : undefined;
  for (const stage of stages) {
    const { id: to, stats } = stage;
    const isOutlet = stage.type === "sink" || stage.type === "branch";
    if (from === undefined) {
      edges.push(...heads.map((head) => ({ from: head.id, to, packets: head.stats.packets, bytes: head.stats.bytes })));
    } else if (isOutlet) {
      edges.push({ from: from.id, to, packets: stats.packets, bytes: stats.bytes });
    } else {
      edges.push({
        from: from.id,
        to,
        packets: stats.packets + stats.passedBy,
        bytes: stats.bytes + stats.passedByBytes,
      });
    }
    from = isOutlet ? from : stage;
  }
  return edges;
}

function isUsed(stats: NodeStats): boolean {
  return stats.packets > 0 || Object.keys(stats.drops()).length > 0;
}
