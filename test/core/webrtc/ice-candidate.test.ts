// Candidates from a peer's message: cleaned, bounded, never a throw.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIceCandidate } from "../../../src/core/webrtc/ice-candidate.js";

const LINE = "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host";

describe("a trickled candidate", () => {
  test("is taken with mid and index", () => {
    const value = { candidate: LINE, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "x" };
    expect(parseIceCandidate(value)).toEqual({ candidate: LINE, sdpMid: "0", sdpMLineIndex: 0 });
  });

  test("may come with a= and blanks around it, and without a place", () => {
    expect(parseIceCandidate({ candidate: ` a=${LINE}\r\n` })).toEqual({ candidate: LINE });
  });

  test("may be the end of candidates", () => {
    expect(parseIceCandidate({ candidate: "" })).toEqual({ candidate: "" });
  });

  test.each([
    null,
    "candidate:1",
    {},
    { candidate: 1 },
    { candidate: "host" },
    { candidate: `${LINE}\na=setup:active` },
    { candidate: `candidate:${"x".repeat(1100)}` },
  ])("%j is none", (value) => {
    expect(parseIceCandidate(value)).toBeUndefined();
  });

  test.each([
    { sdpMid: 1 },
    { sdpMid: "x".repeat(65) },
    { sdpMLineIndex: -1 },
    { sdpMLineIndex: 1.5 },
    { sdpMLineIndex: null },
  ])("a place like %j is left out", (place) => {
    expect(parseIceCandidate({ candidate: LINE, ...place })).toEqual({ candidate: LINE });
  });

  test("anything at all does not throw", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (value, candidate) => {
        parseIceCandidate(value);
        parseIceCandidate({ candidate, sdpMid: value, sdpMLineIndex: candidate });
      }),
    );
  });
});
