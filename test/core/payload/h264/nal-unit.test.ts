import { expect, test } from "vitest";
import { isLeftOut, isParameterSet, isSlice, NalType, nalType } from "../../../../src/core/payload/h264/nal-unit.js";

const ALL = Array.from({ length: 32 }, (_, type) => type);

test("a NAL unit's type is the low five bits of its header", () => {
  expect([0x67, 0x27, 0x68, 0x65, 0x41, 0x09].map(nalType)).toEqual([7, 7, 8, 5, 1, 9]);
});

test("parameter sets, slices and what is left out of RTP are sorted by type", () => {
  expect(ALL.filter(isParameterSet)).toEqual([NalType.sps, NalType.pps, NalType.spsExtension, NalType.subsetSps]);
  expect(ALL.filter(isSlice)).toEqual([1, 2, 3, 4, 5]);
  expect(ALL.filter(isLeftOut)).toEqual([0, 9, 12, 24, 25, 26, 27, 28, 29, 30, 31]);
});
