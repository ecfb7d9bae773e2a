import { expect, test } from "vitest";
import { Beeper } from "../../../../src/core/media/test-pattern/beep.js";
import { isFlashAt } from "../../../../src/core/media/test-pattern/flash.js";
import { wallClockText } from "../../../../src/core/media/test-pattern/wall-clock-text.js";

test("the clock shows UTC to the millisecond", () => {
  const wallUs = Date.UTC(2026, 10, 21, 9, 5, 7, 42) * 1000 + 999;
  expect(wallClockText(wallUs)).toBe("09:05:07.042");
});

test("the beep sounds in every channel exactly while the flash is on", () => {
  const beeper = new Beeper({ sampleRateHz: 48_000, channels: 2 });
  const samples = new Float32Array(960 * 2);
  for (let piece = 0; piece < 110; piece++) {
    beeper.render(samples, piece * 960);
    const isLoud = samples.some((value) => Math.abs(value) > 0.01);
    expect(isLoud).toBe(isFlashAt(piece * 20_000));
    expect(samples.every((value, i) => i % 2 === 0 || value === samples[i - 1])).toBe(true);
  }
});

test("pieces of any length join to the same sound", () => {
  const beeper = new Beeper({ sampleRateHz: 44_100, channels: 1 });
  const whole = new Float32Array(10_000);
  beeper.render(whole, 40_000);
  const parts = new Float32Array(10_000);
  beeper.render(parts.subarray(0, 3333), 40_000);
  beeper.render(parts.subarray(3333), 43_333);
  expect(parts).toEqual(whole);
});
