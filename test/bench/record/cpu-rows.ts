// What a server costs that records as it came: two publishers and one, 720p30, beside the transcoding path in the same run.
import { setTimeout as pause } from "node:timers/promises";
import { liveThreadSeconds } from "../lib/process-cpu.js";
import type { Row } from "../lib/row.js";
import type { Publishers, RecordBench } from "./record-server.js";

/** Until the code is compiled. */
const WARM_UP_MS = 12_000;
/** What a transcoding server does was compiled before. */
const SHORT_WARM_UP_MS = 4000;
const SETTLE_MS = 2000;
const WINDOW_MS = 6000;

/** Takes a minute. */
export async function cpuRows(bench: RecordBench): Promise<Row[]> {
  // Two on both sides of one: code gets quicker, and other programs come and go.
  const [two, one, twoAgain] = await shares(bench, {}, { counts: [2, 1, 2], warmUpMs: WARM_UP_MS });
  const [transcoded] = await shares(
    bench,
    { FLOE_MEDIA_RECORD_TRANSCODE: "true" },
    { counts: [1], warmUpMs: SHORT_WARM_UP_MS },
  );
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
      ours: (two + twoAgain) / 2,
      peer: one,
      peerName: "one recording",
      goal: { of: "ratio", atMost: 1.9 },
    },
  ];
}

/** Shares of a core with so many publishers, and then with so many, and so on. */
async function shares(
  bench: RecordBench,
  env: NodeJS.ProcessEnv,
  { counts, warmUpMs }: { readonly counts: readonly number[]; readonly warmUpMs: number },
): Promise<number[]> {
  const { server, url } = await bench.server(env);
  const found: number[] = [];
  const publishers: Publishers[] = [];
  let started = 0;
  try {
    for (const count of counts) {
      while (publishers.length < count) {
        publishers.push(await bench.publishers(url, { names: [`cpu-${started++}`] }));
      }
      while (publishers.length > count) {
        await publishers.pop()?.stop();
      }
      await pause(found.length === 0 ? warmUpMs : SETTLE_MS);
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
