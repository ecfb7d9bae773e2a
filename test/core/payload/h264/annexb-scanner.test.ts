import { describe, expect, test } from "vitest";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../../src/core/kernel/load-kernels.js";
import { AnnexbScanner } from "../../../../src/core/payload/h264/annexb-scanner.js";
import { createBench } from "../../kernel/memories.js";

for (const kind of ["wasm", "twin"] as const) {
  describe(`the Annex B scanner by ${kind} (ITU-T H.264 B.1)`, async () => {
    const { arena, kernels } = await createBench(false, kind);
    const scanner = new AnnexbScanner({ kernels, arena, maxNalUnits: 16 });
    const input = arena.reserve("input", 4096);

    function scan(...bytes: number[]): number[][] {
      arena.bytesOf(input).set(bytes);
      const count = scanner.scan(input, bytes.length);
      return Array.from({ length: count }, (_, i) => [...scanner.nalUnit(i)]);
    }

    test("finds units behind codes of three and four bytes", () => {
      expect(scan(0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2)).toEqual([
        [0x67, 1],
        [0x68, 2],
      ]);
    });

    test("trims the zeros behind a unit and passes over empty units", () => {
      expect(scan(0, 0, 1, 0, 0, 1, 0x65, 7, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x41, 0, 0, 0)).toEqual([[0x65, 7], [0x41]]);
    });

    test("leaves emulation prevention bytes where they are", () => {
      expect(scan(0, 0, 1, 0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3)).toEqual([[0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3]]);
    });

    test("bytes in front of the first code belong to no unit; bytes without any code are none", () => {
      expect(scan(9, 9, 9, 0, 0, 1, 0x41)).toEqual([[0x41]]);
      expect(scan(1, 2, 3, 0, 0)).toEqual([]);
      expect(scan()).toEqual([]);
      expect(scan(0, 0, 1)).toEqual([]);
    });

    test("does not look behind the end: a code that is cut off there is none", () => {
      arena.bytesOf(input).set([0, 0, 1, 0x41, 5, 0, 0, 1, 0x42]);
      expect(scanner.scan(input, 7)).toBe(1);
      expect([...scanner.nalUnit(0)]).toEqual([0x41, 5]);
    });

    test("says where each unit lies in the arena", () => {
      scan(0, 0, 1, 0x41, 5);
      expect([scanner.address(0), scanner.lengthBytes(0)]).toEqual([input.address + 3, 2]);
    });

    test("a flood of start codes is refused, even when its units are empty", () => {
      const code = expect.objectContaining({ code: "h264/too-many-nal-units" });
      expect(() => scan(...new Array(17).fill([0, 0, 1, 0x41]).flat())).toThrow(code);
      expect(() => scan(...new Array(17).fill([0, 0, 1]).flat())).toThrow(code);
      expect(scanner.count).toBe(0);
      expect(scan(...new Array(16).fill([0, 0, 1, 0x41]).flat())).toHaveLength(16);
    });

    test("refuses lengths that the region does not have, and units that were not found", () => {
      for (const length of [-1, 4097, Number.NaN]) {
        expect(() => scanner.scan(input, length)).toThrow(expect.objectContaining({ code: "h264/too-large" }));
      }
      const outside = { name: "outside", address: arena.memory.sizeBytes - 8, lengthBytes: 16 };
      expect(() => scanner.scan(outside, 9)).toThrow(expect.objectContaining({ code: "h264/too-large" }));
      scan(0, 0, 1, 0x41);
      for (const i of [-1, 1, Number.NaN]) {
        expect(() => scanner.nalUnit(i)).toThrow(expect.objectContaining({ code: "h264/no-such-nal-unit" }));
      }
    });

    test("counts its calls and the bytes it looked at", () => {
      const before = { ...kernels.counters["annexb-scan"] } as { calls: number; bytes: number };
      scan(0, 0, 1, 0x41, 5);
      expect(kernels.counters["annexb-scan"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 5 });
    });
  });
}

test("a scanner and its kernels share one arena", async () => {
  const kernels = await loadKernels(Arena.create({ sizeBytes: 128 * 1024 }));
  const arena = Arena.create({ sizeBytes: 128 * 1024 });
  expect(() => new AnnexbScanner({ kernels, arena })).toThrow(
    expect.objectContaining({ code: "kernel/foreign-memory" }),
  );
});
