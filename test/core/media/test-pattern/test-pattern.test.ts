import { describe, expect, test } from "vitest";
import { readStampLuma } from "../../../../src/core/media/read-stamp.js";
import { allocateSurface, type I420Surface } from "../../../../src/core/media/test-pattern/i420-surface.js";
import { TestPattern } from "../../../../src/core/media/test-pattern/test-pattern.js";

const frame = (index: number, timeUs = index * 33_333) => ({ index, timeUs, wallUs: 1_800_000_000_000_000 + timeUs });

function stampOf(surface: I420Surface) {
  return readStampLuma(surface.planes[0], {
    width: surface.width,
    height: surface.height,
    strideBytes: surface.strides[0],
  });
}

function meanLuma(surface: I420Surface, area: { x: number; y: number; width: number; height: number }): number {
  let sum = 0;
  for (let row = area.y; row < area.y + area.height; row++) {
    for (let column = area.x; column < area.x + area.width; column++) {
      sum += surface.planes[0][row * surface.strides[0] + column];
    }
  }
  return sum / (area.width * area.height);
}

describe("the test picture", () => {
  test("drawing over any earlier frame gives the same picture as drawing on a fresh surface", () => {
    const pattern = new TestPattern({ width: 640, height: 360, label: "TEST" });
    const used = allocateSurface(640, 360);
    const state = pattern.prepare(used);
    for (const index of [0, 1, 29, 30, 31, 45, 60]) {
      pattern.draw(used, state, frame(index));
      const fresh = allocateSurface(640, 360);
      pattern.draw(fresh, pattern.prepare(fresh), frame(index));
      for (const plane of [0, 1, 2] as const) {
        expect(used.planes[plane].every((value, i) => value === fresh.planes[plane][i])).toBe(true);
      }
    }
  });

  test("every frame carries its capture time and number", () => {
    const pattern = new TestPattern({ width: 1280, height: 720, label: "TEST" });
    const surface = allocateSurface(1280, 720);
    const state = pattern.prepare(surface);
    for (const index of [0, 7, 65_535, 65_536]) {
      pattern.draw(surface, state, frame(index, index * 1000));
      expect(stampOf(surface)).toEqual({
        captureMs: (1_800_000_000_000 + index) % 2 ** 32,
        frameNumber: index % 65_536,
      });
    }
  });

  test("the flash is white for a tenth of a second at every whole second of media time", () => {
    const pattern = new TestPattern({ width: 640, height: 360, label: "TEST" });
    const surface = allocateSurface(640, 360);
    const state = pattern.prepare(surface);
    const lit = Array.from({ length: 90 }, (_, index) => {
      pattern.draw(surface, state, frame(index, Math.round((index * 1_000_000) / 30)));
      return meanLuma(surface, pattern.flashArea) > 200 ? index : -1;
    }).filter((index) => index >= 0);
    expect(lit).toEqual([0, 1, 2, 30, 31, 32, 60, 61, 62]);
  });

  test("neighbouring frames differ in their texture and their object", () => {
    const pattern = new TestPattern({ width: 640, height: 360, label: "TEST" });
    const surface = allocateSurface(640, 360);
    const state = pattern.prepare(surface);
    let last = surface.planes[0].slice();
    for (let index = 0; index < 10; index++) {
      pattern.draw(surface, state, frame(index));
      const bottom = surface.planes[0].subarray(640 * 300);
      const before = last.subarray(640 * 300);
      expect(bottom.filter((value, i) => value !== before[i]).length).toBeGreaterThan(bottom.length / 2);
      last = surface.planes[0].slice();
    }
  });

  test.each([
    [16, 16],
    [160, 90],
    [426, 240],
    [720, 1280],
    [1920, 1080],
    [854, 480],
  ])("%d x %d is drawn without leaving the picture", (width, height) => {
    const even = height - (height % 2);
    const pattern = new TestPattern({ width, height: even, label: "TEST" });
    const surface = allocateSurface(width, even);
    const state = pattern.prepare(surface);
    pattern.draw(surface, state, frame(0));
    pattern.draw(surface, state, frame(40));
    expect(width < 160 || stampOf(surface)?.frameNumber === 40).toBe(true);
  });
});
