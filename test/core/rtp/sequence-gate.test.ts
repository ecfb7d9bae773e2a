import { expect, test } from "vitest";
import { SequenceGate, SequenceVerdict } from "../../../src/core/rtp/sequence-gate.js";

const { refused, restarted } = SequenceVerdict;

function take(...numbers: number[]): number[] {
  const gate = new SequenceGate();
  return numbers.map((number) => gate.take(number));
}

test("a gap is told in front of the packet behind it, over the wrap as well (RFC 3550 A.1)", () => {
  expect(take(7, 8, 11)).toEqual([0, 0, 2]);
  expect(take(65_534, 65_535, 0, 2)).toEqual([0, 0, 0, 1]);
});

test("late packets and copies are refused", () => {
  expect(take(10, 12, 11, 12, 13)).toEqual([0, 1, refused, refused, 0]);
  expect(take(1, 65_535, 2)).toEqual([0, refused, 0]);
});

test("one packet out of nowhere is a stray; a second one behind it is a new beginning", () => {
  expect(take(10, 40_000, 11)).toEqual([0, refused, 0]);
  expect(take(10, 40_000, 40_001, 40_002)).toEqual([0, refused, restarted, 0]);
  expect(take(10_000, 9000, 9001)).toEqual([0, refused, restarted]);
  expect(take(10, 40_000, 50_000, 40_001)).toEqual([0, refused, refused, refused]);
});

test("after a reset any number is the first", () => {
  const gate = new SequenceGate();
  gate.take(5);
  gate.reset();
  expect(gate.take(60_000)).toBe(0);
});

test("where jumps are confirmed already, the first packet behind one counts", () => {
  const gate = new SequenceGate("believed");
  expect([10, 40_000, 40_001, 9000, 8990].map((number) => gate.take(number))).toEqual([
    0,
    restarted,
    0,
    restarted,
    refused,
  ]);
});
