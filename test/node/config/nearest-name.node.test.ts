import { expect, test } from "vitest";
import { editDistance, nearestName } from "../../../src/node/server/config/nearest-name.js";

test("a slip of the keyboard costs one: a letter more, less, other, or two swapped", () => {
  for (const slip of ["por", "ports", "pork", "prot"]) {
    expect(editDistance(slip, "port")).toBe(1);
  }
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("the nearest name is offered, nothing when all are far", () => {
  const known = ["port", "host", "source", "log-level"];
  expect(nearestName("prot", known)).toBe("port");
  expect(nearestName("loglevel", known)).toBe("log-level");
  expect(nearestName("SOURCE", known)).toBe("source");
  expect(nearestName("frobnicate", known)).toBeUndefined();
  expect(nearestName("x".repeat(1_000_000), known)).toBeUndefined();
});
