import { expect, test } from "vitest";
import { opusDurationUs } from "../../../../src/core/payload/opus/opus-duration.js";

test.each([
  ["SILK 10 ms", [0 << 3], 10_000],
  ["SILK 60 ms", [3 << 3], 60_000],
  ["hybrid 20 ms", [13 << 3], 20_000],
  ["hybrid 10 ms", [14 << 3], 10_000],
  ["CELT 2.5 ms", [16 << 3], 2500],
  ["CELT 20 ms stereo", [(31 << 3) | 4], 20_000],
  ["two frames of CELT 20 ms", [(31 << 3) | 1], 40_000],
  ["two frames of other sizes", [(31 << 3) | 2], 40_000],
  ["three frames by count", [(31 << 3) | 3, 3], 60_000],
  ["a count that is missing", [(31 << 3) | 3], 0],
  ["more than 120 ms", [(31 << 3) | 3, 7], 0],
  ["nothing", [], 0],
])("%s (RFC 6716 3.1)", (_what, bytes, expected) => {
  expect(opusDurationUs(Uint8Array.from(bytes))).toBe(expected);
});
