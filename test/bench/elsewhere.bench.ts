// What is no kernel on purpose, beside what it would be as one: see elsewhere/measure-elsewhere.ts.
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes half a minute. */
export function bench(): Promise<Row[]> {
  return runMeasured(new URL("./elsewhere/measure-elsewhere.ts", import.meta.url));
}
