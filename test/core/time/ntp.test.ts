import fc from "fast-check";
import { expect, test } from "vitest";
import { ntpMiddle, ntpShortToMicros, toNtp } from "../../../src/core/time/ntp.js";

test("the unix epoch is 2208988800 s into NTP's era 0 (RFC 5905 6)", () => {
  expect(toNtp(0)).toEqual({ seconds: 2_208_988_800, fraction: 0 });
  expect(toNtp(250_000)).toEqual({ seconds: 2_208_988_800, fraction: 0x40000000 });
});

test("the last microsecond of a second does not reach the next one", () => {
  const { seconds, fraction } = toNtp(1_999_999);
  expect(seconds).toBe(2_208_988_801);
  expect(fraction).toBeGreaterThan(0xffffe000);
  expect(fraction).toBeLessThanOrEqual(0xffffffff);
});

test("NTP seconds go round in 2036, where era 1 begins", () => {
  const era1Us = Date.UTC(2036, 1, 7, 6, 28, 16) * 1000;
  expect(toNtp(era1Us - 1_000_000)).toEqual({ seconds: 0xffffffff, fraction: 0 });
  expect(toNtp(era1Us)).toEqual({ seconds: 0, fraction: 0 });
});

test("the middle 32 bits are the low half of the seconds and the high half of the fraction (RFC 3550 6.4.1)", () => {
  expect(ntpMiddle({ seconds: 0x1234abcd, fraction: 0xef015678 })).toBe(0xabcdef01);
});

test("what the middle bits say of an interval is right to 1/65536 s", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
      fc.integer({ min: 0, max: 60_000_000 }),
      (at, us) => {
        const units = (ntpMiddle(toNtp(at + us)) - ntpMiddle(toNtp(at))) >>> 0;
        expect(Math.abs(ntpShortToMicros(units) - us)).toBeLessThanOrEqual(16);
      },
    ),
  );
});

test("a delay of 65536 units is one second", () => {
  expect([ntpShortToMicros(65_536), ntpShortToMicros(6554), ntpShortToMicros(0)]).toEqual([1_000_000, 100_006, 0]);
});
