import fc from "fast-check";
import { expect, test } from "vitest";
import { Cadence } from "../../../src/core/media/cadence.js";

test("beats come at their own times, however late the ticks are", () => {
  const cadence = new Cadence({ perSecond: 30, maxCatchUp: 0 });
  expect(cadence.take(0)).toBe(0);
  expect(cadence.take(33_332)).toBeUndefined();
  expect(cadence.take(33_333)).toBe(1);
  expect(cadence.nextUs).toBe(66_667);
});

test("a late tick gives the newest beat and counts what it skipped", () => {
  const cadence = new Cadence({ perSecond: 30, maxCatchUp: 0 });
  cadence.take(0);
  expect(cadence.take(200_000)).toBe(6);
  expect(cadence.take(200_000)).toBeUndefined();
  expect(cadence.skipped).toBe(5);
});

test("a beat that may be caught up is, up to the bound", () => {
  const cadence = new Cadence({ perSecond: 50, maxCatchUp: 3 });
  const taken: number[] = [];
  for (let beat = cadence.take(200_000); beat !== undefined; beat = cadence.take(200_000)) {
    taken.push(beat);
  }
  expect(taken).toEqual([7, 8, 9, 10]);
  expect(cadence.skipped).toBe(7);
});

test("a pause is not a delay: nothing is counted, and the grid stays", () => {
  const cadence = new Cadence({ perSecond: 50, maxCatchUp: 0 });
  cadence.take(0);
  cadence.resumeAt(1_010_000);
  expect(cadence.nextUs).toBe(1_020_000);
  expect(cadence.skipped).toBe(0);
});

test("no rate drifts: every beat is taken exactly once, at its time", () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 240, noNaN: true }), fc.integer({ min: 1, max: 5000 }), (perSecond, index) => {
      const cadence = new Cadence({ perSecond, maxCatchUp: 0 });
      cadence.resumeAt(cadence.timeUs(index));
      expect(cadence.take(cadence.timeUs(index))).toBe(index);
      expect(cadence.take(cadence.timeUs(index + 1) - 1)).toBeUndefined();
      expect(cadence.take(cadence.timeUs(index + 1))).toBe(index + 1);
      expect(cadence.skipped).toBe(0);
    }),
  );
});
