// Many viewers of one pass-through source: CPU per packet beside a bare loop of sendMessageBinary in the same run, and
// the whole process beside the transcoding path.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFixture } from "../setup/media-fixtures.js";
import { type Child, startNode } from "./lib/child.js";
import { liveThreadSeconds } from "./lib/process-cpu.js";
import type { Row } from "./lib/row.js";
import { clipPackets } from "./viewers/clip-packets.js";

/** Most viewers first: they warm up what few would take minutes to (optimized code, on both sides). */
const COUNTS = [50, 10, 1];
const ROUNDS = 2;
const WARM_UP_MS = 9000;
const SETTLE_MS = 1000;
const WINDOW_MS = 3500;
const BARE = "bare sendMessageBinary loop";
/** The server on one core, the viewers on the other. */
const SERVER_CORE = 0;
const VIEWERS_CORE = 1;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a server cost while so many viewers watched. */
type Load = { readonly usPerPacket: number; readonly cpuShare: number; readonly packetsPerSecond: number };

/** Runs the bench; takes two minutes. */
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
    const packets = join(folder, "packets.json");
    writeFileSync(packets, JSON.stringify(await clipPackets(clip)));
    const ours: Load[][] = [];
    const bare: Load[][] = [];
    const transcoded: Load[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await loads(await startServer(clip, "always"), COUNTS, WARM_UP_MS));
      bare.push(
        await loads(
          await startNode([here("./viewers/bare-sender.mjs"), packets], { core: SERVER_CORE }),
          COUNTS,
          WARM_UP_MS,
        ),
      );
      transcoded.push(...(await loads(await startServer(clip, "never"), [1], SETTLE_MS)));
    }
    return [...COUNTS.keys()]
      .reverse()
      .map((i) =>
        perPacket(
          COUNTS[i],
          ours.map((round) => round[i]),
          bare.map((round) => round[i]),
        ),
      )
      .concat(
        besideTranscoding(
          ours.map((round) => round[COUNTS.indexOf(1)]),
          transcoded,
        ),
      );
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

function perPacket(count: number, ours: readonly Load[], bare: readonly Load[]): Row {
  for (const [name, rounds] of Object.entries({ ours, bare })) {
    const shown = rounds.map(
      ({ usPerPacket, packetsPerSecond }) => `${usPerPacket.toFixed(2)} us at ${packetsPerSecond.toFixed(0)}/s`,
    );
    console.log(`  ${count} viewers, ${name}: ${shown.join(", ")}`);
  }
  return {
    id: `CPU per packet, ${count} viewer${count === 1 ? "" : "s"}`,
    unit: "us",
    ours: mean(ours.map(({ usPerPacket }) => usPerPacket)),
    peer: mean(bare.map(({ usPerPacket }) => usPerPacket)),
    peerName: BARE,
    ...(count > 1 ? { goal: { of: "ratio", atMost: 1.3 } as const } : {}),
  };
}

function besideTranscoding(passthrough: readonly Load[], transcoded: readonly Load[]): Row {
  return {
    id: "whole process, one 720p viewer",
    unit: "share of a core",
    ours: mean(passthrough.map(({ cpuShare }) => cpuShare)),
    peer: mean(transcoded.map(({ cpuShare }) => cpuShare)),
    peerName: "the transcoding path",
    goal: { of: "ratio", atMost: 0.25 },
  };
}

/** CPU of `server` while so many viewers watch it, and then so many fewer; stops it. `counts` go down. */
async function loads(server: Child, counts: readonly number[], warmUpMs: number): Promise<Load[]> {
  const groups: Child[] = [];
  try {
    // Each group of viewers is a process: when it ends, the next smaller count remains.
    for (const [i, count] of [...counts.entries()].reverse()) {
      groups[i] = await startViewers(server, count - (counts[i + 1] ?? 0));
    }
    await pause(warmUpMs);
    const found: Load[] = [];
    for (const i of counts.keys()) {
      if (i > 0) {
        await groups[i - 1].stop();
        await pause(SETTLE_MS);
      }
      found.push(await load(server, groups.slice(i)));
    }
    return found;
  } finally {
    await Promise.all(groups.map((group) => group.stop()));
    await server.stop();
  }
}

function startViewers(server: Child, count: number): Promise<Child> {
  return startNode([here("./viewers/counting-viewers.mjs"), String(server.ready.http), String(count)], {
    core: VIEWERS_CORE,
  });
}

async function load(server: Child, viewers: readonly Child[]): Promise<Load> {
  const count = async (): Promise<number> =>
    (await Promise.all(viewers.map((group) => group.ask()))).reduce((sum, { packets }) => sum + Number(packets), 0);
  const packetsBefore = await count();
  const cpuBefore = liveThreadSeconds(server.pid);
  const startedMs = performance.now();
  await pause(WINDOW_MS);
  const cpu = liveThreadSeconds(server.pid) - cpuBefore;
  const seconds = (performance.now() - startedMs) / 1000;
  const packets = (await count()) - packetsBefore;
  return { usPerPacket: (1e6 * cpu) / packets, cpuShare: cpu / seconds, packetsPerSecond: packets / seconds };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
