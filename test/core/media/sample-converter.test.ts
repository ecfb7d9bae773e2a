import { describe, expect, test } from "vitest";
import { SampleConverter } from "../../../src/core/media/sample-converter.js";
import { fnv1a } from "../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../kernel/memories.js";

const range = expect.objectContaining({ code: "kernel/range" });

describe.each(KERNEL_SIDES)("sample conversion by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const converter = new SampleConverter({ kernels, arena });
  const integers = arena.reserve("integers", 2 * 40);
  const floats = arena.reserve("floats", 4 * 40);
  const integersView = new Int16Array(arena.memory.bytes.buffer, integers.address, 40);
  const floatsView = new Float32Array(arena.memory.bytes.buffer, floats.address, 40);

  test("integers become floats exactly, and come back as they were", () => {
    const samples = [-32_768, -32_767, -1, 0, 1, 16_384, 32_767, ...Array.from({ length: 33 }, (_, i) => i * 900)];
    integersView.set(samples);
    converter.toFloat(integers, floats, 40);
    expect([...floatsView]).toEqual(samples.map((sample) => sample / 32_768));
    integersView.fill(7);
    converter.toInteger(floats, integers, 40);
    expect([...integersView]).toEqual(samples);
  });

  test("floats round to the nearest, halves to even, are held to the range, and not a number is silence", () => {
    const cases: [number, number][] = [
      [0.5 / 32_768, 0],
      [1.5 / 32_768, 2],
      [2.5 / 32_768, 2],
      [-0.5 / 32_768, 0],
      [-1.5 / 32_768, -2],
      [0.7 / 32_768, 1],
      [1, 32_767],
      [-1, -32_768],
      [-1.1, -32_768],
      [7, 32_767],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 32_767],
      [Number.NEGATIVE_INFINITY, -32_768],
    ];
    floatsView.set(cases.map(([float]) => float));
    converter.toInteger(floats, integers, cases.length);
    expect([...integersView.subarray(0, cases.length)]).toEqual(cases.map(([, integer]) => integer));
  });

  test("counts its calls and the bytes it read and wrote", () => {
    const before = { ...kernels.counters["sample-format"] } as { calls: number; bytes: number };
    converter.toFloat(integers, floats, 10);
    expect(kernels.counters["sample-format"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 60 });
  });

  test("refuses counts beyond the regions, odd addresses and overlap, and writes nothing", () => {
    const before = fnv1a(arena.memory.bytes);
    for (const count of [41, -1, 0.5, Number.NaN]) {
      expect(() => converter.toFloat(integers, floats, count)).toThrow(range);
      expect(() => converter.toInteger(floats, integers, count)).toThrow(range);
    }
    const odd = { ...integers, address: integers.address + 1, lengthBytes: 40 };
    expect(() => converter.toFloat(odd, floats, 4)).toThrow(range);
    const outside = { ...floats, address: arena.memory.sizeBytes - 4 };
    expect(() => converter.toFloat(integers, outside, 4)).toThrow(range);
    expect(() => converter.toFloat(floats, floats, 4)).toThrow(expect.objectContaining({ code: "kernel/overlap" }));
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });
});
