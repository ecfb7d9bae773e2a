import { expect, test } from "vitest";
import { BackOff } from "../../../src/core/symple/back-off.js";
import { seconds } from "../../../src/core/time/units.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

test("waits double from 0.5–1 s to 15–30 s, for ever, and start over after a reset", () => {
  for (let seed = 1; seed < 50; seed++) {
    const backOff = new BackOff(new SeededEntropy(seed));
    for (const ceiling of [1, 2, 4, 8, 16, 30, 30, 30, 30]) {
      const waitUs = backOff.next();
      expect(waitUs).toBeGreaterThanOrEqual(seconds(ceiling / 2));
      expect(waitUs).toBeLessThanOrEqual(seconds(ceiling));
    }
    backOff.reset();
    expect(backOff.next()).toBeLessThanOrEqual(seconds(1));
  }
});

test("two clients do not wait the same time", () => {
  const waits = [1, 2, 3, 4].map((seed) => new BackOff(new SeededEntropy(seed)).next());
  expect(new Set(waits).size).toBe(4);
});

test("a caller in a hurry waits no longer than it says, at random, and the ranges grow all the same", () => {
  const backOff = new BackOff(new SeededEntropy(5));
  const waits = Array.from({ length: 20 }, () => backOff.next(seconds(3)));
  for (const waitUs of waits.slice(2)) {
    expect(waitUs).toBeGreaterThanOrEqual(seconds(1.5));
    expect(waitUs).toBeLessThanOrEqual(seconds(3));
  }
  expect(new Set(waits).size).toBeGreaterThan(15);
  expect(backOff.next()).toBeGreaterThanOrEqual(seconds(15));
});
