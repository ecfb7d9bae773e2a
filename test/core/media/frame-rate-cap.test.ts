import { expect, test } from "vitest";
import { FrameRateCap } from "../../../src/core/media/frame-rate-cap.js";

function passed(fromFps: number, toFps: number, seconds: number, jitterUs = 0): number {
  const cap = new FrameRateCap(toFps);
  let count = 0;
  for (let i = 0; i < fromFps * seconds; i++) {
    const jitter = jitterUs * (((i * 7919) % 200) / 100 - 1);
    count += cap.accepts(Math.round((i * 1_000_000) / fromFps + jitter)) ? 1 : 0;
  }
  return count;
}

test.each([
  [60, 30, 300],
  [50, 30, 300],
  [59.94, 30, 300],
  [120, 24, 240],
])("%f pictures a second are thinned to %f", (from, to, expected) => {
  expect(Math.abs(passed(from, to, 10) - expected)).toBeLessThanOrEqual(2);
});

test.each([25, 29.97, 30])("a stream of %f under a cap of 30 passes whole", (from) => {
  expect(passed(from, 30, 10)).toBe(Math.ceil(from * 10));
});

test("a jittered stream at the cap's own rate passes whole", () => {
  expect(passed(30, 30, 10, 4000)).toBe(300);
});

test("after a long gap or a step back the next frame passes at once", () => {
  const cap = new FrameRateCap(30);
  expect([0, 10_000, 5_000_000, 5_010_000, 100].map((timeUs) => cap.accepts(timeUs))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
  expect(cap.dropped).toBe(2);
});
