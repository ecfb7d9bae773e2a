// Directions as an offer and an answer see them (RFC 3264 6.1).
import { describe, expect, test } from "vitest";
import { parseFormatParameters } from "../../../src/core/sdp/format-parameters.js";
import {
  answerDirection,
  intersectDirections,
  isMediaDirection,
  type MediaDirection,
  receives,
  reverseDirection,
  sends,
} from "../../../src/core/sdp/media-direction.js";

const ALL: readonly MediaDirection[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

describe("directions", () => {
  test("what one end sends the other receives", () => {
    for (const direction of ALL) {
      expect(sends(reverseDirection(direction))).toBe(receives(direction));
      expect(reverseDirection(reverseDirection(direction))).toBe(direction);
    }
  });

  test("an answer sends only what the offer receives, and the other way round (RFC 3264 6.1)", () => {
    for (const offered of ALL) {
      for (const wanted of ALL) {
        const answer = answerDirection(offered, wanted);
        expect(sends(answer)).toBe(receives(offered) && sends(wanted));
        expect(receives(answer)).toBe(sends(offered) && receives(wanted));
      }
    }
  });

  test("the intersection is the same from both sides", () => {
    for (const one of ALL) {
      for (const other of ALL) {
        expect(intersectDirections(one, other)).toBe(intersectDirections(other, one));
      }
    }
  });

  test("only the four words are directions", () => {
    expect(ALL.every(isMediaDirection)).toBe(true);
    expect(isMediaDirection("SENDRECV")).toBe(false);
  });
});

describe("format parameters", () => {
  test("read by lower-case name, the first of equal ones, with and without a value", () => {
    expect([...parseFormatParameters(" Profile-Level-Id = 42E01F ;stereo;;x=1;x=2; =y")]).toEqual([
      ["profile-level-id", "42E01F"],
      ["stereo", ""],
      ["x", "1"],
    ]);
  });
});
