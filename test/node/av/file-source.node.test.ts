import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EncodedVideo, VideoFrame } from "../../../src/core/stream/media-packet.js";
import { FileSource, type FileSourceOptions } from "../../../src/node/av/file-source.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { type ClipOptions, makeClip } from "./make-clip.js";
import { nextTurn, temporaryFolder, until } from "./rig.js";

async function clip(options: Partial<ClipOptions> = {}): Promise<string> {
  const path = join(temporaryFolder(), "clip.mp4");
  await makeClip({ path, width: 160, height: 90, seconds: 1, ...options });
  return path;
}

type Emission = {
  readonly isVideo: boolean;
  /** Of an encoded picture. */
  readonly isKey: boolean | undefined;
  readonly timeUs: number;
  readonly atUs: number;
};

async function setup({ loop = true, path, ...options }: Partial<FileSourceOptions> = {}) {
  const clock = new ManualClock({ startUs: 55_000_000 });
  const source = await FileSource.open({ ...options, path: path ?? (await clip()), loop, clock });
  onTestFinished(() => source.close());
  const emissions: Emission[] = [];
  let hasEnded = false;
  let hasFailed = false;
  source.ended.on(() => {
    hasEnded = true;
  });
  source.failed.on(() => {
    hasFailed = true;
  });
  const start = () =>
    source.start((packet) => {
      const isKey = EncodedVideo.is(packet) ? packet.isKey : undefined;
      const isVideo = VideoFrame.is(packet) || isKey !== undefined;
      emissions.push({ isVideo, isKey, timeUs: packet.timeUs, atUs: clock.nowUs() });
    });
  /** Lets media time pass, never faster than the decoder: a few packets always wait. */
  const play = async (seconds: number) => {
    const endUs = clock.nowUs() + seconds * 1_000_000;
    while (clock.nowUs() < endUs && !hasEnded) {
      await until(() => hasFailed || source.buffered >= 4);
      await nextTurn();
      clock.advance(5000);
    }
  };
  return { clock, source, emissions, start, play, hasEnded: () => hasEnded };
}

/** Whether pictures leave at their time, and sound as long before it as a file's sound does: at once where it begins. */
function isOnBeat(emissions: readonly Emission[]): boolean {
  const { atUs: firstUs } = emissions[0];
  return emissions.every(({ isVideo, timeUs, atUs }) => {
    const dueUs = Math.max(0, timeUs - (isVideo ? 0 : 80_000));
    return Math.abs(atUs - firstUs - dueUs) <= 5000;
  });
}

describe("pace", () => {
  test("pictures come at their own time on the monotonic clock and sound a little earlier, over three loops", async () => {
    const { source, emissions, start, play } = await setup();
    start();
    await play(3.5);
    expect(source.counters).toEqual({ skipped: 0, rebased: 0, faults: 0, loops: 3, copiedBytes: 0 });
    expect(isOnBeat(emissions)).toBe(true);
    const pictures = emissions.filter(({ isVideo }) => isVideo);
    expect(pictures.length).toBeGreaterThanOrEqual(104);
    expect(pictures.every(({ timeUs }, i) => Math.abs(timeUs - (i * 1_000_000) / 30) < 2)).toBe(true);
  });

  test("pictures that go through come at their own time as well, over three loops", async () => {
    const path = await clip({ bFrames: 0, keyFrameEvery: 10 });
    const { source, emissions, start, play } = await setup({ path, passthrough: "auto" });
    expect(source.info.passthrough.video).toBe(true);
    start();
    await play(3.5);
    expect(source.counters).toMatchObject({ skipped: 0, rebased: 0, faults: 0, loops: 3 });
    expect(isOnBeat(emissions)).toBe(true);
    const pictures = emissions.filter(({ isVideo }) => isVideo);
    expect(pictures.length).toBeGreaterThan(100);
    for (const [i, { timeUs, isKey }] of pictures.entries()) {
      expect(Math.abs(timeUs - (i * 1_000_000) / 30)).toBeLessThan(2);
      expect(isKey).toBe(i % 10 === 0);
    }
  });

  test("only a bounded time is decoded ahead", async () => {
    const { source, start } = await setup({ path: await clip({ seconds: 3 }) });
    start();
    // 300 ms are 9 pictures and 14 pieces of sound; one more of each may be under way.
    await until(() => source.buffered > 20);
    for (let turn = 0; turn < 5000; turn++) {
      await nextTurn();
    }
    expect(source.buffered).toBeLessThanOrEqual(27);
  });
});

describe("the end", () => {
  test("of a file that is not looped is told once, after its last packet, and nothing spins", async () => {
    const { clock, emissions, start, hasEnded } = await setup({ loop: false });
    start();
    while (!hasEnded()) {
      clock.advance(5000);
      await nextTurn();
    }
    expect(emissions.filter(({ isVideo }) => isVideo).length).toBe(30);
    const before = emissions.length;
    clock.advance(5_000_000);
    await nextTurn();
    expect([emissions.length, clock.pending]).toEqual([before, 0]);
  });
});

describe("its life", () => {
  test("stop keeps quiet, and start goes on with growing times", async () => {
    const { clock, source, emissions, start, play } = await setup();
    start();
    await play(0.5);
    await source.stop();
    const before = emissions.length;
    clock.advance(10_000_000);
    await nextTurn();
    expect([emissions.length, source.buffered, clock.pending]).toEqual([before, 0, 0]);
    start();
    await play(0.5);
    expect(emissions.length).toBeGreaterThan(before);
    expect(emissions[before].timeUs).toBeGreaterThan(emissions[before - 1].timeUs);
    expect(emissions[before].timeUs).toBeLessThan(1_200_000);
  });

  test("with pictures that go through, start goes on at a key frame", async () => {
    const path = await clip({ bFrames: 0, keyFrameEvery: 10, audio: false });
    const { source, emissions, start, play } = await setup({ path, passthrough: "auto" });
    start();
    await play(0.5);
    await source.stop();
    const before = emissions.length;
    start();
    await play(0.5);
    expect(emissions[before].isKey).toBe(true);
    expect(emissions[before].timeUs).toBeGreaterThan(emissions[before - 1].timeUs);
    expect(emissions[before].timeUs).toBeLessThan(1_500_000);
  });

  test("a stage that throws ends the source with an error instead of the process", async () => {
    const { clock, source } = await setup();
    const errors: string[] = [];
    source.failed.on((error) => errors.push(error.code));
    source.start(() => {
      throw new Error("stage");
    });
    await until(() => source.buffered > 3);
    clock.advance(100_000);
    expect(errors).toEqual(["av/failed"]);
    expect([source.buffered, clock.pending]).toEqual([0, 0]);
  });

  test("a file that vanishes while it is looped fails the source with its code", async () => {
    const path = await clip();
    const { source, start, play } = await setup({ path });
    const errors: string[] = [];
    source.failed.on((error) => errors.push(error.code));
    start();
    await play(0.2);
    writeFileSync(path, "gone");
    await play(3);
    expect(errors).toEqual(["source/unreadable"]);
  });

  test("twenty rounds, closed at any moment, leave nothing behind", async () => {
    const path = await clip();
    const before = liveHandles();
    for (let round = 0; round < 20; round++) {
      const clock = new ManualClock();
      const source = await FileSource.open({ path, loop: true, clock });
      if (round % 4 !== 0) {
        source.start(() => {});
      }
      for (let turn = 0; turn < round * 3; turn++) {
        clock.advance(20_000);
        await nextTurn();
      }
      await source.close();
      await source.close();
    }
    expect(liveHandles()).toEqual(before);
  });
});

describe("what cannot be played", () => {
  async function codeOf(path: string): Promise<{ code: string; fix: string }> {
    const before = liveHandles();
    const opening = FileSource.open({ path, loop: true, clock: new ManualClock() });
    const error = await opening.then(
      (source) => source.close().then(() => ({ code: "opened", fix: "" })),
      (reason) => reason as { code: string; fix: string },
    );
    expect(liveHandles()).toEqual(before);
    return error;
  }

  const files: readonly (readonly [string, string, string | Uint8Array, string])[] = [
    ["a text file", "notes.txt", "just some words\n".repeat(100), "source/unreadable"],
    ["a text file that claims to be a film", "film.mp4", "just some words\n".repeat(100), "source/unreadable"],
    ["a program", "code.ts", "export const a = 1;\n".repeat(50), "source/unreadable"],
    ["random bytes", "noise.mkv", Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3), "source/unreadable"],
    ["an empty file", "empty.mp4", "", "source/no-media"],
    ["subtitles", "words.srt", "1\n00:00:00,000 --> 00:00:02,000\nHello\n\n".repeat(5), "source/no-media"],
    [
      "a playlist that points to the network",
      "list.m3u8",
      "#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n",
      "source/unreadable",
    ],
    ["a list of other files", "list.ffconcat", "ffconcat version 1.0\nfile /etc/hostname\n", "source/unreadable"],
  ];

  test.each(files)("%s", async (_, name, content, code) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    const error = await codeOf(path);
    expect(error.code).toBe(code);
    expect(error.fix).not.toBe("");
  });

  test("a missing file, and a path through a file", async () => {
    const path = await clip();
    expect((await codeOf(join(temporaryFolder(), "missing.mp4"))).code).toBe("source/not-found");
    expect((await codeOf(join(path, "inside.mp4"))).code).toBe("source/not-found");
  });

  test("a directory", async () => {
    const folder = join(temporaryFolder(), "films.mp4");
    mkdirSync(folder);
    expect((await codeOf(folder)).code).toBe("source/is-directory");
  });

  test("a device", async () => {
    expect((await codeOf("/dev/null")).code).toBe("source/unsupported");
  });
});

test("a path that looks like a URL or a pattern to FFmpeg is still just a path", async () => {
  const path = join(temporaryFolder(), "concat:a|b %03d é.mp4");
  await makeClip({ path: `file:${path}`, width: 160, height: 90, seconds: 0.5 });
  const source = await FileSource.open({ path, loop: false, clock: new ManualClock() });
  expect(source.info).toMatchObject({ name: "concat:a|b %03d é.mp4", video: { width: 160 } });
  await source.close();
});
