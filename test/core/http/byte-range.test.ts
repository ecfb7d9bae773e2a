import fc from "fast-check";
import { expect, test } from "vitest";
import { parseByteRange } from "../../../src/core/http/byte-range.js";

test.each([
  ["bytes=0-0", 0, 0],
  ["bytes=0-499", 0, 499],
  ["bytes=500-", 500, 999],
  ["bytes=999-", 999, 999],
  ["bytes=990-5000", 990, 999],
  ["bytes=-1", 999, 999],
  ["bytes=-5000", 0, 999],
  ["BYTES = 1 - 2", 1, 2],
])("%s of 1000 bytes is %i to %i (RFC 9110 14.1.2)", (header, first, last) => {
  expect(parseByteRange(header, 1000)).toEqual({ kind: "part", first, last });
});

test.each([
  "bytes=1000-",
  "bytes=5000-6000",
  "bytes=-0",
  "bytes=999999999999999-",
])("%s of 1000 bytes cannot be satisfied (15.5.17)", (header) => {
  expect(parseByteRange(header, 1000)).toEqual({ kind: "unsatisfiable" });
});

test.each([
  undefined,
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=2-1",
  "bytes=0-1,5-6",
  "bytes=0x1-2",
  "bytes=1.5-2",
  "bytes=+1-2",
  "items=0-1",
  "bytes=9999999999999999-",
])("%s asks for no single part, so everything is sent (14.2)", (header) => {
  expect(parseByteRange(header, 1000)).toEqual({ kind: "whole" });
});

test("of nothing no part can be sent", () => {
  expect(parseByteRange("bytes=0-", 0)).toEqual({ kind: "unsatisfiable" });
  expect(parseByteRange("bytes=-1", 0)).toEqual({ kind: "unsatisfiable" });
  expect(parseByteRange(undefined, 0)).toEqual({ kind: "whole" });
});

test("whatever is asked, a part lies within the body", () => {
  const number = fc.option(fc.nat(), { nil: "" });
  fc.assert(
    fc.property(number, number, fc.nat(), (from, to, size) => {
      const range = parseByteRange(`bytes=${from}-${to}`, size);
      if (range.kind === "part") {
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      }
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.nat(), (header, size) => {
      expect(["whole", "part", "unsatisfiable"]).toContain(parseByteRange(header, size).kind);
    }),
  );
});
