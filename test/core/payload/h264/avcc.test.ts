import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { WireError } from "../../../../src/core/error/floe-error.js";
import { isAvcC, parseAvcC, rewriteLengths } from "../../../../src/core/payload/h264/avcc.js";
import { visitLeadingNalUnits } from "../../../../src/core/payload/h264/leading-nal-units.js";

describe("the avcC record (ISO/IEC 14496-15 5.3.3)", () => {
  test("tells the size of the lengths and the parameter sets", () => {
    const record = decodeHex("014d001fffe100036701020100026805");
    expect(isAvcC(record)).toBe(true);
    const { lengthBytes, parameterSets } = parseAvcC(record);
    expect([lengthBytes, ...parameterSets.map(encodeHex)]).toEqual([4, "670102", "6805"]);
  });

  test("Annex B and nothing are no avcC", () => {
    expect(isAvcC(decodeHex("000000016742c01f"))).toBe(false);
    expect(isAvcC(new Uint8Array(0))).toBe(false);
  });

  test("random bytes give a record or a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseAvcC(Uint8Array.from([1, ...bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe("lengths in front of NAL units", () => {
  test("become start codes in place, and each unit is shown", () => {
    const unit = decodeHex("00000002090f" + "0000000365aabb");
    const seen: string[] = [];
    expect(rewriteLengths(unit, (from, to) => seen.push(encodeHex(unit.subarray(from, to))))).toBe(true);
    expect(encodeHex(unit)).toBe("00000001090f0000000165aabb");
    expect(seen).toEqual(["090f", "65aabb"]);
  });

  test("that do not add up are told", () => {
    for (const hex of ["0000000565aabb", "ffffffff65", "0000000165000000", "000001"]) {
      expect(rewriteLengths(decodeHex(hex), () => {})).toBe(false);
    }
  });

  test("any NAL units survive the round trip; any bytes are taken without an error", () => {
    const nal = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(nal, { maxLength: 6 }), (nals) => {
        const unit = Uint8Array.from(nals.flatMap((bytes) => [0, 0, 0, bytes.length, ...bytes]));
        const seen: Uint8Array[] = [];
        expect(rewriteLengths(unit, (from, to) => seen.push(unit.slice(from, to)))).toBe(true);
        expect(seen).toEqual(nals);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(typeof rewriteLengths(bytes, () => {})).toBe("boolean");
      }),
    );
  });
});

describe("the NAL units in front of the first slice", () => {
  test.each([
    ["0000000109f00000000167aa000001680b00000165880000016501", ["09f0", "67aa", "680b"], 5],
    ["00000141aabb", [], 1],
    ["0000000167aa0000000168bb", ["67aa", "68bb"], undefined],
    ["0000016706000000", ["6706"], undefined],
    ["0000016706000001", ["6706"], undefined],
    ["00000100000167aa00000100000165", ["67aa"], 5],
    ["aabbcc", [], undefined],
    ["", [], undefined],
  ])("of %s are %j, and the slice is of type %s", (hex, expected, slice) => {
    const seen: string[] = [];
    expect(visitLeadingNalUnits(decodeHex(hex), (nal) => seen.push(encodeHex(nal)))).toBe(slice);
    expect(seen).toEqual(expected);
  });

  test("any bytes are taken without an error", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 3, 0x65, 0x67), { maxLength: 40 }), (bytes) => {
        visitLeadingNalUnits(Uint8Array.from(bytes), (nal) => expect(nal.length).toBeGreaterThan(0));
      }),
      { numRuns: 1000 },
    );
  });
});
