import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readStampLuma } from "../../../src/core/media/read-stamp.js";
import { type AudioFramePacket, VideoFrame, type VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { MediaReader } from "../../../src/node/av/media-reader.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { type ClipOptions, makeClip } from "./make-clip.js";
import { temporaryFolder } from "./rig.js";

type Picture = { readonly timeUs: number; readonly number: number };
type Sound = { readonly timeUs: number; readonly count: number; readonly rate: number; readonly firstLoud: number };

/** Everything a reader gives until `isEnough` or the end. */
async function readAll(path: string, { loops }: { readonly loops: number }) {
  const reader = await MediaReader.open(path, { loop: loops > 0 });
  const pictures: Picture[] = [];
  const sounds: Sound[] = [];
  let lastUs = -1;
  let isInOrder = true;
  try {
    for (;;) {
      const packet = await reader.next();
      if (packet === undefined || (loops > 0 && reader.passes >= loops)) {
        packet?.release();
        return { pictures, sounds };
      }
      // A picture may come while the sound around it is still missing, not much more.
      isInOrder &&= packet.timeUs >= lastUs - 100_000;
      lastUs = packet.timeUs;
      if (VideoFrame.is(packet)) {
        pictures.push({ timeUs: packet.timeUs, number: stampOf(packet) });
      } else {
        sounds.push(describeSound(packet as AudioFramePacket));
      }
      packet.release();
    }
  } finally {
    await reader.close();
    expect(isInOrder).toBe(true);
  }
}

function stampOf(packet: VideoFramePacket): number {
  const [strideBytes] = packet.strides;
  return (
    readStampLuma(packet.planes[0], { width: packet.width, height: packet.height, strideBytes })?.frameNumber ?? -1
  );
}

function describeSound(packet: AudioFramePacket): Sound {
  const [bytes] = packet.planes;
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const firstLoud = floats.findIndex((value) => Math.abs(value) > 0.05);
  return { timeUs: packet.timeUs, count: packet.sampleCount, rate: packet.sampleRateHz, firstLoud };
}

/** Overwrites `count` random bytes of a file, between two shares of its length. */
function damage(path: string, seed: number, { from, to, count }: { from: number; to: number; count: number }): void {
  const random = new SeededRandom(seed);
  const bytes = readFileSync(path);
  for (let i = 0; i < count; i++) {
    bytes[Math.floor(bytes.length * (from + (to - from) * random.next()))] = random.integer(256);
  }
  writeFileSync(path, bytes);
}

/** Largest distance between where a piece of sound begins and where the samples before it end, in samples. */
function worstGap(sounds: readonly Sound[]): number {
  let samples = 0;
  let worst = 0;
  for (const { timeUs, count, rate } of sounds) {
    worst = Math.max(worst, Math.abs(((timeUs - sounds[0].timeUs) * rate) / 1_000_000 - samples));
    samples += count;
  }
  return worst;
}

/** Times at which beeps begin, in microseconds: loud after half a second of silence. */
function beeps(sounds: readonly Sound[]): number[] {
  const onsets: number[] = [];
  let lastLoudUs = Number.NEGATIVE_INFINITY;
  for (const { timeUs, firstLoud, rate } of sounds) {
    if (firstLoud >= 0) {
      const atUs = timeUs + (firstLoud * 1_000_000) / rate;
      if (atUs - lastLoudUs > 500_000) {
        onsets.push(atUs);
      }
      lastLoudUs = atUs;
    }
  }
  return onsets;
}

async function clip(options: Partial<ClipOptions> & { readonly name?: string } = {}): Promise<string> {
  const path = join(temporaryFolder(), options.name ?? "clip.mp4");
  await makeClip({ path, width: 320, height: 180, seconds: 2, ...options });
  return path;
}

describe("one pass", () => {
  test("gives every picture of a file with B-frames in order, with its sound, and ends", async () => {
    const { pictures, sounds } = await readAll(await clip(), { loops: 0 });
    expect(pictures.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(pictures.map(({ timeUs }) => timeUs)).toEqual(pictures.map((_, i) => Math.round((i * 1_000_000) / 30)));
    expect(worstGap(sounds)).toBeLessThan(0.1);
    expect(sounds.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(96_000);
  });

  test("keeps a variable rate", async () => {
    const frameTimesMs = [0, 20, 100, 101, 500, 1500, 1540];
    const { pictures } = await readAll(await clip({ frameTimesMs, audio: false }), { loops: 0 });
    expect(pictures.map(({ timeUs }) => Math.round(timeUs / 1000))).toEqual(frameTimesMs);
  });

  test("begins at 0 whatever the container's first time is", async () => {
    const { pictures, sounds } = await readAll(await clip({ name: "clip.ts" }), { loops: 0 });
    expect(Math.min(pictures[0].timeUs, sounds[0].timeUs)).toBe(0);
    expect(pictures[0].timeUs).toBeLessThan(150_000);
    expect(pictures.length).toBe(60);
  });

  test.each(["clip.mkv", "clip.mov", "clip.ts"])("%s is read like any other", async (name) => {
    const { pictures, sounds } = await readAll(await clip({ name }), { loops: 0 });
    expect(pictures.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(worstGap(sounds)).toBeLessThan(0.1);
  });

  test("of a picture so large that several threads decode it loses nothing", async () => {
    const { pictures } = await readAll(await clip({ width: 2560, height: 1440, fps: 10, seconds: 1 }), { loops: 2 });
    expect(pictures.map(({ number }) => number)).toEqual([...Array(10).keys(), ...Array(10).keys()]);
  });

  test("says what the file holds", async () => {
    const reader = await MediaReader.open(await clip({ sampleRateHz: 44_100 }), { loop: false });
    onTestFinished(() => reader.close());
    expect(reader.info).toEqual({
      video: { width: 320, height: 180, fps: 30, codec: "h264", delivery: "decoded" },
      audio: { sampleRateHz: 44_100, channels: 2, codec: "aac", delivery: "decoded" },
      passthrough: { video: false, audio: false, words: "passthrough: no, because it is switched off" },
    });
  });
});

describe("loops", () => {
  test("join without a gap in pictures or sound, and do not drift apart over five passes", async () => {
    const { pictures, sounds } = await readAll(await clip(), { loops: 5 });
    expect(pictures.length).toBe(300);
    expect(pictures.map(({ number }) => number)).toEqual(pictures.map((_, index) => index % 60));
    expect(pictures.map(({ timeUs }) => timeUs)).toEqual(
      pictures.map((_, i) => 2_000_000 * Math.floor(i / 60) + Math.round(((i % 60) * 1_000_000) / 30)),
    );
    expect(worstGap(sounds)).toBeLessThan(0.1);
    expect(sounds.reduce((sum, { count }) => sum + count, 0)).toBe(5 * 96_000);
    // The beep of every whole second stays at the flash of every whole second.
    const onsets = beeps(sounds);
    expect(onsets.length).toBe(10);
    for (const [second, atUs] of onsets.entries()) {
      expect(Math.abs(atUs - second * 1_000_000)).toBeLessThan(10_000);
    }
  });

  test("at 44.1 kHz and an odd length the sound stays unbroken, to the sample, over ten passes", async () => {
    const path = await clip({ seconds: 1.1, fps: 30, sampleRateHz: 44_100 });
    const { pictures, sounds } = await readAll(path, { loops: 10 });
    expect(pictures.length).toBe(330);
    expect(worstGap(sounds)).toBeLessThan(0.1);
    const total = sounds.reduce((sum, { count }) => sum + count, 0);
    expect(Math.abs(total - 11 * 44_100)).toBeLessThanOrEqual(1);
  });

  test("sound that is over early is continued by silence", async () => {
    const { pictures, sounds } = await readAll(await clip({ audioSeconds: 0.5 }), { loops: 3 });
    expect(pictures.length).toBe(180);
    expect(pictures[60].timeUs).toBe(2_000_000);
    expect(worstGap(sounds)).toBeLessThan(0.1);
    expect(sounds.reduce((sum, { count }) => sum + count, 0)).toBe(3 * 96_000);
  });

  test("sound that goes on much longer decides the length, and the last picture stays", async () => {
    const { pictures, sounds } = await readAll(await clip({ seconds: 0.5, audioSeconds: 2 }), { loops: 3 });
    expect(pictures.length).toBe(45);
    const [, second, third] = [0, 15, 30].map((index) => pictures[index].timeUs);
    expect(third - second).toBe(second);
    expect(second).toBeGreaterThanOrEqual(2_000_000);
    expect(second).toBeLessThan(2_050_000);
    expect(worstGap(sounds)).toBeLessThan(0.1);
  });

  test("of pictures alone and of sound alone join as exactly", async () => {
    const mute = await readAll(await clip({ audio: false }), { loops: 3 });
    expect(mute.pictures.map(({ timeUs }) => timeUs)).toEqual(
      mute.pictures.map((_, i) => 2_000_000 * Math.floor(i / 60) + Math.round(((i % 60) * 1_000_000) / 30)),
    );
    const blind = await readAll(await clip({ video: false, name: "sound.m4a" }), { loops: 3 });
    expect(blind.pictures).toEqual([]);
    expect(worstGap(blind.sounds)).toBeLessThan(0.1);
  });

  test("of a variable rate keep the rhythm of the file in every pass", async () => {
    const frameTimesMs = [0, 20, 100, 500, 940];
    const { pictures } = await readAll(await clip({ frameTimesMs, audio: false }), { loops: 4 });
    const passUs = pictures[5].timeUs;
    expect(passUs).toBeGreaterThan(960_000);
    for (const [index, { timeUs }] of pictures.entries()) {
      const expectedUs = Math.floor(index / 5) * passUs + frameTimesMs[index % 5] * 1000;
      expect(Math.abs(timeUs - expectedUs)).toBeLessThan(100);
    }
  });

  test("of a container that counts from elsewhere join as exactly", async () => {
    const { pictures, sounds } = await readAll(await clip({ name: "clip.ts" }), { loops: 4 });
    expect(pictures.map(({ number }) => number)).toEqual(pictures.map((_, index) => index % 60));
    expect(worstGap(sounds)).toBeLessThan(0.1);
    const steps = pictures.slice(1).map(({ timeUs }, i) => timeUs - pictures[i].timeUs);
    expect(Math.max(...steps)).toBeLessThan(60_000);
  });
});

describe("damage", () => {
  test("a file that is cut off is played as far as it goes", async () => {
    const path = await clip({ name: "clip.mkv" });
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const { pictures } = await readAll(path, { loops: 2 });
    expect(pictures.length).toBeGreaterThan(20);
  });

  test("overwritten bytes are passed over, and the times stay in order", async () => {
    const path = await clip({ name: "clip.ts" });
    damage(path, 1, { from: 0.2, to: 0.9, count: 60 });
    const { pictures, sounds } = await readAll(path, { loops: 3 });
    expect(pictures.length).toBeGreaterThan(60);
    expect(pictures.every(({ timeUs }, i) => i === 0 || timeUs > pictures[i - 1].timeUs)).toBe(true);
    expect(worstGap(sounds)).toBeLessThan(0.1);
  });

  test.each([
    "clip.mp4",
    "clip.mkv",
    "clip.ts",
  ])("%s overwritten anywhere is played, or refused with a code, and leaves nothing behind", async (name) => {
    const path = await clip({ name, width: 160, height: 90, seconds: 0.5 });
    const whole = readFileSync(path);
    const before = liveHandles();
    for (let seed = 1; seed <= 25; seed++) {
      writeFileSync(path, whole);
      damage(path, seed, { from: 0, to: 1, count: 40 });
      const outcome = await readAll(path, { loops: 2 }).then(
        () => "played",
        (error: { code?: string }) => error.code ?? String(error),
      );
      expect(outcome).toMatch(/^(?:played|source\/(?:unreadable|no-media)|av\/failed)$/);
    }
    expect(liveHandles()).toEqual(before);
  });

  test("two recordings in one, the second counting from the start again, play on without a jump", async () => {
    const path = await clip({ name: "clip.ts" });
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes, bytes]));
    const { pictures, sounds } = await readAll(path, { loops: 0 });
    expect(pictures.length).toBeGreaterThan(100);
    expect(pictures.at(-1)?.timeUs).toBeGreaterThan(3_800_000);
    expect(pictures.at(-1)?.timeUs).toBeLessThan(4_400_000);
    expect(worstGap(sounds)).toBeLessThan(0.1);
  });
});

test("twenty rounds of open, read and close leave nothing behind", async () => {
  const path = await clip({ seconds: 1 });
  const before = liveHandles();
  for (let round = 0; round < 20; round++) {
    const reader = await MediaReader.open(path, { loop: true });
    for (let i = 0; i < round; i++) {
      (await reader.next())?.release();
    }
    await reader.close();
  }
  expect(liveHandles()).toEqual(before);
});
