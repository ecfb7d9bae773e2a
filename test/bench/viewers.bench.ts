// Many viewers of one pass-through source: CPU per packet beside a bare loop of sendMessageBinary in the same run, and
// the whole process beside the transcoding path.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFixture } from "../setup/media-fixtures.js";
import { type Child, startNode } from "./lib/child.js";
import { cpuSeconds } from "./lib/process-cpu.js";
import type { Row } from "./lib/row.js";
import { median } from "./lib/statistics.js";

const COUNTS = [1, 10, 50];
const ROUNDS = 2;
const WARM_UP_MS = 1000;
const WINDOW_MS = 2500;
const BARE = "bare sendMessageBinary loop";
/** The server on one core, the viewers on the other. */
const SERVER_CORE = 0;
const VIEWERS_CORE = 1;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the bench; takes about 110 s. */
export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "floe-bench-"));
  try {
    // H.264 without B-frames and Opus: both go through as they are.
    const clip = await makeFixture({
      path: join(folder, "clip.mkv"),
      seconds: 6,
      video: { codec: "libx264", width: 1280, height: 720, fps: 30, gop: 60 },
      audio: { codec: "libopus" },
    });
    const ours = (): Promise<Child> => startServer(clip, "always");
    const bare = (): Promise<Child> => startNode([here("./viewers/bare-sender.mjs")], { core: SERVER_CORE });
    const rows: Row[] = [];
    for (const count of COUNTS) {
      rows.push(await perPacket(count, ours, bare));
    }
    rows.push(await besideTranscoding(clip));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startServer(clip: string, passthrough: "always" | "never"): Promise<Child> {
  const options = [
    "serve",
    "--json",
    "--port",
    "0",
    "--source",
    clip,
    "--passthrough",
    passthrough,
    "--log-level",
    "error",
  ];
  return startNode([here("../../dist/node/cli/floe.cjs"), ...options], { core: SERVER_CORE });
}

async function perPacket(count: number, ours: () => Promise<Child>, bare: () => Promise<Child>): Promise<Row> {
  const costs = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.ours.push((await load(await ours(), count)).usPerPacket);
    costs.bare.push((await load(await bare(), count)).usPerPacket);
  }
  console.log(
    `  ${count} viewers: ${median(costs.ours).toFixed(2)} us a packet, bare ${median(costs.bare).toFixed(2)}`,
  );
  return {
    id: `CPU per packet, ${count} viewer${count === 1 ? "" : "s"}`,
    unit: "us",
    ours: median(costs.ours),
    peer: median(costs.bare),
    peerName: BARE,
    ...(count > 1 ? { goal: { of: "ratio", atMost: 1.3 } as const } : {}),
  };
}

async function besideTranscoding(clip: string): Promise<Row> {
  const shares = { passthrough: [] as number[], transcoded: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    shares.passthrough.push((await load(await startServer(clip, "always"), 1)).cpuShare);
    shares.transcoded.push((await load(await startServer(clip, "never"), 1)).cpuShare);
  }
  return {
    id: "whole process, one 720p viewer",
    unit: "share of a core",
    ours: median(shares.passthrough),
    peer: median(shares.transcoded),
    peerName: "the transcoding path",
    goal: { of: "ratio", atMost: 0.25 },
  };
}

/** CPU of `server` while so many viewers watch it. */
async function load(server: Child, count: number): Promise<{ usPerPacket: number; cpuShare: number }> {
  const viewers = await startNode([here("./viewers/counting-viewers.mjs"), String(server.ready.http), String(count)], {
    core: VIEWERS_CORE,
  });
  try {
    await pause(WARM_UP_MS);
    const packetsBefore = Number((await viewers.ask()).packets);
    const cpuBefore = cpuSeconds(server.pid);
    const startedMs = performance.now();
    await pause(WINDOW_MS);
    const cpu = cpuSeconds(server.pid) - cpuBefore;
    const seconds = (performance.now() - startedMs) / 1000;
    const packets = Number((await viewers.ask()).packets) - packetsBefore;
    return { usPerPacket: (1e6 * cpu) / packets, cpuShare: cpu / seconds };
  } finally {
    await viewers.stop();
    await server.stop();
  }
}
