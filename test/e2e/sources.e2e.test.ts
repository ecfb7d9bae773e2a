// Files of every kind in a real Chromium: the picture runs in order, there is sound, and the server says in words whether
// the stream went through untouched.
import { join } from "node:path";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { type Fixture, makeFixture } from "../setup/media-fixtures.js";
import { heard, stepsOf, temporaryFolder, watchWithoutPicture, wordsOf } from "./source-fixture.js";
import { eventually, nothingLost, numbered, samples, shown, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const FPS = 25;
const SECONDS = 2;
const fixture = viewerFixture();
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

type Matter = Omit<Fixture, "path"> & { readonly name: string; readonly words: RegExp };

const MATTERS: readonly Matter[] = [
  {
    name: "an MP4 with B-frames and AAC.mp4",
    video: { codec: "libx264", bFrames: 2 },
    audio: { codec: "aac" },
    words: /^passthrough: no, because the stream has B-frames$/,
  },
  {
    name: "a baseline MP4 and AAC.mp4",
    video: { codec: "libx264" },
    audio: { codec: "aac" },
    words: /^passthrough: yes/,
  },
  {
    name: "a WebM with VP9 and Opus.webm",
    video: { codec: "libvpx-vp9" },
    audio: { codec: "libopus" },
    words: /^passthrough: no, because the codec is vp9$/,
  },
  {
    name: "an MKV with H.265 and AAC.mkv",
    video: { codec: "libx265", bFrames: 2 },
    audio: { codec: "aac" },
    words: /^passthrough: no, because the codec is hevc$/,
  },
  {
    name: "a transport stream.ts",
    video: { codec: "libx264" },
    audio: { codec: "aac" },
    words: /^passthrough: yes/,
  },
];

for (const { name, words, ...media } of MATTERS) {
  test(`Chromium watches ${name}: every frame after the one before, over the joins, with sound`, async () => {
    const source = await makeFixture({ path: at(name), seconds: SECONDS, ...media });
    const server = await fixture.start({ media: { source } });
    const page = await fixture.open(server);
    await watch(page);
    const { frameNumbers, codec } = await numbered(page, 1.5 * SECONDS * FPS);
    expectInOrder(frameNumbers);
    expect(codec).toBe("H264");
    await nothingLost(page);
    await heard(page);
    const { source: told, stream } = await statusOf(server);
    expect(told.passthrough).toMatch(words);
    // "Untouched" is a claim about the encoder: it never ran.
    expect((stream.encoder?.encoded ?? 0) === 0).toBe(words.test("passthrough: yes"));
  });
}

for (const [name, codec] of [
  ["sound.mp3", "libmp3lame"],
  ["sound.wav", "pcm_s16le"],
] as const) {
  test(`${name} has no picture: it is played, and nobody complains`, async () => {
    const source = await makeFixture({ path: at(name), seconds: SECONDS, audio: { codec } });
    const server = await fixture.start({ media: { source } });
    const page = await fixture.open(server);
    await watchWithoutPicture(page);
    await heard(page);
    const { source: told, stream, sessions } = await statusOf(server);
    expect(told.error).toBeUndefined();
    expect(sessions.active).toBe(1);
    expect(stream.tracks?.map(({ kind }) => kind)).toEqual(["audio"]);
    expect(await wordsOf(page)).not.toMatch(/error|fail|unavailable/i);
  });
}

test("sound alone is playing on the product's page too, and the page has nothing to complain about", async () => {
  const source = await makeFixture({ path: at("page.mp3"), seconds: SECONDS, audio: { codec: "libmp3lame" } });
  const server = await fixture.start({ media: { source } }, { page: "product" });
  const complaints: string[] = [];
  const page = await fixture.open(server, (opened) => {
    opened.on("pageerror", (error) => complaints.push(error.message));
  });
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=playing]").waitFor();
  await eventually(
    () => playedEnergy(page),
    (energy) => energy > 0,
  );
  expect(await page.getByTestId("trouble").count()).toBe(0);
  expect(complaints).toEqual([]);
});

for (const passthrough of ["auto", "never"] as const) {
  test(`a variable frame rate keeps its gaps within 10 ms (media.passthrough ${passthrough})`, async () => {
    const gapsMs = [40, 80, 50, 160, 40, 120, 60, 40, 200, 70, 40, 100];
    const times: number[] = [];
    for (let ms = 0, i = 0; ms < SECONDS * 1000; ms += gapsMs[i++ % gapsMs.length]) {
      times.push(ms);
    }
    const source = await makeFixture({
      path: at(`variable-${passthrough}.mp4`),
      seconds: SECONDS,
      video: { codec: "libx264", frameTimesMs: times },
      audio: { codec: "aac" },
    });
    const server = await fixture.start({ media: { source, passthrough } });
    const page = await fixture.open(server);
    const readTimes = await recordFrames(page);
    await watch(page);
    const { frameNumbers } = await shown(page, 1.5 * times.length);
    expect(Math.min(...stepsOf(frameNumbers, times.length))).toBeGreaterThanOrEqual(1);
    await heard(page);
    expect(worstOffsetMs(await readTimes(), times)).toBeLessThanOrEqual(10);
  });
}

test("a clip that a phone took upright is shown upright", async () => {
  const source = await makeFixture({
    path: at("phone.mp4"),
    seconds: SECONDS,
    video: { codec: "libx264", width: 360, height: 640, isRotated: true },
    audio: { codec: "aac" },
  });
  const server = await fixture.start({ media: { source } });
  const page = await fixture.open(server);
  await watch(page);
  // The stamp can only be read where it belongs: along the top.
  const { frameNumbers } = await numbered(page, SECONDS * FPS);
  expectInOrder(frameNumbers);
  const [width, height] = await page.evaluate(() => {
    const video = document.querySelector("video") as HTMLVideoElement;
    return [video.videoWidth, video.videoHeight];
  });
  expect(width / height).toBeCloseTo(360 / 640, 2);
  await heard(page);
  expect((await statusOf(server)).source.passthrough).toBe(
    "passthrough: no, because the picture is to be turned by 90 degrees",
  );
});

test("who joins late in a GOP of ten seconds sees the live picture at once, and no key frame is forced", async () => {
  const GOP_SECONDS = 10;
  const source = await makeFixture({
    path: at("long-gop.mp4"),
    seconds: 2 * GOP_SECONDS,
    video: { codec: "libx264", gop: GOP_SECONDS * FPS },
    audio: { codec: "aac" },
  });
  const server = await fixture.start({ media: { source } });
  const first = await fixture.open(server);
  const late = await fixture.open(server);
  await watch(first);
  await shown(first, 4 * FPS);
  await watch(late);
  const theirs = await numbered(late, FPS);
  // Before the next key frame, so from the cache.
  expect(theirs.frameNumbers[0]).toBeLessThan(GOP_SECONDS * FPS);
  expectInOrder(theirs.frameNumbers, 2 * GOP_SECONDS * FPS);
  await eventually(
    async () => {
      const newest = (await Promise.all([first, late].map(samples))).map(
        ({ frameNumbers }) => frameNumbers.at(-1) ?? 0,
      );
      return Math.abs(newest[0] - newest[1]);
    },
    (frames) => frames < FPS / 3,
  );
  await heard(late);
  const { stream, source: told } = await statusOf(server);
  expect(told.passthrough).toMatch(/^passthrough: yes/);
  expect(stream.tracks?.find(({ kind }) => kind === "video")?.keyFramesForced).toBe(0);
});

/** Energy of the sound that the page's player has played. */
function playedEnergy(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const player = document.querySelector("floe-player") as unknown as {
      stats(): Promise<{ audio?: { energy: number } } | undefined>;
    };
    return (await player.stats())?.audio?.energy ?? 0;
  });
}

/** A busy machine may skip frames on the screen; none comes twice, none comes early, and a join is a step like any. */
function expectInOrder(frameNumbers: readonly number[], count = SECONDS * FPS): void {
  const steps = stepsOf(frameNumbers, count);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...steps)).toBeLessThan(count / 2);
}

/** Notes the RTP time of each frame that the page shows from now on; the answer reads them, in milliseconds. */
async function recordFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(globalThis, { rtpTimes: times });
    const follow = (video: HTMLVideoElement): void => {
      video.requestVideoFrameCallback((_, { rtpTimestamp }) => {
        times.push(rtpTimestamp ?? Number.NaN);
        follow(video);
      });
    };
    new MutationObserver((_, observer) => {
      const video = document.querySelector("video");
      if (video !== null) {
        observer.disconnect();
        follow(video);
      }
    }).observe(document.body, { childList: true });
  });
  return async () => {
    const ticks = await page.evaluate(() => (globalThis as unknown as { rtpTimes: number[] }).rtpTimes);
    return ticks.map((tick) => ((tick - ticks[0]) >>> 0) / 90);
  };
}

/** How far the worst of the moments is from its place on the loop, with the first one's place chosen best. */
function worstOffsetMs(momentsMs: readonly number[], timesMs: readonly number[]): number {
  const loopMs = SECONDS * 1000;
  const toNearest = (ms: number): number =>
    Math.min(...timesMs.map((time) => Math.abs(((ms - time + 1.5 * loopMs) % loopMs) - loopMs / 2)));
  return Math.min(...timesMs.map((first) => Math.max(...momentsMs.map((moment) => toNearest(first + moment)))));
}
