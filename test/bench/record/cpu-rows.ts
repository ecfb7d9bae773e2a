// What a server costs that records as it came: one publisher and two, 720p30, beside the transcoding path in the same run.
import { setTimeout as pause } from "node:timers/promises";
import { liveThreadSeconds } from "../lib/process-cpu.js";
import type { Row } from "../lib/row.js";
import type { RecordBench } from "./record-server.js";

/** Until the code is compiled. */
const WARM_UP_MS = 10_000;
const SETTLE_MS = 2000;
const WINDOW_MS = 8000;

/** Takes three quarters of a minute. */
export async function cpuRows(bench: RecordBench): Promise<Row[]> {
  const [one, two] = await shares(bench, {}, 2);
  const [transcoded] = await shares(bench, { FLOE_MEDIA_RECORD_TRANSCODE: "true" }, 1);
  return [
    {
      id: "CPU of the server, one 720p30 recording",
      unit: "share of a core",
      ours: one,
      peer: transcoded,
      peerName: "the transcoding path",
      goal: { of: "ours", atMost: 0.08 },
    },
    {
      id: "CPU of the server, two recordings",
      unit: "share of a core",
      ours: two,
      peer: one,
      peerName: "one recording",
      goal: { of: "ratio", atMost: 1.9 },
    },
  ];
}

/** Shares of a core with one publisher, then with one more, and so on. */
async function shares(bench: RecordBench, env: NodeJS.ProcessEnv, count: number): Promise<number[]> {
  const { server, url } = await bench.server(env);
  const found: number[] = [];
  const publishers = [];
  try {
    for (let i = 0; i < count; i++) {
      publishers.push(await bench.publishers(url, { names: [`cpu-${i}`] }));
      await pause(i === 0 ? WARM_UP_MS : SETTLE_MS);
      const before = liveThreadSeconds(server.pid);
      const startedMs = performance.now();
      await pause(WINDOW_MS);
      found.push((liveThreadSeconds(server.pid) - before) / ((performance.now() - startedMs) / 1000));
    }
  } finally {
    await Promise.all(publishers.map((each) => each.stop()));
    await server.stop();
  }
  return found;
}
