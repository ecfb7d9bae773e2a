import { describe, expect, test } from "vitest";
import type { Region } from "../../../src/core/kernel/arena.js";
import { PictureConverter } from "../../../src/core/media/picture-converter.js";
import type { Plane } from "../../../src/core/media/plane.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { fnv1a } from "../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../kernel/memories.js";

const plane = expect.objectContaining({ code: "media/plane" });

describe.each(KERNEL_SIDES)("picture conversion by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const converter = new PictureConverter({ kernels, arena });
  const regions = Array.from({ length: 6 }, (_, i) => arena.reserve(`plane ${i}`, 4096));

  function planeOf(i: number, width: number, height: number, strideBytes = width): Plane {
    return { region: regions[i] as Region, width, height, strideBytes };
  }

  function rows({ region, width, height, strideBytes }: Plane): number[][] {
    const bytes = arena.bytesOf(region);
    return Array.from({ length: height }, (_, y) => [...bytes.subarray(y * strideBytes, y * strideBytes + width)]);
  }

  function write(i: number, values: readonly number[]): void {
    arena.bytesOf(regions[i] as Region).set(values);
  }

  test("halves by the mean of two by two, halves up", () => {
    write(0, [0, 1, 10, 20, 2, 3, 30, 41]);
    const to = planeOf(1, 2, 1);
    converter.halve(planeOf(0, 4, 2), to);
    expect(rows(to)).toEqual([[2, 25]]);
    write(0, [255, 255, 255, 255]);
    converter.halve(planeOf(0, 2, 2), planeOf(1, 1, 1));
    expect(rows(planeOf(1, 1, 1))).toEqual([[255]]);
  });

  test("an odd last column and row stand for both of their own, or are left out", () => {
    write(0, [1, 3, 9, 5, 7, 11, 100, 102, 200]);
    converter.halve(planeOf(0, 3, 3), planeOf(1, 2, 2));
    expect(rows(planeOf(1, 2, 2))).toEqual([
      [4, 10],
      [101, 200],
    ]);
    converter.halve(planeOf(0, 3, 3), planeOf(1, 1, 1));
    expect(rows(planeOf(1, 1, 1))).toEqual([[4]]);
  });

  test("NV12 to I420 and back gives the same picture, for odd sizes and any stride", () => {
    const random = new SeededRandom(91);
    for (const [width, height] of [
      [2, 2],
      [35, 17],
      [33, 1],
      [1, 5],
      [40, 20],
    ] as const) {
      const [half, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
      const nv12 = {
        luma: planeOf(0, width, height, width + 3),
        chroma: planeOf(1, 2 * half, halfHeight, 2 * half + 1),
      };
      const planar = { u: planeOf(3, half, halfHeight, half + 2), v: planeOf(4, half, halfHeight) };
      const i420 = { luma: planeOf(2, width, height), ...planar };
      write(0, [...random.bytes(4096)]);
      write(1, [...random.bytes(4096)]);
      converter.nv12ToI420(nv12, i420);
      expect(rows(i420.luma)).toEqual(rows(nv12.luma));
      expect(rows(i420.u)).toEqual(rows(nv12.chroma).map((row) => row.filter((_, x) => x % 2 === 0)));
      expect(rows(i420.v)).toEqual(rows(nv12.chroma).map((row) => row.filter((_, x) => x % 2 === 1)));
      const [luma, chroma] = [rows(nv12.luma), rows(nv12.chroma)];
      write(0, [...new Uint8Array(4096)]);
      write(1, [...new Uint8Array(4096)]);
      converter.i420ToNv12(i420, nv12);
      expect([rows(nv12.luma), rows(nv12.chroma)]).toEqual([luma, chroma]);
    }
  });

  test("counts its calls and the bytes it read", () => {
    const before = { ...kernels.counters["picture-format"] } as { calls: number; bytes: number };
    converter.halve(planeOf(0, 4, 4), planeOf(1, 2, 2));
    expect(kernels.counters["picture-format"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 16 });
  });

  test("refuses planes that do not fit together, lie outside of their regions or overlap, and writes nothing", () => {
    const before = fnv1a(arena.memory.bytes);
    const from = planeOf(0, 8, 8);
    const small = planeOf(1, 4, 4);
    for (const fault of [{ width: 3 }, { width: 5 }, { height: 3 }, { height: 0 }, { width: -4 }, { strideBytes: 3 }]) {
      expect(() => converter.halve(from, { ...small, ...fault })).toThrow(plane);
    }
    const tiny: Region = { name: "tiny", address: small.region.address, lengthBytes: 15 };
    expect(() => converter.halve(from, { ...small, region: tiny })).toThrow(plane);
    const overlap = expect.objectContaining({ code: "kernel/overlap" });
    expect(() => converter.halve(from, { ...small, region: from.region })).toThrow(overlap);
    const nv12 = { luma: from, chroma: planeOf(1, 8, 4) };
    const i420 = { luma: planeOf(2, 8, 8), u: planeOf(3, 4, 4), v: planeOf(4, 4, 4) };
    for (const fault of [
      { luma: planeOf(2, 7, 8) },
      { luma: planeOf(2, 8, 7) },
      { u: planeOf(3, 5, 4) },
      { v: planeOf(4, 4, 3) },
    ]) {
      expect(() => converter.nv12ToI420(nv12, { ...i420, ...fault })).toThrow(plane);
      expect(() => converter.i420ToNv12({ ...i420, ...fault }, nv12)).toThrow(plane);
    }
    expect(() => converter.nv12ToI420({ ...nv12, chroma: planeOf(1, 7, 4) }, i420)).toThrow(plane);
    expect(() => converter.nv12ToI420(nv12, { ...i420, v: i420.u })).toThrow(overlap);
    expect(() => converter.i420ToNv12(i420, { ...nv12, chroma: planeOf(3, 8, 4) })).toThrow(overlap);
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });
});
