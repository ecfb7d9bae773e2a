import fc from "fast-check";
import { expect, test } from "vitest";
import { fitInside } from "../../../src/core/media/fit-inside.js";

const target = { width: 1280, height: 720 };

test.each([
  [{ width: 1920, height: 1080 }, 1, { width: 1280, height: 720 }],
  [{ width: 1440, height: 1080 }, 1, { width: 960, height: 720 }],
  [{ width: 1080, height: 1920 }, 1, { width: 406, height: 720 }],
  [{ width: 640, height: 360 }, 1, { width: 640, height: 360 }],
  [{ width: 641, height: 361 }, 1, { width: 642, height: 362 }],
  [{ width: 720, height: 576 }, 64 / 45, { width: 1024, height: 576 }],
  [{ width: 1280, height: 720 }, 0, { width: 1280, height: 720 }],
])("%o with pixels of %f becomes %o", (source, aspect, expected) => {
  expect(fitInside(source, target, { pixelAspect: aspect })).toEqual(expected);
});

test("the result is even, inside the target, and keeps the aspect within a pixel or two", () => {
  const sizes = fc.record({ width: fc.integer({ min: 2, max: 8000 }), height: fc.integer({ min: 2, max: 8000 }) });
  fc.assert(
    fc.property(sizes, (source) => {
      const { width, height } = fitInside(source, target);
      expect((width % 2) + (height % 2)).toBe(0);
      expect(width).toBeGreaterThanOrEqual(2);
      expect(width).toBeLessThanOrEqual(target.width);
      expect(height).toBeLessThanOrEqual(target.height);
      const scale = Math.min(1, target.width / source.width, target.height / source.height);
      expect(Math.abs(width - source.width * scale)).toBeLessThanOrEqual(2);
      expect(Math.abs(height - source.height * scale)).toBeLessThanOrEqual(2);
    }),
  );
});
