// The receive path without sockets: CPU a packet beside werift's, and what stays on the heap: see receive/measure-receive.ts.
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes a minute. */
export function bench(): Promise<Row[]> {
  return runMeasured(new URL("./receive/measure-receive.ts", import.meta.url), { nodeFlags: ["--expose-gc"] });
}
