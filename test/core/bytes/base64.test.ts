import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../../src/core/bytes/base64.js";
import { WireError } from "../../../src/core/error/floe-error.js";

test("the test vectors of RFC 4648 section 10 hold both ways", () => {
  const vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
  for (const [length, text] of vectors.entries()) {
    const bytes = new TextEncoder().encode("foobar".slice(0, length));
    expect(encodeBase64(bytes)).toBe(text);
    expect(decodeBase64(text)).toEqual(bytes);
  }
  expect(encodeBase64(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe("+/+/");
});

test("any bytes come back as they were, and equal the runtime's own base64", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(btoa(String.fromCharCode(...bytes)));
      expect([...decodeBase64(text)]).toEqual([...bytes]);
    }),
  );
});

test("one value has one text: anything else is a WireError", () => {
  for (const text of ["Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zm-_", "Z=g=", "Zm9vé"]) {
    expect(() => decodeBase64(text), text).toThrow(WireError);
  }
});
