import fc from "fast-check";
import { expect, test } from "vitest";
import { LoopTimeline } from "../../../src/core/media/loop-timeline.js";

test("times start at 0 whatever the file's first time is", () => {
  const timeline = new LoopTimeline({ fileStartUs: 1_400_000 });
  expect(timeline.place(1_400_000)).toBe(0);
  expect(timeline.place(1_433_333)).toBe(33_333);
  expect(timeline.place(1_300_000)).toBe(0);
});

test("without a start the first time placed is the start, in every pass", () => {
  const timeline = new LoopTimeline();
  expect(timeline.place(500)).toBe(0);
  timeline.beginPass(2_000_000);
  expect(timeline.place(500)).toBe(2_000_000);
});

test("a pass ends with its pictures when the sound is over near them", () => {
  const timeline = new LoopTimeline();
  expect(timeline.joinUs({ videoUs: 2_000_000, audioUs: 2_021_000 })).toBe(2_000_000);
  expect(timeline.joinUs({ videoUs: 2_000_000, audioUs: 1_500_000 })).toBe(2_000_000);
});

test("a pass ends with its sound when that goes on much longer, or is all there is", () => {
  const timeline = new LoopTimeline();
  expect(timeline.joinUs({ videoUs: 2_000_000, audioUs: 10_000_000 })).toBe(10_000_000);
  expect(timeline.joinUs({ audioUs: 3_000_000 })).toBe(3_000_000);
});

test("a pass of next to nothing does not loop hot", () => {
  const timeline = new LoopTimeline();
  expect(timeline.joinUs({ videoUs: 0 })).toBe(40_000);
  expect(timeline.joinUs({})).toBe(40_000);
});

test("over any number of passes every one begins exactly where the last one ended", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 20_000, max: 5_000_000 }), { minLength: 3, maxLength: 50 }), (lengths) => {
      const timeline = new LoopTimeline({ fileStartUs: 0 });
      let sum = 0;
      for (const length of lengths) {
        sum += length;
        timeline.beginPass(timeline.joinUs({ videoUs: timeline.place(length) }));
        expect(timeline.baseUs).toBe(sum);
      }
      expect(timeline.passes).toBe(lengths.length);
    }),
  );
});
