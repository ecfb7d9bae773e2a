// The packet graph beside Node streams, Web streams, EventEmitter and RxJS, all doing the same work: see graph/work.ts.
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes half a minute. */
export function bench(): Promise<Row[]> {
  return runMeasured(new URL("./graph/measure-graph.ts", import.meta.url));
}
