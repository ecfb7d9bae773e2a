import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readStampLuma, readStampRgba } from "../../../src/core/media/read-stamp.js";
import {
  STAMP_BLOCKS,
  stampAgeMs,
  stampBits,
  stampBlockLeft,
  stampFramesBetween,
  stampFromBits,
  stampHeight,
  writeStamp,
} from "../../../src/core/media/stamp.js";
import { SeededRandom } from "../../sim/seeded-random.js";

const stamps = fc.record({
  captureMs: fc.integer({ min: 0, max: 0xffffffff }),
  frameNumber: fc.integer({ min: 0, max: 0xffff }),
});
const widths = fc.constantFrom(160, 320, 426, 640, 854, 1280, 1920, 3840);

function picture(width: number, stride = width) {
  const height = stampHeight(width);
  return { luma: new Uint8Array(stride * height).fill(90), surface: { width, height, strideBytes: stride } };
}

function toRgba(luma: Uint8Array, width: number, rows: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * rows * 4);
  for (let i = 0; i < width * rows; i++) {
    // Limited to full range, as a browser's canvas shows it.
    pixels.fill(((luma[i] - 16) * 255) / 219, i * 4, i * 4 + 3);
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}

describe("the layout", () => {
  test("blocks are 16 pixels square at 1280, white first, black second, white last", () => {
    const { luma, surface } = picture(1280);
    writeStamp(luma, surface, { captureMs: 0, frameNumber: 0 });
    const level = (block: number, row: number) => luma[row * 1280 + block * 16 + 8];
    expect([stampHeight(1280), stampBlockLeft(1, 1280)]).toEqual([16, 16]);
    expect([level(0, 0), level(1, 0), level(51, 0), level(0, 15), level(51, 15)]).toEqual([235, 16, 235, 235, 235]);
    expect(luma[STAMP_BLOCKS * 16]).toBe(90);
  });

  test("the time is big-endian in blocks 2-33, the number in 34-49, even parity over both in 50", () => {
    const bits = new Uint8Array(STAMP_BLOCKS);
    stampBits({ captureMs: 0x80000001, frameNumber: 0x8000 }, bits);
    expect([...bits.keys()].filter((block) => bits[block] === 1)).toEqual([0, 2, 33, 34, 50, 51]);
  });

  test("numbers above 32 and 16 bits wrap", () => {
    const { luma, surface } = picture(1280);
    writeStamp(luma, surface, { captureMs: 1_800_000_000_123, frameNumber: 65_536 + 7 });
    expect(readStampLuma(luma, surface)).toEqual({ captureMs: 1_800_000_000_123 % 2 ** 32, frameNumber: 7 });
  });

  test("a picture too small to carry a stamp is left alone, and none is found in it", () => {
    const { luma, surface } = picture(96);
    expect(writeStamp(luma, surface, { captureMs: 1, frameNumber: 1 })).toBe(false);
    expect(luma.every((value) => value === 90)).toBe(true);
    expect(readStampLuma(luma, surface)).toBeUndefined();
  });
});

describe("reading", () => {
  test("what was written is read, from luma and from RGBA, at any width and stride", () => {
    fc.assert(
      fc.property(stamps, widths, fc.integer({ min: 0, max: 64 }), (stamp, width, padding) => {
        const { luma, surface } = picture(width, width + padding);
        expect(writeStamp(luma, surface, stamp)).toBe(true);
        expect(readStampLuma(luma, surface)).toEqual(stamp);
        if (padding === 0) {
          const pixels = toRgba(luma, width, surface.height);
          expect(readStampRgba(pixels, { ...surface, strideBytes: width * 4 })).toEqual(stamp);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("it survives noise of 40 steps on every pixel and an offset of 40 on every block", () => {
    fc.assert(
      fc.property(stamps, widths, fc.integer(), (stamp, width, seed) => {
        const random = new SeededRandom(seed);
        const { luma, surface } = picture(width);
        writeStamp(luma, surface, stamp);
        const offsets = Array.from({ length: 81 }, () => random.integer(81) - 40);
        const perPixel = luma.map((value) => clamp(value + random.integer(81) - 40));
        const perBlock = luma.map((value, i) => clamp(value + offsets[Math.floor(((i % width) * 80) / width)]));
        expect(readStampLuma(perPixel, surface)).toEqual(stamp);
        expect(readStampLuma(perBlock, surface)).toEqual(stamp);
      }),
      { numRuns: 60 },
    );
  });

  test("one flipped block is noticed by the parity", () => {
    fc.assert(
      fc.property(stamps, fc.integer({ min: 2, max: 50 }), (stamp, block) => {
        const bits = new Uint8Array(STAMP_BLOCKS);
        stampBits(stamp, bits);
        bits[block] ^= 1;
        expect(stampFromBits(bits)).toBeUndefined();
      }),
    );
  });

  test("grey, dark and random pictures hold no stamp", () => {
    const { luma, surface } = picture(1280);
    expect(readStampLuma(luma, surface)).toBeUndefined();
    expect(readStampLuma(luma.fill(16), surface)).toBeUndefined();
    const random = new SeededRandom(7);
    expect(readStampLuma(random.bytes(luma.length), surface)).toBeUndefined();
  });
});

describe("arithmetic", () => {
  test("the age is right across the wrap of 2^32 milliseconds", () => {
    const now = 5 * 2 ** 32 + 20;
    expect(stampAgeMs({ captureMs: 2 ** 32 - 30, frameNumber: 0 }, now)).toBe(50);
    expect(stampAgeMs({ captureMs: 25, frameNumber: 0 }, now)).toBe(-5);
    expect(stampAgeMs({ captureMs: 2 ** 32 - 30, frameNumber: 0 }, now + 0.75)).toBe(50.75);
  });

  test("frames are counted across the wrap of 65536", () => {
    const at = (frameNumber: number) => ({ captureMs: 0, frameNumber });
    expect(stampFramesBetween(at(65_534), at(3))).toBe(5);
    expect(stampFramesBetween(at(3), at(65_534))).toBe(-5);
  });
});

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}
