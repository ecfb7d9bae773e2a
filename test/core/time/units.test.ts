import fc from "fast-check";
import { expect, test } from "vitest";
import { milliseconds, rtpTicks, seconds } from "../../../src/core/time/units.js";

test("seconds and milliseconds come as whole microseconds", () => {
  expect([seconds(2), seconds(0.1 + 0.2), seconds(1 / 3)]).toEqual([2_000_000, 300_000, 333_333]);
  expect([milliseconds(500), milliseconds(33.3333)]).toEqual([500_000, 33_333]);
});

test("frames of 30 a second are 3000 ticks of 90 kHz apart, Opus packets 960 of 48 kHz", () => {
  expect([0, 33_333, 66_667, 100_000].map((timeUs) => rtpTicks(timeUs, 90_000))).toEqual([0, 3000, 6000, 9000]);
  expect([0, 20_000, 40_000].map((timeUs) => rtpTicks(timeUs, 48_000))).toEqual([0, 960, 1920]);
});

test("ticks go round at 2^32 (RFC 3550 5.1)", () => {
  const wrapUs = Math.ceil((2 ** 32 * 1_000_000) / 90_000);
  expect(rtpTicks(wrapUs - 1_000_000, 90_000)).toBe(2 ** 32 - 90_000);
  expect(rtpTicks(wrapUs, 90_000)).toBe(0);
  expect(rtpTicks(-1_000_000, 90_000)).toBe(2 ** 32 - 90_000);
});

test("ticks are the exact value rounded to the nearest, for years of media time", () => {
  const years = 100 * 365 * 86_400 * 1_000_000;
  const exact = (timeUs: number, rate: bigint): number =>
    Number(BigInt.asUintN(32, (2n * BigInt(timeUs) * rate + 1_000_000n) / 2_000_000n));
  const media = fc.oneof(
    fc.integer({ min: 0, max: years }),
    fc.integer({ min: 0, max: years / 50 }).map((n) => n * 50),
  );
  fc.assert(
    fc.property(media, fc.constantFrom(8000, 44_100, 48_000, 90_000), (timeUs, rate) => {
      expect(rtpTicks(timeUs, rate)).toBe(exact(timeUs, BigInt(rate)));
    }),
    { numRuns: 2000 },
  );
});
