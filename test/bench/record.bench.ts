// Recording: what an hour of it leaves behind, what it costs, what a killed server leaves, and what a bad link takes away.

import { runMeasured } from "./lib/measured.js";
import type { Row } from "./lib/row.js";
import { badLinkRows } from "./record/bad-link-rows.js";
import { cpuRows } from "./record/cpu-rows.js";
import { killRows } from "./record/kill-rows.js";
import { RecordBench } from "./record/record-server.js";

/** Longer than any server lives before it is killed: each picture is sent once. */
const CLIP_SECONDS = 12;

/** Runs the bench; takes three minutes. */
export async function bench(): Promise<Row[]> {
  const rows: Row[] = await runMeasured(new URL("./record/measure-soak.ts", import.meta.url), {
    nodeFlags: ["--expose-gc"],
  });
  rows.push(
    ...(await runMeasured<Row[]>(new URL("./receive/measure-receive.ts", import.meta.url), { args: ["costs"] })),
  );
  const recording = await RecordBench.create(CLIP_SECONDS);
  try {
    rows.push(...(await cpuRows(recording)));
    rows.push(...(await killRows(recording)));
    rows.push(...(await badLinkRows(recording)));
  } finally {
    recording[Symbol.dispose]();
  }
  return rows;
}
