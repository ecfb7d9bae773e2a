// What a packet costs over werift, beside node-datachannel in the same run: see transport/measure-transport.ts.
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes half a minute. */
export function bench(): Promise<Row[]> {
  return runMeasured(new URL("./transport/measure-transport.ts", import.meta.url));
}
