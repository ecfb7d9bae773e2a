// A network camera: how long Watch takes to the first frame beside what connecting alone costs, and what happens to the
// viewers of a camera that is killed and comes back.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { RtspCamera } from "../setup/rtsp-camera.js";
import { type BuiltPage, buildViewerPage, launchChromium } from "../setup/viewer-page.js";
import { SeededRandom } from "../sim/seeded-random.js";
import type { ViewerGlobal } from "../viewer-page/viewer-page.js";
import { type Child, startNode } from "./lib/child.js";
import type { Row } from "./lib/row.js";
import { median } from "./lib/statistics.js";
import { playBare } from "./rtsp/bare-client.js";

const ROUNDS = 5;
const CYCLES = 10;
const VIEWERS = 2;
const FPS = 25;
const GOP_MS = 2000;
const OWN_SHARE_MS = 800;
const PEER_NAME = "bare RTSP client, TCP to first packet";
const COMMAND = fileURLToPath(new URL("../../dist/node/cli/floe.cjs", import.meta.url));

/** Runs the bench; takes about 100 s. */
export async function bench(): Promise<Row[]> {
  const page = await buildViewerPage();
  const browser = await launchChromium();
  try {
    const cold = await firstFrames(browser, page, { isRunning: false });
    const running = await firstFrames(browser, page, { isRunning: true });
    return [...firstFrameRows("cold", cold), ...firstFrameRows("running", running), ...(await restarts(browser, page))];
  } finally {
    await browser.close();
    page.remove();
  }
}

type FirstFrame = { readonly firstFrameMs: number; readonly connectMs: number };

/** A camera that nobody watches begins with a key frame; one that is running is met anywhere in its GOP. */
async function firstFrames(
  browser: Browser,
  page: BuiltPage,
  { isRunning }: { readonly isRunning: boolean },
): Promise<FirstFrame[]> {
  const rounds: FirstFrame[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const camera = await RtspCamera.start({ fps: FPS, gop: (GOP_MS / 1000) * FPS });
    const holder = isRunning ? await playBare(camera.url) : undefined;
    const { connectMs, close } = await playBare(camera.url);
    close();
    if (!isRunning) {
      // So that ours finds it as the bare client did.
      await camera.restart();
    }
    const server = await startServer(page, camera.url);
    const viewer = await openViewer(browser, server);
    try {
      const firstFrameMs = await watch(viewer);
      rounds.push({ firstFrameMs, connectMs });
      progress(
        `${isRunning ? "running" : "cold"} camera: ${firstFrameMs.toFixed(0)} ms, connecting ${connectMs.toFixed(0)} ms`,
      );
    } finally {
      await viewer.close();
      await server.stop();
      holder?.close();
      await camera.close();
    }
  }
  return rounds;
}

function firstFrameRows(state: string, rounds: readonly FirstFrame[]): Row[] {
  return [
    {
      id: `Watch to first frame, ${state} camera, median`,
      unit: "ms",
      ours: median(rounds.map(({ firstFrameMs }) => firstFrameMs)),
      peer: median(rounds.map(({ connectMs }) => connectMs)),
      peerName: PEER_NAME,
    },
    {
      id: `the same without connecting, worst (GOP ${GOP_MS} ms)`,
      unit: "ms",
      ours: Math.max(...rounds.map(({ firstFrameMs, connectMs }) => firstFrameMs - connectMs)),
      goal: { of: "ours", atMost: OWN_SHARE_MS + GOP_MS },
    },
  ];
}

async function restarts(browser: Browser, page: BuiltPage): Promise<Row[]> {
  const camera = await RtspCamera.start({ fps: FPS, gop: FPS });
  const server = await startServer(page, camera.url);
  const viewers: Page[] = [];
  const random = new SeededRandom(3);
  const backMs: number[] = [];
  const descriptors: number[] = [];
  try {
    for (let i = 0; i < VIEWERS; i++) {
      viewers.push(await openViewer(browser, server));
    }
    await Promise.all(viewers.map(watch));
    const before = await peersOf(server);
    await shown(viewers, FPS);
    for (let i = 0; i < CYCLES; i++) {
      await camera.kill();
      // Gone for as long as a plug is pulled, or a camera starts: the attempts in between are of any age.
      await viewers[0].waitForTimeout(200 + random.integer(3000));
      await camera.restart();
      const answeredMs = performance.now();
      await shown(viewers, 1);
      backMs.push(performance.now() - answeredMs);
      await shown(viewers, FPS);
      descriptors.push(descriptorsOf(server));
      progress(`restart ${i + 1} of ${CYCLES}: picture back after ${backMs[i].toFixed(0)} ms`);
    }
    const after = await peersOf(server);
    return [
      { id: `picture back after a restart, median of ${CYCLES}`, unit: "ms", ours: median(backMs) },
      {
        id: "picture back after a restart, worst",
        unit: "ms",
        ours: Math.max(...backMs),
        goal: { of: "ours", atMost: 3000 },
      },
      {
        id: "sessions lost",
        unit: "sessions",
        ours: before.filter((peer) => !after.includes(peer)).length + VIEWERS - before.length,
        goal: { of: "ours", atMost: 0 },
      },
      {
        id: `descriptors, restart ${CYCLES} beside the first`,
        unit: "more",
        ours: (descriptors.at(-1) ?? Number.NaN) - descriptors[0],
        goal: { of: "ours", atMost: 0 },
      },
    ];
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await server.stop();
    await camera.close();
  }
}

function startServer({ folder }: BuiltPage, source: string): Promise<Child> {
  const flags = ["--json", "--port", "0", "--web-root", folder, "--log-level", "error", "--source", source];
  return startNode([COMMAND, "serve", ...flags]);
}

async function openViewer(browser: Browser, server: Child): Promise<Page> {
  const viewer = await browser.newPage();
  await viewer.goto(String(server.ready.http));
  return viewer;
}

function watch(viewer: Page): Promise<number> {
  return viewer.evaluate(() =>
    (globalThis as unknown as ViewerGlobal).viewer.watch({ peer: "floe|floe-server", playout: "live", muted: false }),
  );
}

/** Resolves when every viewer has shown so many frames from now on. */
async function shown(viewers: readonly Page[], frames: number): Promise<void> {
  await Promise.all(
    viewers.map((viewer) =>
      viewer.evaluate(async (count) => {
        const video = document.querySelector("video") as HTMLVideoElement;
        for (let i = 0; i < count; i++) {
          await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        }
      }, frames),
    ),
  );
}

async function peersOf(server: Child): Promise<string[]> {
  const status = (await (await fetch(`${server.ready.http}api/status`)).json()) as {
    readonly sessions: { readonly viewers: readonly { readonly peer: string; readonly state: string }[] };
  };
  return status.sessions.viewers.filter(({ state }) => state === "active").map(({ peer }) => peer);
}

function descriptorsOf({ pid }: Child): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function progress(line: string): void {
  console.log(`  ${line}`);
}
