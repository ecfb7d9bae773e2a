// What a stream's report tells of a hop.
import type { NodeReport } from "../graph-report.js";
import type { Hop } from "./hop.js";
import { reportOutbox } from "./outbox.js";

/** The hop's own lines of its node. */
export function reportHop({ outbox, wire, returned }: Hop): Partial<NodeReport> {
  return { ...reportOutbox(outbox), hop: { wire: wire ?? "none", returned } };
}
