import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Beeper } from "../../../src/core/media/test-pattern/beep.js";
import { PlainAudioFrame } from "../../../src/core/stream/frame-packet.js";
import type { AudioFramePacket, EncodedAudioPacket } from "../../../src/core/stream/media-packet.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { OpusEncoder, type OpusEncoderOptions } from "../../../src/node/av/opus-encoder.js";
import { decodeOpus } from "./decode-back.js";
import { soundOf } from "./rig.js";

beforeAll(async () => {
  await loadNodeAv();
});

type Unit = { readonly timeUs: number; readonly durationUs: number; readonly bytes: Uint8Array };

const tone = (seconds: number): number => 0.4 * Math.sin(2 * Math.PI * 440 * seconds);

function setup(options: OpusEncoderOptions = {}) {
  const encoder = new OpusEncoder(options);
  onTestFinished(() => encoder.close());
  const units: Unit[] = [];
  const emit = (packet: EncodedAudioPacket) => {
    units.push({ timeUs: packet.timeUs, durationUs: packet.durationUs, bytes: packet.data.slice() });
  };
  const feed = (packet: AudioFramePacket) => encoder.process(packet, emit);
  return { encoder, units, feed };
}

/** Whether the times are contiguous steps of 20 ms from the first. */
function isContiguous(units: readonly Unit[]): boolean {
  return units.every(({ timeUs, durationUs }, i) => timeUs === units[0].timeUs + i * 20_000 && durationUs === 20_000);
}

/** Energy of a stretch of samples at one frequency, and altogether. */
function levelAt(samples: Float32Array, hz: number): { tone: number; all: number } {
  let [re, im, all] = [0, 0, 0];
  for (const [i, value] of samples.entries()) {
    re += value * Math.cos((2 * Math.PI * hz * i) / 48_000);
    im += value * Math.sin((2 * Math.PI * hz * i) / 48_000);
    all += value * value;
  }
  return { tone: (2 * Math.hypot(re, im)) / samples.length, all: Math.sqrt(all / samples.length) };
}

describe("frames", () => {
  test("are exactly 20 ms and contiguous, whatever pieces the sound comes in", () => {
    const { encoder, units, feed } = setup();
    let position = 0;
    for (let i = 0; position < 48_000; i++) {
      const sampleCount = [1, 959, 1024, 333, 4096, 7][i % 6];
      feed(soundOf(tone, { timeUs: 5000 + Math.round((position * 1000) / 48), sampleCount }));
      position += sampleCount;
    }
    encoder.stop();
    expect(units[0].timeUs).toBe(5000);
    expect(isContiguous(units)).toBe(true);
    expect(units.length).toBeGreaterThanOrEqual(Math.floor(position / 960));
    const { tone: level, all } = levelAt(decodeOpus(units.map(({ bytes }) => bytes)).subarray(9600, 28_800), 440);
    expect(level).toBeGreaterThan(0.3);
    expect(all).toBeGreaterThan(0.2);
  });

  test("keep near the rate that was asked for", () => {
    const { units, feed } = setup({ bitrateBps: 64_000 });
    for (let i = 0; i < 250; i++) {
      feed(soundOf(tone, { timeUs: i * 20_000, sampleCount: 960 }));
    }
    const bps = (units.reduce((sum, { bytes }) => sum + bytes.length, 0) * 8 * 50) / units.length;
    expect(bps).toBeGreaterThan(32_000);
    expect(bps).toBeLessThan(80_000);
  });

  test("a beep is heard at its own time, within a few milliseconds", () => {
    const { units, feed } = setup();
    const beeper = new Beeper({ sampleRateHz: 48_000, channels: 2 });
    for (let i = 0; i < 110; i++) {
      const samples = new Float32Array(1920);
      beeper.render(samples, i * 960);
      const planes = [new Uint8Array(samples.buffer)];
      feed(
        new PlainAudioFrame({
          sampleRateHz: 48_000,
          channels: 2,
          sampleCount: 960,
          format: "f32",
          planes,
          timeUs: i * 20_000,
        }),
      );
    }
    const samples = decodeOpus(units.map(({ bytes }) => bytes));
    const onsetMs = (from: number) => samples.findIndex((value, i) => i >= from && Math.abs(value) > 0.05) / 48;
    expect(Math.abs(onsetMs(0) - 0)).toBeLessThan(10);
    expect(Math.abs(onsetMs(24_000) - 1000)).toBeLessThan(10);
    expect(Math.abs(onsetMs(72_000) - 2000)).toBeLessThan(10);
  });
});

describe("other formats", () => {
  test("44.1 kHz mono in planes becomes 48 kHz stereo without losing time", () => {
    const { encoder, units, feed } = setup();
    for (let i = 0; i < 100; i++) {
      const timeUs = Math.round((i * 1024 * 1_000_000) / 44_100);
      const samples = Float32Array.from({ length: 1024 }, (_, k) => tone((i * 1024 + k) / 44_100));
      const planes = [new Uint8Array(samples.buffer)];
      feed(
        new PlainAudioFrame({
          sampleRateHz: 44_100,
          channels: 1,
          sampleCount: 1024,
          format: "f32-planar",
          planes,
          timeUs,
        }),
      );
    }
    encoder.stop();
    expect(isContiguous(units)).toBe(true);
    expect(Math.abs(units.length * 20 - (100 * 1024) / 44.1)).toBeLessThan(45);
    expect(encoder.counters.repairs).toBe(0);
    expect(levelAt(decodeOpus(units.map(({ bytes }) => bytes)).subarray(9600, 28_800), 440).tone).toBeGreaterThan(0.25);
  });

  test("16-bit sound is taken, and the format may change on the way", () => {
    const { encoder, units, feed } = setup({ channels: 1 });
    const words = Int16Array.from({ length: 480 }, (_, i) => 10_000 * Math.sin(i / 10));
    for (let i = 0; i < 50; i++) {
      const timeUs = i * 10_000;
      const planes = [new Uint8Array(words.buffer)];
      feed(
        i % 20 < 10
          ? new PlainAudioFrame({ sampleRateHz: 48_000, channels: 1, sampleCount: 480, format: "s16", planes, timeUs })
          : soundOf(tone, { timeUs, sampleCount: 480 }),
      );
    }
    encoder.stop();
    expect(isContiguous(units)).toBe(true);
    expect(encoder.counters.repairs).toBe(0);
  });
});

describe("the timeline", () => {
  test("a hole becomes silence and the frames stay contiguous", () => {
    const { encoder, units, feed } = setup();
    for (let i = 0; i < 100; i++) {
      if (i < 30 || i >= 50) {
        feed(soundOf(() => 0.3, { timeUs: i * 20_000, sampleCount: 960 }));
      }
    }
    expect(units.length).toBe(100);
    expect(isContiguous(units)).toBe(true);
    expect(encoder.counters.repairs).toBe(1);
  });

  test("sound that was there before is left out", () => {
    const { units, feed } = setup();
    for (const i of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9, 10, 11]) {
      feed(soundOf(tone, { timeUs: i * 20_000, sampleCount: 960 }));
    }
    expect(isContiguous(units)).toBe(true);
    expect(units.at(-1)?.timeUs).toBeLessThanOrEqual(12 * 20_000);
  });

  test("after a jump the frames go on at the new time", () => {
    const { units, feed } = setup();
    feed(soundOf(tone, { timeUs: 0, sampleCount: 1000 }));
    feed(soundOf(tone, { timeUs: 60_000_000, sampleCount: 1920 }));
    expect(units.map(({ timeUs }) => timeUs)).toEqual([0, 20_000, 60_000_000, 60_020_000]);
  });

  test("a device whose clock is fast or slow is followed without a repair", () => {
    for (const ppm of [400, -400]) {
      const { encoder, units, feed } = setup();
      for (let i = 0; i < 50 * 60; i++) {
        feed(soundOf(tone, { timeUs: Math.round(i * 20_000 * (1 + ppm / 1e6)), sampleCount: 960 }));
      }
      const behindUs = 60_000_000 * (1 + ppm / 1e6) - units.length * 20_000;
      expect(Math.abs(behindUs)).toBeLessThan(26_000);
      expect(isContiguous(units)).toBe(true);
      expect(encoder.counters.repairs).toBe(0);
    }
  });
});

describe("its life", () => {
  test("stop flushes the rest, filled up with silence, and the next sound starts anew", () => {
    const { encoder, units, feed } = setup();
    feed(soundOf(tone, { timeUs: 0, sampleCount: 100 }));
    expect(units.length).toBe(0);
    encoder.stop();
    const flushed = units.length;
    expect(flushed).toBeGreaterThanOrEqual(1);
    feed(soundOf(tone, { timeUs: 90_000_000, sampleCount: 960 }));
    expect(units[flushed].timeUs).toBe(90_000_000);
  });

  test("twenty rounds leave nothing behind", () => {
    const before = liveHandles();
    for (let round = 0; round < 20; round++) {
      const encoder = new OpusEncoder();
      encoder.process(soundOf(tone, { timeUs: 0, sampleCount: 3000, sampleRateHz: 44_100 }), () => {});
      if (round % 2 === 0) {
        encoder.stop();
      }
      encoder.close();
      encoder.close();
    }
    expect(liveHandles()).toEqual(before);
  });

  test("sound in a layout that FFmpeg does not know is refused with the fix", () => {
    const { feed } = setup();
    const strange = { sampleRateHz: 48_000, channels: 1, sampleCount: 1, format: "other", planes: [] } as const;
    expect(() => feed(new PlainAudioFrame({ ...strange, timeUs: 0 }))).toThrow(
      expect.objectContaining({ code: "av/foreign-frame" }),
    );
  });
});
