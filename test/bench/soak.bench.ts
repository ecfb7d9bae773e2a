// Half an hour of two viewers on a looped file, one live and one in sync: nothing may grow, nothing may drift, and sound
// stays with its picture. Before it, sources are opened and closed a thousand times. FLOE_SOAK_SECONDS shortens it, and the
// table says so.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { CLIP_EPOCH_MS, makeClip } from "../node/av/make-clip.js";
import { buildViewerPage, launchChromium } from "../setup/viewer-page.js";
import type { FrameSamples, ViewerGlobal } from "../viewer-page/viewer-page.js";
import { type Child, startNode } from "./lib/child.js";
import type { Row } from "./lib/row.js";
import { fitLine, median, percentile } from "./lib/statistics.js";

const FULL_SECONDS = 1800;
/** Short, so that the join of the loop is as warm as the rest when the looks begin. */
const CLIP_SECONDS = 4;
/** Somebody looks at the status all the time, as the page does. */
const STATUS_EVERY_MS = 1000;
/** The first third is warm-up: rings fill, code is compiled, the collector finds its size. */
const WARM_UP_SHARE = 1 / 3;
const LOOKS = 20;
/**
 * Viewers beside the two that watch. They only count: two viewers are sent 0.7 million packets in twenty minutes, and
 * tens of KiB by which one collection differs from the next are no slope over so few.
 */
const COUNTING_VIEWERS = 20;
/** As many again to begin with: the allocator takes hundreds of cycles to find its size. */
const CYCLES_WARM_UP = 1000;
const CYCLES = 1000;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

type ServerLook = {
  readonly heapBytes: number;
  readonly codeBytes: number;
  readonly rssBytes: number;
  readonly packets: number;
  readonly descriptors: number;
  readonly rebased: number;
};

type Look = ServerLook & {
  readonly atSeconds: number;
  /** Median over the last frames of (time of showing - time in the clip), within one pass of the clip. */
  readonly phaseMs: number;
  readonly freezes: number;
};

type Offsets = { readonly live: number[]; readonly sync: number[] };

/** Runs the bench. */
export async function bench(): Promise<Row[]> {
  const seconds = Number(process.env.FLOE_SOAK_SECONDS ?? FULL_SECONDS);
  const isWhole = seconds >= FULL_SECONDS;
  const form = isWhole ? "" : ` (${seconds} s, the whole soak runs ${FULL_SECONDS} s)`;
  const folder = mkdtempSync(join(tmpdir(), "floe-soak-"));
  try {
    const clip = join(folder, "clip.mp4");
    await makeClip({ path: clip, seconds: CLIP_SECONDS });
    const cycles = await openAndClose(clip);
    const { looks, offsets } = await watch(clip, seconds);
    const growth = growthRows(looks, form);
    return [...(isWhole ? growth : growth.map(withoutGrowthGoals)), ...syncRows(offsets), ...cycles];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By how much RSS grows, by a line through all readings: one differs from the next by what the allocator keeps, 5 %. */
async function openAndClose(clip: string): Promise<Row[]> {
  const child = await startNode(["--expose-gc", here("./soak/open-close.mjs"), clip, `${CYCLES_WARM_UP}`, `${CYCLES}`]);
  const { rssBytes } = child.ready as { rssBytes: number[] };
  const at = rssBytes.map((_, i) => (CYCLES * (i + 1)) / rssBytes.length);
  const mean = rssBytes.reduce((sum, bytes) => sum + bytes, 0) / rssBytes.length;
  const { slope, standardError } = fitLine(at, rssBytes);
  console.log(`  ${CYCLES} cycles: RSS ${mebibytes(Math.min(...rssBytes))} to ${mebibytes(Math.max(...rssBytes))}`);
  return [
    {
      id: `RSS over ${CYCLES} cycles of open, encode, close`,
      unit: "%",
      ours: (100 * slope * CYCLES) / (mean - (slope * CYCLES) / 2),
      goal: { of: "ours", atMost: 5 },
    },
    { id: "its standard error", unit: "%", ours: (100 * standardError * CYCLES) / mean },
  ];
}

async function watch(clip: string, seconds: number): Promise<{ looks: Look[]; offsets: Offsets }> {
  const page = await buildViewerPage();
  const browser = await launchChromium();
  let server: Child | undefined;
  let counter: Child | undefined;
  let asking: NodeJS.Timeout | undefined;
  try {
    server = await startNode(["--expose-gc", here("./soak/soak-server.mjs"), clip, page.folder]);
    const url = String(server.ready.http);
    asking = setInterval(() => fetch(`${url}api/status`).then((response) => response.text()), STATUS_EVERY_MS);
    counter = await startNode([here("./viewers/counting-viewers.mjs"), url, String(COUNTING_VIEWERS)]);
    const viewers = { live: await openViewer(browser, url, "live"), sync: await openViewer(browser, url, "sync") };
    await viewers.live.waitForTimeout(1000 * seconds * WARM_UP_SHARE);
    // What is only compiled when it is asked for shall not count either.
    await server.ask();
    return await look(server, viewers, seconds * (1 - WARM_UP_SHARE));
  } finally {
    clearInterval(asking);
    await browser.close();
    await counter?.stop();
    await server?.stop();
    page.remove();
  }
}

/** Each viewer has a window of its own: a page in the background is not painted. */
async function openViewer(browser: Browser, url: string, playout: "live" | "sync"): Promise<Page> {
  const viewer = await (await browser.newContext()).newPage();
  await viewer.goto(url);
  const options = { peer: "floe|floe-server", playout, muted: false };
  await viewer.evaluate((wanted) => (globalThis as unknown as ViewerGlobal).viewer.watch(wanted), options);
  await viewer.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.measureSync());
  return viewer;
}

async function look(
  server: Child,
  { live, sync }: { readonly live: Page; readonly sync: Page },
  seconds: number,
): Promise<{ looks: Look[]; offsets: Offsets }> {
  const looks: Look[] = [];
  const offsets: Offsets = { live: [], sync: [] };
  const startedMs = performance.now();
  await Promise.all([begin(live), begin(sync)]);
  for (let i = 0; i < LOOKS; i++) {
    await live.waitForTimeout(Math.max(0, startedMs + (1000 * seconds * (i + 1)) / LOOKS - performance.now()));
    const [ofLive, ofSync] = await Promise.all([begin(live), begin(sync)]);
    offsets.live.push(...ofLive.syncOffsetsMs);
    offsets.sync.push(...ofSync.syncOffsetsMs);
    looks.push({
      ...((await server.ask()) as ServerLook),
      atSeconds: (performance.now() - startedMs) / 1000,
      phaseMs: median(ofLive.latenciesMs.map(phaseOf)),
      freezes: ofLive.freezes + ofSync.freezes,
    });
    console.log(`  ${i + 1}/${LOOKS}: ${describe(looks[i])}`);
    console.log(
      `    sound behind the picture: live ${spread(ofLive.syncOffsetsMs)}, sync ${spread(ofSync.syncOffsetsMs)}`,
    );
  }
  return { looks, offsets };
}

/** What was seen since the last time, and begins anew. */
function begin(viewer: Page): Promise<FrameSamples> {
  return viewer.evaluate(async () => {
    const { viewer } = globalThis as unknown as ViewerGlobal;
    const samples = await viewer.samples();
    viewer.begin();
    return samples;
  });
}

/** A short form sees the warm-up, which says nothing about growth: its figures are printed without a goal. */
function withoutGrowthGoals({ goal, ...row }: Row): Row {
  return goal === undefined || row.unit === "%" || row.unit.startsWith("KiB") ? row : { ...row, goal };
}

/** The stamps of a clip begin at CLIP_EPOCH_MS in every pass, so an age is only meant modulo the clip. */
function phaseOf(ageMs: number): number {
  const clipMs = 1000 * CLIP_SECONDS;
  // Ages are modulo 2^32 themselves; the shift keeps the phase away from the seam.
  return (((ageMs + (CLIP_EPOCH_MS % clipMs)) % clipMs) + clipMs) % clipMs;
}

function growthRows(looks: readonly Look[], form: string): Row[] {
  const first = looks[0];
  const last = looks[looks.length - 1];
  const millions = looks.map(({ packets }) => packets / 1e6);
  const kibibytes = looks.map(({ heapBytes }) => heapBytes / 1024);
  const code = looks.map(({ codeBytes }) => codeBytes / 1024);
  const perMillion = fitLine(millions, kibibytes);
  const perSecond = fitLine(
    looks.map(({ atSeconds }) => atSeconds),
    kibibytes,
  );
  const phases = looks.map(({ phaseMs }) => phaseMs);
  const descriptors = looks.map((one) => one.descriptors);
  return [
    {
      id: `heap after collection${form}`,
      unit: "KiB a million packets",
      ours: perMillion.slope,
      goal: { of: "ours", atMost: 64 },
    },
    { id: "of it compiled code", unit: "KiB a million packets", ours: fitLine(millions, code).slope },
    { id: "its standard error", unit: "KiB a million packets", ours: perMillion.standardError },
    { id: "heap after collection", unit: "KiB an hour", ours: 3600 * perSecond.slope },
    { id: "packets sent", unit: "millions", ours: millions[millions.length - 1] - millions[0] },
    {
      id: "RSS, first look to last",
      unit: "%",
      ours: 100 * (last.rssBytes / first.rssBytes - 1),
      goal: { of: "ours", atMost: 3 },
    },
    {
      id: "descriptors, most minus fewest",
      unit: "descriptors",
      ours: Math.max(...descriptors) - Math.min(...descriptors),
      goal: { of: "ours", atMost: 0 },
    },
    {
      id: "latency drift",
      unit: "ms",
      ours: Math.max(...phases) - Math.min(...phases),
      goal: { of: "ours", atMost: 50 },
    },
    { id: "times that the file was read too slowly", unit: "times", ours: last.rebased - first.rebased },
    { id: "freezes of both viewers", unit: "freezes", ours: last.freezes - first.freezes },
  ];
}

/** Nine flashes of ten lie between p5 and p95; the median of the looks would hide more. */
function syncRows({ live, sync }: Offsets): Row[] {
  const row = (id: string, ours: number, goal: Row["goal"]): Row => ({
    id: `sound behind the picture, ${id}`,
    unit: "ms",
    ours,
    ...(goal === undefined ? {} : { goal }),
  });
  return [
    row("live, p5", percentile(live, 0.05), { of: "ours", atLeast: -45 }),
    row("live, p50", percentile(live, 0.5), undefined),
    row("live, p95", percentile(live, 0.95), { of: "ours", atMost: 125 }),
    row("sync, p5", percentile(sync, 0.05), { of: "ours", atLeast: -45 }),
    row("sync, p50", percentile(sync, 0.5), undefined),
    row("sync, p95", percentile(sync, 0.95), { of: "ours", atMost: 45 }),
    { id: "flashes with their beep, live and sync", unit: "flashes", ours: live.length + sync.length },
  ];
}

function describe({ heapBytes, codeBytes, rssBytes, packets, descriptors, phaseMs, rebased, freezes }: Look): string {
  const memory = `heap ${(heapBytes / 1024).toFixed(0)} KiB (code ${(codeBytes / 1024).toFixed(0)}), RSS ${mebibytes(rssBytes)}`;
  return `${memory}, ${packets} packets, ${descriptors} descriptors, phase ${phaseMs.toFixed(1)} ms, ${rebased} rebased, ${freezes} freezes`;
}

function spread(offsetsMs: readonly number[]): string {
  const at = (share: number): string => percentile(offsetsMs, share).toFixed(0);
  return `${at(0.05)} / ${at(0.5)} / ${at(0.95)} ms`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
