// Recordings in Chromium's <video>: whole ones and such whose process was killed.
import { once } from "node:events";
import { copyFileSync, createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds } from "../../src/core/time/units.js";
import { loadNodeAv } from "../../src/node/av/load-node-av.js";
import { Recording } from "../../src/node/record/recording.js";
import { TranscodedRecording } from "../../src/node/record/transcoded-recording.js";
import { byTime, encodedPictures, encodedSounds } from "../node/record/encoded-media.js";
import { feed } from "../node/record/feed.js";
import { launchChromium } from "../setup/viewer-page.js";

/** Three changes of size, two seconds each: what Chromium's encoder does when it starts low. */
const SIZES = [
  [320, 180],
  [480, 270],
  [640, 360],
  [960, 540],
] as const;
const SIZE_NAMES = SIZES.map(([width, height]) => `${width}x${height}`);
const WHOLE_S = 8;
const KILLED_S = 7;
const TYPES = { mp4: "video/mp4", webm: "video/webm" } as const;

let folder: string;
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "floe-recorded-"));
  await loadNodeAv();
  await record("mp4", "h264");
  await record("webm", "vp8");
  await transcode();
  server = createServer((request, response) => {
    const path = join(folder, request.url ?? "");
    if (request.url === "/") {
      response.setHeader("content-type", "text/html").end("<!doctype html><body></body>");
      return;
    }
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [, from = "0", to = ""] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const [start, end] = [Number(from), to === "" ? size - 1 : Number(to)];
    response.writeHead(206, {
      "content-type": path.endsWith("mp4") ? TYPES.mp4 : TYPES.webm,
      "accept-ranges": "bytes",
      "content-length": end - start + 1,
      "content-range": `bytes ${start}-${end}/${size}`,
    });
    createReadStream(path, { start, end }).pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A whole file, and what a kill would have left of it after seven seconds. */
async function record(format: "mp4" | "webm", codec: "h264" | "vp8"): Promise<void> {
  const path = join(folder, `whole.${format}`);
  const recording = await Recording.open({ format, pathOf: () => path, expectsVideo: true, expectsAudio: true });
  const pictures = encodedPictures({ codec, sizes: SIZES, secondsEach: WHOLE_S / SIZES.length });
  let isKilled = false;
  for (const packet of byTime(pictures, encodedSounds(seconds(WHOLE_S)))) {
    if (!isKilled && packet.timeUs >= seconds(KILLED_S)) {
      isKilled = true;
      copyFileSync(path, join(folder, `killed.${format}`));
    }
    recording.write(packet);
  }
  await recording.close();
}

/** Three sizes as one, in H.264 and AAC. */
async function transcode(): Promise<void> {
  const path = join(folder, "transcoded.mp4");
  const recording = await TranscodedRecording.open({
    format: "mp4",
    pathOf: () => path,
    expectsVideo: true,
    expectsAudio: true,
    videoTarget: { width: 640, height: 360, fps: 30, bitrateBps: 500_000 },
  });
  const pictures = encodedPictures({ codec: "vp8", sizes: SIZES, secondsEach: 1 });
  await feed(recording, byTime(pictures, encodedSounds(seconds(SIZES.length))));
  await recording.close();
}

type Played = {
  readonly durationS: number | null;
  /** Where a seek to the middle ended, and what was shown there. */
  readonly soughtS: number;
  readonly soughtSize: string;
  readonly sizes: readonly string[];
  readonly endS: number;
  readonly pictures: number;
  readonly corrupted: number;
  readonly soundBytes: number;
  readonly error: string | null;
};

/** Opens a file, seeks to `middleS`, then plays it from its beginning to its end, four times as fast. */
function play(name: string, middleS: number): Promise<Played> {
  return page.evaluate(
    async ([source, middle]) => {
      const video = document.createElement("video");
      video.muted = true;
      document.body.append(video);
      const happened = (event: string) =>
        new Promise<void>((done, failed) => {
          video.addEventListener(event, () => done(), { once: true });
          video.addEventListener("error", () => failed(new Error(`${event}: ${video.error?.message}`)), { once: true });
        });
      const size = () => `${video.videoWidth}x${video.videoHeight}`;
      const loaded = happened("loadedmetadata");
      video.src = source;
      await loaded;
      const durationS = Number.isFinite(video.duration) ? video.duration : null;
      const seek = async (toS: number) => {
        const sought = happened("seeked");
        video.currentTime = toS;
        await sought;
      };
      await seek(middle);
      const [soughtS, soughtSize] = [video.currentTime, size()];
      await seek(0);
      const sizes = [size()];
      video.addEventListener("resize", () => sizes.push(size()));
      const ended = happened("ended");
      video.playbackRate = 4;
      await video.play();
      await ended;
      const { totalVideoFrames, corruptedVideoFrames } = video.getVideoPlaybackQuality() as VideoPlaybackQuality & {
        readonly corruptedVideoFrames: number;
      };
      const { webkitAudioDecodedByteCount } = video as unknown as { readonly webkitAudioDecodedByteCount: number };
      const played = {
        durationS,
        soughtS,
        soughtSize,
        sizes,
        endS: video.currentTime,
        pictures: totalVideoFrames,
        corrupted: corruptedVideoFrames,
        soundBytes: webkitAudioDecodedByteCount,
        error: video.error?.message ?? null,
      };
      video.remove();
      return played;
    },
    [`/${name}`, middleS] as const,
  );
}

describe.each(["mp4", "webm"] as const)("Chromium and a recording as %s", (format) => {
  test("know its length, seek to the middle, and play it through three changes of size without an error", async () => {
    const played = await play(`whole.${format}`, 5);
    expect(played.durationS).toBeCloseTo(WHOLE_S, 1);
    expect(played).toMatchObject({ soughtS: 5, soughtSize: "640x360", corrupted: 0, error: null });
    expect(played.sizes).toEqual(SIZE_NAMES);
    expect(played.endS).toBeCloseTo(WHOLE_S, 1);
    expect(played.pictures).toBeGreaterThanOrEqual(WHOLE_S * 15);
    expect(played.soundBytes).toBeGreaterThan(0);
  });

  test("play what a killed process left, up to a second before", async () => {
    const played = await play(`killed.${format}`, 5);
    expect(played).toMatchObject({ soughtS: 5, soughtSize: "640x360", corrupted: 0, error: null });
    expect(played.sizes).toEqual(SIZE_NAMES);
    expect(played.endS).toBeGreaterThan(KILLED_S - 1);
    expect(played.soundBytes).toBeGreaterThan(0);
  });
});

test("Chromium plays a transcoded recording of four sizes as one, with its sound", async () => {
  const played = await play("transcoded.mp4", 2);
  expect(played.durationS).toBeCloseTo(SIZES.length, 1);
  expect(played).toMatchObject({ soughtS: 2, soughtSize: "640x360", sizes: ["640x360"], corrupted: 0, error: null });
  expect(played.soundBytes).toBeGreaterThan(0);
});
