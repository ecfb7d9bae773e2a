import { describe, expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { MEMORY_KINDS } from "./memories.js";

for (const { name, shared } of MEMORY_KINDS) {
  describe(`an arena on ${name} memory`, () => {
    test("has a fixed size of whole pages, and says whether it is shared", () => {
      const arena = Arena.create({ sizeBytes: 100_000, shared });
      expect(arena.memory.sizeBytes).toBe(131_072);
      expect(arena.memory.bytes.length).toBe(131_072);
      expect(arena.memory.isShared).toBe(shared);
    });

    test("deals out regions behind page 0, aligned, in order, and keeps a map of them", () => {
      const arena = Arena.create({ sizeBytes: 200_000, shared });
      const odd = arena.reserve("odd", 7);
      const next = arena.reserve("next", 100, 64);
      expect(odd).toEqual({ name: "odd", address: 65_536, lengthBytes: 7 });
      expect(next.address % 64).toBe(0);
      expect(next.address).toBeGreaterThanOrEqual(odd.address + odd.lengthBytes);
      expect(arena.map.map((region) => region.name)).toEqual(["canary", "odd", "next"]);
      expect(arena.freeBytes).toBe(arena.memory.sizeBytes - next.address - 100);
    });

    test("sees a write to page 0", () => {
      const arena = Arena.create({ sizeBytes: 100_000, shared });
      expect(arena.isCanaryIntact()).toBe(true);
      const { bytes } = arena.memory;
      bytes[0] = (bytes[0] as number) ^ 1;
      expect(arena.isCanaryIntact()).toBe(false);
      bytes[0] = (bytes[0] as number) ^ 1;
      bytes[65_535] = (bytes[65_535] as number) ^ 0x80;
      expect(arena.isCanaryIntact()).toBe(false);
    });

    test("a region's bytes are a view of the memory", () => {
      const arena = Arena.create({ sizeBytes: 100_000, shared });
      const region = arena.reserve("four", 4);
      arena.bytesOf(region).set([1, 2, 3, 4]);
      expect(arena.memory.view.getUint32(region.address)).toBe(0x01020304);
    });
  });
}

test("an arena refuses what does not fit, and says what is free", () => {
  const arena = Arena.create({ sizeBytes: 65_536 + 100 });
  const all = arena.freeBytes;
  expect(() => arena.reserve("too much", all + 1)).toThrow(expect.objectContaining({ code: "kernel/arena-full" }));
  expect(() => arena.reserve("negative", -1)).toThrow(expect.objectContaining({ code: "kernel/arena-full" }));
  expect(arena.reserve("all", all).lengthBytes).toBe(all);
  expect(arena.freeBytes).toBe(0);
  expect(() => arena.reserve("one more", 1)).toThrow(expect.objectContaining({ code: "kernel/arena-full" }));
});

test("a region begins at a multiple of a power of two: nothing else is an alignment", () => {
  const arena = Arena.create({ sizeBytes: 128 * 1024 });
  arena.reserve("first", 100);
  const free = arena.freeBytes;
  for (const align of [0, -256, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => arena.reserve("odd", 16, align)).toThrow(expect.objectContaining({ code: "kernel/alignment" }));
  }
  expect([arena.freeBytes, arena.map.length]).toEqual([free, 2]);
  expect(arena.reserve("page", 16, 4096).address % 4096).toBe(0);
});

test("an arena of no size, or of more than 4 GiB, is refused", () => {
  for (const sizeBytes of [0, -1, Number.NaN, 2 ** 32 + 1]) {
    expect(() => Arena.create({ sizeBytes })).toThrow(expect.objectContaining({ code: "kernel/arena-size" }));
  }
});
