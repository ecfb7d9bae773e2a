// What the garbage collector does while the server sends: a minute of 720p60 to 60 viewers in another process, passed
// through, so that nothing but the send path allocates. What stays on the heap is a matter of millions of packets: soak.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFixture } from "../setup/media-fixtures.js";
import { type Child, startNode } from "./lib/child.js";
import type { Row } from "./lib/row.js";
import { percentile } from "./lib/statistics.js";

const VIEWERS = 60;
/** A collector takes some time to find out how little survives. */
const WARM_UP_MS = 60_000;
const WINDOW_MS = 60_000;
const FRAME_MS = 16.7;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Look = {
  readonly pauses: readonly { readonly pauseMs: number; readonly kind: number }[];
  readonly packets: number;
  readonly frames: number;
};

/** Runs the bench; takes just over two minutes. */
export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "floe-gc-"));
  let server: Child | undefined;
  let viewers: Child | undefined;
  try {
    const clip = await makeFixture({
      path: join(folder, "clip.mkv"),
      seconds: 6,
      video: { codec: "libx264", width: 1280, height: 720, fps: 60, gop: 120 },
      audio: { codec: "libopus" },
    });
    server = await startNode([here("./gc/gc-server.mjs"), clip]);
    viewers = await startNode([here("./viewers/counting-viewers.mjs"), String(server.ready.http), String(VIEWERS)]);
    const look = async (): Promise<Look> => (await server?.ask()) as Look;
    await pause(WARM_UP_MS);
    const before = await look();
    await pause(WINDOW_MS);
    return toRows(before, await look());
  } finally {
    await viewers?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function toRows(before: Look, minute: Look): Row[] {
  const pausesMs = minute.pauses.map(({ pauseMs }) => pauseMs);
  return [
    { id: "GC pauses in a minute, p99", unit: "ms", ours: percentile(pausesMs, 0.99), goal: { of: "ours", atMost: 2 } },
    {
      id: "GC pauses in a minute, longest",
      unit: "ms",
      ours: Math.max(0, ...pausesMs),
      goal: { of: "ours", atMost: FRAME_MS },
    },
    { id: "GC pauses in a minute", unit: "pauses", ours: pausesMs.length },
    {
      id: "GC, share of the minute",
      unit: "%",
      ours: (100 * pausesMs.reduce((sum, ms) => sum + ms, 0)) / WINDOW_MS,
    },
    { id: "frames written", unit: "fps", ours: ((minute.frames - before.frames) * 1000) / WINDOW_MS },
    { id: "packets sent in the minute", unit: "millions", ours: (minute.packets - before.packets) / 1e6 },
  ];
}
