import fc from "fast-check";
import { expect, test } from "vitest";
import { RtpTimeline } from "../../../src/core/rtp/rtp-timeline.js";
import { rtpTicks } from "../../../src/core/time/units.js";

test("the first timestamp is at the anchor, the others follow the clock rate, back and over the wrap (RFC 3550 5.1)", () => {
  const timeline = new RtpTimeline(90_000);
  expect(timeline.timeUs(0xffff_ff00, 500)).toBe(500);
  expect(timeline.timeUs(0xffff_ff00 + 3000 - 2 ** 32, 9_999_999)).toBe(33_833);
  expect(timeline.timeUs(0xffff_ff00, 0)).toBe(500);
  timeline.reset();
  expect(timeline.timeUs(12, 7)).toBe(7);
});

test("media times come back within a tick, over days and wraps", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(8000, 48_000, 90_000),
      fc.array(fc.integer({ min: 0, max: 20_000_000_000 }), { minLength: 1, maxLength: 40 }),
      (clockRateHz, steps) => {
        const timeline = new RtpTimeline(clockRateHz);
        let timeUs = 0;
        for (const step of steps) {
          // Half of the circle is 6.6 hours at 90 kHz.
          timeUs += step;
          const told = timeline.timeUs(rtpTicks(timeUs, clockRateHz), timeUs);
          expect(Math.abs(told - timeUs)).toBeLessThanOrEqual(Math.ceil(1_000_000 / clockRateHz));
        }
      },
    ),
  );
});
