import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex } from "../../../../src/core/bytes/hex.js";
import { WireError } from "../../../../src/core/error/floe-error.js";
import { parseSps, profileName } from "../../../../src/core/payload/h264/sps.js";
import { writeSps } from "./bit-writer.js";

describe("the SPS parser (ITU-T H.264 7.3.2.1.1)", () => {
  test("reads profile, level and size of a plain one", () => {
    expect(parseSps(writeSps({ id: 5, profileIdc: 66, constraintFlags: 0xc0, levelIdc: 30 }))).toEqual({
      id: 5,
      profileIdc: 66,
      constraintFlags: 0xc0,
      levelIdc: 30,
      chromaFormatIdc: 1,
      bitDepth: 8,
      isProgressive: true,
      width: 1280,
      height: 720,
      pixelAspect: 1,
      maxReorderFrames: 0,
      maxDecodedFrames: undefined,
    });
  });

  test("takes cropping off: 1920x1080 is coded as 1920x1088", () => {
    const sps = parseSps(writeSps({ widthMacroblocks: 120, heightMacroblocks: 68, crop: [0, 0, 0, 4] }));
    expect([sps.width, sps.height]).toEqual([1920, 1080]);
  });

  test("crops in chroma samples: single pixels in 4:4:4, pairs of line pairs in interlaced 4:2:0", () => {
    const odd = parseSps(writeSps({ profileIdc: 244, chromaFormatIdc: 3, crop: [1, 2, 3, 4] }));
    expect([odd.width, odd.height]).toEqual([1277, 713]);
    const fields = parseSps(writeSps({ heightMacroblocks: 68, isProgressive: false, crop: [0, 0, 0, 2] }));
    expect([fields.height, fields.isProgressive]).toEqual([1080, false]);
  });

  test("reads chroma format and bit depth of the high profiles, past scaling lists", () => {
    const sps = parseSps(writeSps({ profileIdc: 122, chromaFormatIdc: 2, bitDepth: 10, hasScalingLists: true }));
    expect(sps).toMatchObject({ chromaFormatIdc: 2, bitDepth: 10, width: 1280, height: 720 });
  });

  test.each([0, 1, 2] as const)("reads past picture order of type %i", (orderCountType) => {
    expect(parseSps(writeSps({ orderCountType }))).toMatchObject({ width: 1280, height: 720 });
  });

  test("reads the reorder depth from the VUI, behind everything that may stand before it", () => {
    const sps = parseSps(writeSps({ vui: { aspect: [40, 33], hrd: true, reorder: 2 } }));
    expect(sps).toMatchObject({ maxReorderFrames: 2, maxDecodedFrames: 4, pixelAspect: 40 / 33 });
    expect(parseSps(writeSps({ vui: { reorder: 0 } })).maxReorderFrames).toBe(0);
  });

  test("knows that some streams cannot have B-frames, and admits when it cannot know (8.2.1, A.2)", () => {
    expect(parseSps(writeSps({ orderCountType: 2 })).maxReorderFrames).toBe(0);
    expect(parseSps(writeSps({ profileIdc: 100, constraintFlags: 0x10 })).maxReorderFrames).toBe(0);
    expect(parseSps(writeSps({})).maxReorderFrames).toBeUndefined();
    expect(parseSps(writeSps({ vui: {} })).maxReorderFrames).toBeUndefined();
  });

  test.each([
    [1, 1],
    [14, 4 / 3],
    [16, 2],
    [99, 1],
    [[0, 7], 1],
  ] as const)("aspect %j is a pixel %f wide", (aspect, expected) => {
    expect(parseSps(writeSps({ vui: { aspect } })).pixelAspect).toBe(expected);
  });

  test("reads what x264 and a camera really wrote", () => {
    // x264, 1280x720, Main, two B-frames; and a camera's High profile at 1080p with its VUI.
    expect(parseSps(decodeHex("674d401fe8802802dd80b501010140000003004000000f03c60c6580"))).toMatchObject({
      profileIdc: 77,
      width: 1280,
      height: 720,
    });
    expect(parseSps(decodeHex("67640028acd940780227e5c044000003000400000300f03c60c658"))).toMatchObject({
      profileIdc: 100,
      width: 1920,
      height: 1080,
      maxReorderFrames: 2,
    });
  });

  test.each([
    [{ profileIdc: 66, constraintFlags: 0 }, "Baseline"],
    [{ profileIdc: 66, constraintFlags: 0xc0 }, "Constrained Baseline"],
    [{ profileIdc: 77, constraintFlags: 0x40 }, "Main"],
    [{ profileIdc: 88, constraintFlags: 0 }, "Extended"],
    [{ profileIdc: 100, constraintFlags: 0 }, "High"],
    [{ profileIdc: 110, constraintFlags: 0 }, "High 10"],
    [{ profileIdc: 122, constraintFlags: 0 }, "High 4:2:2"],
    [{ profileIdc: 244, constraintFlags: 0 }, "High 4:4:4"],
    [{ profileIdc: 1, constraintFlags: 0 }, undefined],
  ])("%j is called %s", (sps, name) => {
    expect(profileName(sps)).toBe(name);
  });

  test.each([
    ["no bytes", new Uint8Array(0), "h264/not-sps"],
    ["a PPS", Uint8Array.of(0x68, 0xce), "h264/not-sps"],
    ["an id above 31", writeSps({ id: 32 }), "h264/range"],
    ["a picture cropped away", writeSps({ crop: [640, 0, 0, 0] }), "h264/range"],
    ["a picture wider than any level", writeSps({ widthMacroblocks: 2000 }), "h264/range"],
    ["zeros for ever", Uint8Array.from([0x67, 77, 0, 31, ...new Uint8Array(40)]), "h264/range"],
    ["five kilobytes", Uint8Array.from([0x67, ...new Uint8Array(5000)]), "h264/long"],
  ])("%s is refused", (_what, nal, code) => {
    expect(() => parseSps(nal)).toThrowError(expect.objectContaining({ code, name: "WireError" }));
  });

  test("every cut is a WireError", () => {
    const whole = writeSps({ profileIdc: 100, hasScalingLists: true, vui: { aspect: 1, hrd: true, reorder: 1 } });
    for (let length = 0; length < whole.length - 1; length++) {
      expect(() => parseSps(whole.subarray(0, length))).toThrowError(WireError);
    }
  });

  test("random bytes give an SPS or a WireError, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isHigh) => {
        const nal = Uint8Array.from([0x67, isHigh ? 100 : 77, ...bytes]);
        try {
          const { width, height } = parseSps(nal);
          expect(width > 0 && height > 0 && width <= 16_880 && height <= 33_760).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
