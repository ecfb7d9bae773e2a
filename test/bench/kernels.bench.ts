// Every kernel beside its twin, a plain copy and whoever else does the work: see kernels/measure-kernels.ts.
import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";

/** Runs the bench; takes a minute and a half. */
export function bench(): Promise<Row[]> {
  return runMeasured(new URL("./kernels/measure-kernels.ts", import.meta.url));
}
