// The way of one frame: 720p30 at 2 Mb/s from the test source to one Chromium, ours beside the transport library's own
// media chain, interleaved; then more viewers, and a lossy link.

import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { type BuiltPage, buildViewerPage, launchChromium } from "../setup/viewer-page.js";
import type { FrameSamples, ViewerGlobal } from "../viewer-page/viewer-page.js";
import { type Child, startNode } from "./lib/child.js";
import { cpuSeconds } from "./lib/process-cpu.js";
import type { Row } from "./lib/row.js";
import { median, percentile } from "./lib/statistics.js";

const ROUNDS = 5;
const WARM_UP_MS = 1200;
const WINDOW_MS = 3500;
const PEER_NAME = "node-datachannel H264RtpPacketizer + SR + NACK, default playout";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

type Round = {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly fps: number;
  readonly cpuShare: number;
  readonly firstFrameMs: number;
  readonly samples: FrameSamples;
};

/** Runs the bench; takes about 100 s. */
export async function bench(): Promise<Row[]> {
  const page = await buildViewerPage();
  const browser = await launchChromium();
  try {
    const rounds = await compare(browser, page);
    return [
      ...comparisonRows(rounds),
      ...(await moreViewers(browser, page)),
      ...(await lossyLink(browser, page)),
      ...(await fullHd(browser, page)),
    ];
  } finally {
    await browser.close();
    page.remove();
  }
}
function startOurs({ folder }: BuiltPage, env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const options = ["serve", "--json", "--port", "0", "--web-root", folder, "--log-level", "error"];
  return startNode([here("../../dist/node/cli/floe.cjs"), ...options], { env });
}

const startPeer = ({ folder }: BuiltPage): Promise<Child> => startNode([here("./stream/peer-server.mjs"), folder]);

async function compare(browser: Browser, page: BuiltPage): Promise<{ ours: Round[]; peer: Round[] }> {
  const ours: Round[] = [];
  const peer: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const both = [
      async () => ours.push(await oneRound(browser, await startOurs(page), "live")),
      async () => peer.push(await oneRound(browser, await startPeer(page), "sync")),
    ];
    for (const run of i % 2 === 0 ? both : both.reverse()) {
      await run();
    }
    progress(`round ${i + 1} of ${ROUNDS}: p50 ${ours[i].p50Ms.toFixed(1)} ms, peer ${peer[i].p50Ms.toFixed(1)} ms`);
  }
  return { ours, peer };
}

async function oneRound(browser: Browser, server: Child, playout: "live" | "sync"): Promise<Round> {
  const viewer = await openViewer(browser, server);
  try {
    const firstFrameMs = await watch(viewer, playout);
    await viewer.waitForTimeout(WARM_UP_MS);
    const { samples, cpuShare, seconds } = await measure(viewer, server.pid, WINDOW_MS);
    return {
      p50Ms: median(samples.latenciesMs),
      p95Ms: percentile(samples.latenciesMs, 0.95),
      fps: samples.frames / seconds,
      cpuShare,
      firstFrameMs,
      samples,
    };
  } finally {
    await viewer.close();
    await server.stop();
  }
}

async function moreViewers(browser: Browser, page: BuiltPage): Promise<Row[]> {
  const server = await startOurs(page);
  const viewers: Page[] = [];
  const shares: number[] = [];
  const firstFrames: number[] = [];
  try {
    for (let count = 1; count <= 3; count++) {
      const viewer = await openViewer(browser, server);
      viewers.push(viewer);
      firstFrames.push(await watch(viewer, "live"));
      await viewer.waitForTimeout(WARM_UP_MS);
      shares.push((await measure(viewer, server.pid, 2 * WINDOW_MS)).cpuShare);
    }
    const status = await statusOf(server);
    const [video] = status.stream.tracks;
    const tracks = status.sessions.viewers.flatMap((one) => one.tracks);
    progress(`viewers: CPU ${shares.map((share) => (100 * share).toFixed(1)).join(" / ")} % of a core`);
    return [
      {
        id: "first frame, running source",
        unit: "ms",
        ours: Math.max(...firstFrames.slice(1)),
        goal: { of: "ours", atMost: 500 },
      },
      {
        id: "CPU that viewer 2 adds",
        unit: "share of the first",
        ours: shares[1] / shares[0] - 1,
        goal: { of: "ours", atMost: 0.1 },
      },
      {
        id: "CPU that viewer 3 adds",
        unit: "share of the first",
        ours: (shares[2] - shares[1]) / shares[0],
        goal: { of: "ours", atMost: 0.1 },
      },
      {
        id: "encoders open for 3 viewers",
        unit: "encoders",
        ours: status.stream.encoder.opened,
        goal: { of: "ours", atMost: 1 },
      },
      {
        id: "views per packet sent",
        unit: "views",
        ours: sum(tracks, ({ views }) => views) / sum(tracks, ({ packets, resent }) => packets + resent),
        goal: { of: "ours", atMost: 1 },
      },
      {
        id: "writes per byte of encoded video",
        unit: "writes",
        ours: Math.round((video.nativeToArenaBytes + video.arenaToSlotBytes) / video.bytes),
        goal: { of: "ours", atMost: 2 },
      },
    ];
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await server.stop();
  }
}

async function lossyLink(browser: Browser, page: BuiltPage): Promise<Row[]> {
  const server = await startNode([here("./stream/lossy-server.mjs"), page.folder, "0.02", "7"]);
  const viewer = await openViewer(browser, server);
  try {
    await watch(viewer, "live");
    const { samples } = await measure(viewer, server.pid, 2 * WINDOW_MS);
    const status = await statusOf(server);
    const track = status.sessions.viewers[0].tracks.find(({ kind }) => kind === "video");
    return [
      { id: "2 % loss: packets resent", unit: "packets", ours: track?.resent ?? 0, goal: { of: "ours", atLeast: 20 } },
      {
        id: "2 % loss: packets never recovered",
        unit: "packets",
        ours: samples.packetsLost,
        goal: { of: "ours", atMost: 0 },
      },
      { id: "2 % loss: freezes", unit: "freezes", ours: samples.freezes, goal: { of: "ours", atMost: 0 } },
    ];
  } finally {
    await viewer.close();
    await server.stop();
  }
}

/** 1080p60 at 6 Mb/s: every stage has 16.7 ms for a frame. */
async function fullHd(browser: Browser, page: BuiltPage): Promise<Row[]> {
  const server = await startOurs(page, {
    FLOE_MEDIA_VIDEO_WIDTH: "1920",
    FLOE_MEDIA_VIDEO_HEIGHT: "1080",
    FLOE_MEDIA_VIDEO_FPS: "60",
    FLOE_MEDIA_VIDEO_BITRATE: "6000000",
  });
  const viewer = await openViewer(browser, server);
  try {
    await watch(viewer, "live");
    await viewer.waitForTimeout(WARM_UP_MS);
    const before = await statusOf(server);
    const { samples, seconds } = await measure(viewer, server.pid, WINDOW_MS);
    const { stream } = await statusOf(server);
    const stages = stream.graph.nodes.filter(({ id }) => /^(test|video-scaler|h264-encoder|video-ring)$/.test(id));
    return [
      {
        id: "1080p60: frames encoded",
        unit: "fps",
        ours: (stream.encoder.encoded - before.stream.encoder.encoded) / seconds,
      },
      { id: "1080p60: frames shown by this Chromium", unit: "fps", ours: samples.frames / seconds },
      {
        id: "1080p60: frames dropped before the encoder",
        unit: "frames",
        ours:
          stream.sourceCounters.skipped +
          stream.encoder.dropped -
          before.stream.sourceCounters.skipped -
          before.stream.encoder.dropped,
      },
      ...stages.map(
        ({ id, timeUs, throughUs }): Row => ({
          id: `1080p60: ${id}, p99`,
          unit: "ms",
          ours: (throughUs ?? timeUs).p99 / 1000,
          goal: { of: "ours", atMost: 16.7 },
        }),
      ),
    ];
  } finally {
    await viewer.close();
    await server.stop();
  }
}

function comparisonRows({ ours, peer }: { ours: Round[]; peer: Round[] }): Row[] {
  const of = (rounds: Round[], pick: (round: Round) => number): number => median(rounds.map(pick));
  const row = (id: string, unit: string, pick: (round: Round) => number, goal?: Row["goal"]): Row => ({
    id,
    unit,
    ours: of(ours, pick),
    peer: of(peer, pick),
    peerName: PEER_NAME,
    ...(goal === undefined ? {} : { goal }),
  });
  return [
    row("stamp to frame callback, p50", "ms", (round) => round.p50Ms, { of: "ratio", atMost: 0.5 }),
    row("stamp to frame callback, p95", "ms", (round) => round.p95Ms),
    row("frames shown", "fps", (round) => round.fps),
    row("CPU of the server", "share of a core", (round) => round.cpuShare, { of: "ratio", atMost: 1.1 }),
    row("first frame, cold source", "ms", (round) => round.firstFrameMs, { of: "ours", atMost: 2000 }),
    {
      id: "freezes in all rounds",
      unit: "freezes",
      ours: sum(ours, ({ samples }) => samples.freezes),
      goal: { of: "ours", atMost: 0 },
    },
    {
      id: "packets lost in all rounds",
      unit: "packets",
      ours: sum(ours, ({ samples }) => samples.packetsLost),
      goal: { of: "ours", atMost: 0 },
    },
    {
      id: "frames out of order",
      unit: "frames",
      ours: sum(ours, ({ samples }) => samples.disorder),
      goal: { of: "ours", atMost: 0 },
    },
    { id: "video bitrate received", unit: "kb/s", ours: of(ours, ({ samples }) => samples.bitrateBps / 1000) },
  ];
}

function sum<T>(values: readonly T[], pick: (value: T) => number): number {
  return values.reduce((total, value) => total + pick(value), 0);
}

async function statusOf(server: Child): Promise<StreamStatus> {
  return (await (await fetch(`${server.ready.http}api/status`)).json()) as StreamStatus;
}

async function openViewer(browser: Browser, server: Child): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(String(server.ready.http));
  return page;
}

function watch(viewer: Page, playout: "live" | "sync"): Promise<number> {
  return viewer.evaluate((options) => (globalThis as unknown as ViewerGlobal).viewer.watch(options), {
    peer: "floe|floe-server",
    playout,
    muted: false,
  });
}

async function measure(
  viewer: Page,
  pid: number,
  windowMs: number,
): Promise<{ samples: FrameSamples; cpuShare: number; seconds: number }> {
  await viewer.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.begin());
  const startedMs = performance.now();
  const cpuBefore = cpuSeconds(pid);
  await viewer.waitForTimeout(windowMs);
  const samples = await viewer.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.samples());
  const seconds = (performance.now() - startedMs) / 1000;
  return { samples, cpuShare: (cpuSeconds(pid) - cpuBefore) / seconds, seconds };
}

function progress(line: string): void {
  console.log(`  ${line}`);
}

type Latency = { readonly p99: number };

type StreamStatus = {
  readonly sessions: {
    readonly viewers: readonly {
      readonly tracks: readonly {
        readonly kind: string;
        readonly packets: number;
        readonly resent: number;
        readonly views: number;
      }[];
    }[];
  };
  readonly stream: {
    readonly sourceCounters: { readonly skipped: number };
    readonly encoder: { readonly opened: number; readonly encoded: number; readonly dropped: number };
    readonly graph: {
      readonly nodes: readonly { readonly id: string; readonly timeUs: Latency; readonly throughUs?: Latency }[];
    };
    readonly tracks: readonly {
      readonly bytes: number;
      readonly nativeToArenaBytes: number;
      readonly arenaToSlotBytes: number;
    }[];
  };
};
