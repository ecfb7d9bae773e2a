// Half an hour of two viewers on a looped file: nothing may grow, nothing may drift. FLOE_SOAK_SECONDS shortens it, and
// the table says so.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLIP_EPOCH_MS, makeClip } from "../node/av/make-clip.js";
import { buildViewerPage, launchChromium } from "../setup/viewer-page.js";
import type { ViewerGlobal } from "../viewer-page/viewer-page.js";
import { type Child, startNode } from "./lib/child.js";
import type { Row } from "./lib/row.js";
import { median } from "./lib/statistics.js";

const FULL_SECONDS = 1800;
const CLIP_SECONDS = 10;
/** The first third is warm-up: rings fill, code is compiled, the collector finds its size. */
const WARM_UP_SHARE = 1 / 3;
const LOOKS = 20;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

type Look = {
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly packets: number;
  readonly descriptors: number;
  /** Median over the last frames of (time of showing - time in the clip), within one pass of the clip. */
  readonly phaseMs: number;
};

/** Runs the bench. */
export async function bench(): Promise<Row[]> {
  const seconds = Number(process.env.FLOE_SOAK_SECONDS ?? FULL_SECONDS);
  const form = seconds < FULL_SECONDS ? ` (${seconds} s, the whole soak runs ${FULL_SECONDS} s)` : "";
  const folder = mkdtempSync(join(tmpdir(), "floe-soak-"));
  const page = await buildViewerPage();
  const browser = await launchChromium();
  let server: Child | undefined;
  let counter: Child | undefined;
  try {
    const clip = join(folder, "clip.mp4");
    await makeClip({ path: clip, seconds: CLIP_SECONDS });
    server = await startNode(["--expose-gc", here("./soak/soak-server.mjs"), clip, page.folder]);
    counter = await startNode([here("./viewers/counting-viewers.mjs"), String(server.ready.http), "1"]);
    const viewer = await browser.newPage();
    await viewer.goto(String(server.ready.http));
    await viewer.evaluate((options) => (globalThis as unknown as ViewerGlobal).viewer.watch(options), {
      peer: "floe|floe-server",
      playout: "live",
      muted: true,
    } as const);
    const looks: Look[] = [];
    await viewer.waitForTimeout(1000 * seconds * WARM_UP_SHARE);
    for (let i = 0; i < LOOKS; i++) {
      await viewer.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.begin());
      await viewer.waitForTimeout((1000 * seconds * (1 - WARM_UP_SHARE)) / LOOKS);
      const { latenciesMs } = await viewer.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.samples());
      looks.push({ ...((await server.ask()) as Omit<Look, "phaseMs">), phaseMs: median(latenciesMs.map(phaseOf)) });
      console.log(`  ${i + 1}/${LOOKS}: ${describe(looks[i])}`);
    }
    return rows(looks, form).map((row) => (form === "" ? row : withoutGrowthGoals(row)));
  } finally {
    await browser.close();
    await counter?.stop();
    await server?.stop();
    page.remove();
    rmSync(folder, { recursive: true, force: true });
  }
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

function rows(looks: readonly Look[], form: string): Row[] {
  const first = looks[0];
  const last = looks[looks.length - 1];
  const millions = (last.packets - first.packets) / 1e6;
  const phases = looks.map(({ phaseMs }) => phaseMs - first.phaseMs);
  return [
    {
      id: `heap after collection${form}`,
      unit: "KiB a million packets",
      ours: slope(looks) / 1024,
      goal: { of: "ours", atMost: 64 },
    },
    {
      id: "RSS, first look to last",
      unit: "%",
      ours: 100 * (last.rssBytes / first.rssBytes - 1),
      goal: { of: "ours", atMost: 3 },
    },
    {
      id: "descriptors, first look to last",
      unit: "descriptors",
      ours: last.descriptors - first.descriptors,
      goal: { of: "ours", atMost: 0 },
    },
    {
      id: "latency drift",
      unit: "ms",
      ours: Math.max(...phases) - Math.min(...phases),
      goal: { of: "ours", atMost: 50 },
    },
    { id: "packets sent", unit: "millions", ours: millions },
  ];
}

/** Heap bytes per million packets, by least squares over all looks. */
function slope(looks: readonly Look[]): number {
  const x = looks.map(({ packets }) => packets / 1e6);
  const y = looks.map(({ heapBytes }) => heapBytes);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const above = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return above / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

function describe({ heapBytes, rssBytes, packets, descriptors, phaseMs }: Look): string {
  return `heap ${(heapBytes / 2 ** 20).toFixed(2)} MiB, RSS ${(rssBytes / 2 ** 20).toFixed(1)} MiB, ${packets} packets, ${descriptors} descriptors, phase ${phaseMs} ms`;
}
