// What a killed server leaves behind: `kill -9` at random moments, seeded, while several publish. Every file must open and play, and
// hold what was sent until a second before.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";
import { playBack } from "../../node/record/play-back.js";
import { launchChromium } from "../../setup/viewer-page.js";
import type { Row } from "../lib/row.js";
import { median } from "../lib/statistics.js";
import type { PublishersReport } from "./raw-publishers.js";
import { peerOf, type RecordBench } from "./record-server.js";
import { recordedEnd } from "./recorded-end.js";

const KILLS = 5;
const PUBLISHERS = 4;
/** Beside them, one that makes no key frame behind its first second. */
const ONE_KEY = "one-key";
const SEED = 20_261_128;
const LEAST_MS = 2000;
const SPREAD_MS = 3000;

/** One recording of a server that was killed. */
type Remains = {
  readonly path: string;
  readonly peer: string;
  /** Media that was sent before the kill and is not in the file, milliseconds: pictures and sound, whichever is more. */
  readonly missingMs: number;
  readonly isWhole: boolean;
  /** Whether Chromium played it to its end; undefined where it was not asked. */
  playsInChromium?: boolean;
};

/** Takes half a minute. */
export async function killRows(bench: RecordBench): Promise<Row[]> {
  const random = new SeededRandom(SEED);
  const remains: Remains[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    remains.push(...(await oneKill(bench, random, kill)));
  }
  await playInChromium(remains.filter((_, i) => i % 6 === 0));
  const several = remains.filter(({ peer }) => !peer.startsWith(ONE_KEY));
  const single = remains.filter(({ peer }) => peer.startsWith(ONE_KEY));
  const all = KILLS * PUBLISHERS;
  return [
    count(`kill -9: files of ${all} that open and play without an error`, several, ({ isWhole }) => isWhole, all),
    count(`kill -9: files of ${all} that end within 1 s of the kill`, several, endsInTime, all),
    count(
      `kill -9, one key frame only: files of ${KILLS} that do both`,
      single,
      (one) => one.isWhole && endsInTime(one),
      KILLS,
    ),
    {
      id: "kill -9: media missing at the end, worst",
      unit: "ms",
      ours: Math.max(...remains.map(({ missingMs }) => missingMs)),
      goal: { of: "ours", atMost: 1000 },
    },
    {
      id: "kill -9: media missing at the end, median",
      unit: "ms",
      ours: median(remains.map(({ missingMs }) => missingMs)),
    },
    count(
      "kill -9: files that Chromium played to the end",
      remains,
      ({ playsInChromium }) => playsInChromium === true,
      remains.filter((one) => one.playsInChromium !== undefined).length,
    ),
  ];
}

function endsInTime({ missingMs }: Remains): boolean {
  return missingMs <= 1000;
}

function count(id: string, remains: readonly Remains[], isGood: (one: Remains) => boolean, atLeast: number): Row {
  return { id, unit: "files", ours: remains.filter(isGood).length, goal: { of: "ours", atLeast } };
}

async function oneKill(bench: RecordBench, random: SeededRandom, kill: number): Promise<Remains[]> {
  const { server, url, files } = await bench.server();
  const names = Array.from({ length: PUBLISHERS }, (_, i) => `kill-${kill}-${i}`);
  const spread = { spreadMs: 500, seed: random.integer(1e9) };
  const publishers = await Promise.all([
    bench.publishers(url, { names, ...spread }),
    bench.publishers(url, { names: [`${ONE_KEY}-${kill}`], keyFramesUntilMs: 1000, ...spread }),
  ]);
  await pause(LEAST_MS + random.next() * SPREAD_MS);
  const killedMs = performance.timeOrigin + performance.now();
  process.kill(server.pid, "SIGKILL");
  const reports = await Promise.all(publishers.map((each) => each.report()));
  await Promise.all(publishers.map((each) => each.stop()));
  const paths = files();
  if (paths.length !== PUBLISHERS + 1) {
    throw new Error(`kill ${kill} left ${paths.length} files: ${paths.join(", ")}`);
  }
  return await Promise.all(paths.map((path) => examine(path, bench, reports, killedMs)));
}

async function examine(
  path: string,
  { clip }: RecordBench,
  reports: readonly PublishersReport[],
  killedMs: number,
): Promise<Remains> {
  const peer = peerOf(basename(path));
  const publisher = reports.flatMap(({ publishers }) => publishers).find(({ name }) => name === peer);
  const { tail, pictures, soundAfterMs } = await recordedEnd(path);
  const sentAtMs = publisher?.sentAtMs[clip.pictures.findIndex((picture) => picture.tail === tail)] ?? 0;
  const { video, audio } = await playBack(path);
  const isWhole = video?.errors === 0 && audio?.errors === 0 && video.frames === pictures && audio.frames > 0;
  const missingMs = killedMs - sentAtMs - Math.min(0, soundAfterMs);
  console.log(
    `  ${basename(path)}: ${pictures} pictures, ${missingMs.toFixed(0)} ms missing${isWhole ? "" : ", NOT WHOLE"}`,
  );
  return { path, peer, missingMs, isWhole };
}

/** As a page would, four times as fast. */
async function playInChromium(remains: readonly Remains[]): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.route("http://recordings.test/**", (route) => {
      const path = remains[Number(new URL(route.request().url()).searchParams.get("file"))]?.path;
      return path === undefined
        ? route.fulfill({ contentType: "text/html", body: "<video></video>" })
        : route.fulfill({ contentType: "video/mp4", body: readFileSync(path) });
    });
    await page.goto("http://recordings.test/");
    for (const [i, one] of remains.entries()) {
      one.playsInChromium = await page.evaluate(async (url) => {
        const video = document.querySelector("video") as HTMLVideoElement;
        const ended = new Promise<boolean>((resolve) => {
          video.onended = () => resolve(video.videoWidth > 0 && video.currentTime > 1);
          video.onerror = () => resolve(false);
        });
        video.src = url;
        video.playbackRate = 4;
        await video.play();
        return await ended;
      }, `http://recordings.test/?file=${i}`);
    }
  } finally {
    await browser.close();
  }
}
