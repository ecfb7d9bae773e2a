import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeBase64 } from "../../../src/core/bytes/base64.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { type KernelSource, loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { importPlainMemory } from "../../../src/core/kernel/memory-import.js";
import { RTP_STAMP } from "../../../src/core/kernel/rtp-stamp-twin.js";
import { ALL_KERNELS } from "./all-kernels.js";
import { MEMORY_KINDS } from "./memories.js";

const SIZE = 128 * 1024;

function kernelFiles(): Record<string, Uint8Array<ArrayBuffer>> {
  return Object.fromEntries(ALL_KERNELS.map(({ name, embedded }) => [name, decodeBase64(embedded)]));
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

for (const { name, shared } of MEMORY_KINDS) {
  describe(`kernels on ${name} memory`, () => {
    test("are WebAssembly, without a reason", async () => {
      const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE, shared }));
      expect([kernels.kind, kernels.reason]).toEqual(["wasm", ""]);
    });

    test("are compiled once per process, each when a face first binds it", async () => {
      (await loadKernels(Arena.create({ sizeBytes: SIZE, shared }))).bind(RTP_STAMP);
      const compile = vi.spyOn(WebAssembly, "compile");
      const compileNow = vi.spyOn(WebAssembly, "Module");
      const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE, shared }));
      expect(kernels.kind).toBe("wasm");
      expect(kernels.bind(RTP_STAMP)).toBe(kernels.bind(RTP_STAMP));
      expect(compile).not.toHaveBeenCalled();
      expect(compileNow).not.toHaveBeenCalled();
    });

    test("come from bytes, from a URL, or from modules when the caller brings them", async () => {
      const files = kernelFiles();
      const modules: Record<string, object> = {};
      for (const [file, bytes] of Object.entries(files)) {
        modules[file] = await WebAssembly.compile(
          shared ? bytes : (importPlainMemory(bytes) as Uint8Array<ArrayBuffer>),
        );
      }
      const urls: string[] = [];
      const read = async (url: string): Promise<Uint8Array> => {
        urls.push(url);
        return files[url.slice(url.lastIndexOf("/") + 1, -".wasm".length)] as Uint8Array;
      };
      const sources: KernelSource[] = [
        { kind: "bytes", bytes: files },
        { kind: "url", baseUrl: "https://media.example/wasm/", read },
        { kind: "module", modules },
      ];
      for (const source of sources) {
        const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE, shared }), { source });
        expect([source.kind, kernels.kind]).toEqual([source.kind, "wasm"]);
      }
      expect(urls).toEqual(Object.keys(files).map((file) => `https://media.example/wasm/${file}.wasm`));
    });
  });
}

test("twins that were asked for say so", async () => {
  const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE }), { forceTwins: true });
  expect([kernels.kind, kernels.reason]).toEqual(["twin", "twins were asked for"]);
});

test("a runtime that refuses the modules gets twins, and the reason is kept", async () => {
  vi.spyOn(WebAssembly, "Instance").mockImplementation(function refuse() {
    throw new Error("SIMD is not supported");
  });
  const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE }));
  expect(kernels.kind).toBe("twin");
  expect(kernels.reason).toBe("the runtime refuses the kernels: SIMD is not supported");
});

test("a runtime without WebAssembly gets an ordinary buffer and twins that work on it", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  const arena = Arena.create({ sizeBytes: SIZE });
  const kernels = await loadKernels(arena);
  expect([kernels.kind, kernels.reason]).toEqual(["twin", "the runtime has no WebAssembly"]);
  const descriptor = arena.reserve("descriptor", 16);
  const slot = arena.reserve("slot", 64);
  arena.memory.view.setUint32(descriptor.address, slot.address + 12, true);
  kernels.bind(RTP_STAMP).stamp(descriptor.address, 1, 0, 1, 3, 1, 2, 96, 0, 0);
  expect([...arena.bytesOf(slot).subarray(0, 12)]).toEqual([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
});

test("kernels of the caller's own that do not load are an error, not a silent fallback", async () => {
  const files = kernelFiles();
  const broken: KernelSource[] = [
    { kind: "bytes", bytes: { ...files, "annexb-scan": new Uint8Array(20) } },
    { kind: "bytes", bytes: {} },
    { kind: "module", modules: {} },
    { kind: "url", baseUrl: "", read: () => Promise.reject(new Error("404")) },
  ];
  for (const source of broken) {
    await expect(loadKernels(Arena.create({ sizeBytes: SIZE }), { source })).rejects.toMatchObject({
      code: "kernel/bad-module",
    });
  }
});

test("each kernel has one counter per memory, from the moment it is bound", async () => {
  const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE }));
  expect(kernels.counters).toEqual({});
  kernels.bind(RTP_STAMP);
  kernels.counter("rtp-stamp").calls++;
  kernels.bind(RTP_STAMP);
  expect(kernels.counters).toEqual({ "rtp-stamp": { calls: 1, bytes: 0 } });
});

test("a kernel that does not exist cannot be bound", async () => {
  const kernels = await loadKernels(Arena.create({ sizeBytes: SIZE }));
  for (const name of ["nothing", "toString"]) {
    expect(() => kernels.bind({ name, embedded: "", twin: () => ({}) })).toThrow(
      expect.objectContaining({ code: "kernel/unknown" }),
    );
  }
});
