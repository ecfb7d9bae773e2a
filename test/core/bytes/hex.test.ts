import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../src/core/bytes/hex.js";
import { WireError } from "../../../src/core/error/floe-error.js";

test("bytes become two lower-case digits each, and come back from either case", () => {
  expect(encodeHex(Uint8Array.of(0, 10, 255))).toBe("000aff");
  expect(decodeHex("000AfF")).toEqual(Uint8Array.of(0, 10, 255));
  expect(decodeHex("")).toEqual(new Uint8Array());
});

test("any bytes come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...decodeHex(encodeHex(bytes))]).toEqual([...bytes]);
    }),
  );
});

test("text that is not whole bytes of hexadecimal is a WireError", () => {
  for (const text of ["0", "0g", " 00", "0x00", "00 ", "é0", "-1"]) {
    expect(() => decodeHex(text)).toThrow(WireError);
  }
});
