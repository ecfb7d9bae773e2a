// The packet graph beside Node streams, Web streams, EventEmitter and RxJS, all doing the same work: see graph/work.ts. And a hop to
// a worker and back beside postMessage: see graph/hop-case.ts.
import { hopRows } from "./graph/hop-case.js";
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes two minutes. */
export async function bench(): Promise<Row[]> {
  const rows = await runMeasured<Row[]>(new URL("./graph/measure-graph.ts", import.meta.url));
  return [...rows, ...(await hopRows())];
}
