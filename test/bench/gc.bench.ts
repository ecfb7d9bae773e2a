// What the garbage collector does while the server sends: a minute of 720p60 to 60 viewers in another process, passed
// through, so that nothing but the send path allocates. Afterwards, what stays.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFixture } from "../setup/media-fixtures.js";
import { type Child, startNode } from "./lib/child.js";
import type { Row } from "./lib/row.js";
import { fitLine, percentile } from "./lib/statistics.js";

const VIEWERS = 60;
const WARM_UP_MS = 20_000;
const WINDOW_MS = 60_000;
/** Behind the window: what is held, often enough for a slope that is not chance. */
const LOOKS = 6;
const LOOK_MS = 3000;
const FRAME_MS = 16.7;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Look = {
  readonly pauses: readonly { readonly pauseMs: number; readonly kind: number }[];
  readonly heapBytes: number;
  readonly packets: number;
  readonly frames: number;
};

/** Runs the bench; takes just under two minutes. */
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
    server = await startNode(["--expose-gc", here("./gc/gc-server.mjs"), clip]);
    viewers = await startNode([here("./viewers/counting-viewers.mjs"), String(server.ready.http), String(VIEWERS)]);
    const look = async (): Promise<Look> => (await server?.ask()) as Look;
    await pause(WARM_UP_MS);
    const looks = [await look()];
    await pause(WINDOW_MS);
    const minute = await look();
    looks.push(minute);
    for (let i = 0; i < LOOKS; i++) {
      await pause(LOOK_MS);
      looks.push(await look());
    }
    return toRows(looks, minute);
  } finally {
    await viewers?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function toRows(looks: readonly Look[], minute: Look): Row[] {
  const pausesMs = minute.pauses.map(({ pauseMs }) => pauseMs);
  const held = fitLine(
    looks.map(({ packets }) => packets / 1e6),
    looks.map(({ heapBytes }) => heapBytes / 1024),
  );
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
    {
      id: "heap after collection",
      unit: "KiB a million packets",
      ours: held.slope,
      goal: { of: "ours", atMost: 64 },
    },
    { id: "its standard error", unit: "KiB a million packets", ours: held.standardError },
    { id: "frames written", unit: "fps", ours: ((minute.frames - looks[0].frames) * 1000) / WINDOW_MS },
    { id: "packets sent in the minute", unit: "millions", ours: (minute.packets - looks[0].packets) / 1e6 },
  ];
}
