import { expect, test } from "vitest";
import { TimestampRepair } from "../../../src/core/media/timestamp-repair.js";

test("even and slightly disordered times stay as they are", () => {
  const repair = new TimestampRepair({ mayJumpAhead: true });
  expect([repair.repair(0, undefined), repair.repair(40, 40), repair.repair(-500, 80)]).toEqual([0, 40, -500]);
  expect(repair.jumps).toBe(0);
});

test("after a jump back the stream goes on where it was", () => {
  const repair = new TimestampRepair({ mayJumpAhead: false });
  repair.repair(0, undefined);
  expect(repair.repair(0, 5_000_000)).toBe(5_000_000);
  expect(repair.repair(40_000, 5_040_000)).toBe(5_040_000);
  expect(repair.jumps).toBe(1);
});

test("a jump ahead is carried over only where containers may jump", () => {
  const stream = new TimestampRepair({ mayJumpAhead: true });
  const slides = new TimestampRepair({ mayJumpAhead: false });
  stream.repair(0, undefined);
  slides.repair(0, undefined);
  expect(stream.repair(60_000_000, 40_000)).toBe(40_000);
  expect(slides.repair(60_000_000, 40_000)).toBe(60_000_000);
});

test("a new pass forgets the offset", () => {
  const repair = new TimestampRepair({ mayJumpAhead: true });
  repair.repair(0, undefined);
  repair.repair(0, 5_000_000);
  expect(repair.repair(7_000_000, undefined)).toBe(7_000_000);
});
