// The files that the package ships under floe/wasm are the kernels that are embedded.
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { encodeBase64 } from "../../../src/core/bytes/base64.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { KERNEL_NAMES } from "../../../src/core/kernel/kernel-names.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { ALL_KERNELS } from "./all-kernels.js";

const folder = new URL("../../../wasm/", import.meta.url);

test("wasm/ holds the embedded kernels, byte for byte", async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".wasm"));
  expect(files.map((file) => file.slice(0, -5)).sort()).toEqual(KERNEL_NAMES);
  expect(ALL_KERNELS.map(({ name }) => name)).toEqual(KERNEL_NAMES);
  for (const { name, embedded } of ALL_KERNELS) {
    expect(encodeBase64(await readFile(new URL(`${name}.wasm`, folder)))).toBe(embedded);
  }
});

test("kernels load from the files by URL", async () => {
  const source = {
    kind: "url",
    baseUrl: folder.href,
    read: async (url: string) => new Uint8Array(await readFile(new URL(url))),
  } as const;
  const kernels = await loadKernels(Arena.create({ sizeBytes: 128 * 1024 }), { source });
  expect(kernels.kind).toBe("wasm");
});
