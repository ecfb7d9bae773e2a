import { expect, test } from "vitest";
import { visitLeadingNalUnits } from "../../../../src/core/payload/h264/leading-nal-units.js";
import { ParameterSets } from "../../../../src/core/payload/h264/parameter-sets.js";
import { writePps, writeSps } from "./bit-writer.js";

/** The NAL units of an Annex B stream without slices. */
function unitsOf(annexB: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  visitLeadingNalUnits(annexB, (nal) => units.push(nal.slice()));
  return units;
}

test("sets are complete with one SPS and one PPS, and come back as Annex B, SPS first", () => {
  const sets = new ParameterSets();
  expect(sets.remember(writePps())).toBe(true);
  expect(sets.isComplete).toBe(false);
  expect(sets.remember(writeSps())).toBe(true);
  expect(sets.isComplete).toBe(true);
  expect(unitsOf(sets.annexB)).toEqual([writeSps(), writePps()]);
});

test("what is known is not news; another set of the same id takes its place, another id is added", () => {
  const sets = new ParameterSets();
  sets.remember(writeSps());
  sets.remember(writePps(0, 1));
  expect(sets.remember(writeSps())).toBe(false);
  expect(sets.remember(writeSps({ widthMacroblocks: 40 }))).toBe(true);
  expect(sets.remember(writePps(0, 2))).toBe(true);
  expect(sets.remember(writePps(1, 3))).toBe(true);
  expect(unitsOf(sets.annexB)).toEqual([writeSps({ widthMacroblocks: 40 }), writePps(0, 2), writePps(1, 3)]);
  expect(sets.newestSps).toEqual(writeSps({ widthMacroblocks: 40 }));
});

test("slices, oversized and broken sets are passed over, and the bytes are the caller's again", () => {
  const sets = new ParameterSets();
  for (const nal of [
    Uint8Array.of(0x65, 1, 2),
    new Uint8Array(0),
    Uint8Array.of(0x67),
    new Uint8Array(2000).fill(0x67),
  ]) {
    expect(sets.remember(nal)).toBe(false);
  }
  const bytes = writeSps();
  sets.remember(bytes);
  bytes.fill(0);
  expect(sets.newestSps).toEqual(writeSps());
  sets.clear();
  expect([sets.isComplete, sets.newestSps, sets.annexB.length]).toEqual([false, undefined, 0]);
});
