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
