import { describe, expect, test } from "vitest";
import type { Plane } from "../../../src/core/media/plane.js";
import { BlockDifference } from "../../../src/core/vision/block-difference.js";
import { fnv1a } from "../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../kernel/memories.js";

describe.each(KERNEL_SIDES)("block difference by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const difference = new BlockDifference({ kernels, arena, maxWidth: 64, maxHeight: 48 });
  const regions = ["current", "previous"].map((name) => arena.reserve(name, 80 * 48));
  const [current, previous] = regions.map((region) => ({ region, width: 40, height: 20, strideBytes: 80 })) as [
    Plane,
    Plane,
  ];

  function fill(plane: Plane, value: number): void {
    arena.bytesOf(plane.region).fill(value);
  }

  function set(plane: Plane, x: number, y: number, value: number): void {
    arena.bytesOf(plane.region)[y * plane.strideBytes + x] = value;
  }

  function entries(): number[][] {
    return Array.from({ length: difference.blockCount }, (_, i) => [...difference.table.subarray(4 * i, 4 * i + 4)]);
  }

  test("tells blocks row by row, the narrow and low ones at the edges with their own pixel counts", () => {
    fill(current, 50);
    fill(previous, 50);
    difference.compare(current, previous, 0);
    expect([difference.columns, difference.rows]).toEqual([3, 2]);
    const pixels = [256, 256, 128, 64, 64, 32];
    expect(entries()).toEqual(pixels.map((count) => [0, 0, 0, count]));
  });

  test("counts pixels that differ by more than the threshold, in either direction", () => {
    fill(current, 50);
    fill(previous, 50);
    set(current, 0, 1, 60);
    set(current, 15, 15, 61);
    set(current, 16, 0, 39);
    set(current, 39, 19, 255);
    difference.compare(current, previous, 10);
    expect(entries().map(([changed]) => changed)).toEqual([1, 1, 0, 0, 0, 1]);
    expect(difference.changedPixels(5)).toBe(1);
    difference.compare(current, previous, 9);
    expect(difference.changedPixels(0)).toBe(2);
  });

  test("tells a change of light by every fourth row: the mean moved everywhere", () => {
    fill(current, 70);
    fill(previous, 50);
    difference.compare(current, previous, 30);
    expect(entries()).toEqual([256, 256, 128, 64, 64, 32].map((count) => [0, (count / 4) * 20, 0, count]));
    difference.compare(previous, current, 30);
    expect(entries()[0]).toEqual([0, 0, 1280, 256]);
    fill(current, 255);
    fill(previous, 0);
    difference.compare(current, previous, 254);
    expect(entries()[0]).toEqual([256, 64 * 255, 0, 256]);
  });

  test("a pixel that changed with the threshold at 255 does not exist", () => {
    difference.compare(current, previous, 255);
    expect(entries().every(([changed]) => changed === 0)).toBe(true);
  });

  test("counts its calls and the bytes it looked at", () => {
    const before = { ...kernels.counters["block-difference"] } as { calls: number; bytes: number };
    difference.compare(current, previous, 10);
    expect(kernels.counters["block-difference"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 1600 });
  });

  test("refuses planes that do not lie in their regions, and the table is untouched", () => {
    const before = fnv1a(arena.memory.bytes);
    const plane = expect.objectContaining({ code: "media/plane" });
    const { region } = current;
    const broken: Partial<Plane>[] = [
      ...[{ width: 0 }, { width: -16 }, { width: 40.5 }, { width: 81 }],
      ...[{ height: 0 }, { height: -1 }, { height: 49 }, { height: Number.NaN }],
      ...[{ strideBytes: 39 }, { strideBytes: -80 }, { strideBytes: 1e9 }],
      { region: { ...region, lengthBytes: 19 * 80 + 39 } },
      { region: { ...region, address: -16 } },
      { region: { ...region, address: arena.memory.sizeBytes - 80 } },
    ];
    for (const fault of broken) {
      expect(() => difference.compare({ ...current, ...fault }, previous, 10)).toThrow(plane);
      expect(() => difference.compare(current, { ...previous, ...fault }, 10)).toThrow(plane);
    }
    expect(() => difference.compare(current, { ...previous, width: 32 }, 10)).toThrow(plane);
    for (const threshold of [-1, 256, 1.5, Number.NaN]) {
      expect(() => difference.compare(current, previous, threshold)).toThrow(
        expect.objectContaining({ code: "vision/threshold" }),
      );
    }
    const large = { ...current, width: 80, height: 48 };
    expect(() => difference.compare(large, large, 10)).toThrow(expect.objectContaining({ code: "vision/too-large" }));
    const wide = { ...current, width: 80, height: 1 };
    expect(() => difference.compare(wide, wide, 10)).toThrow(expect.objectContaining({ code: "vision/too-large" }));
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });
});
