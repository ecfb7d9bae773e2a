// Compiles bulk.as with the flags of the kernels, for plain memory, on a memory of its own.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import asc from "assemblyscript/asc";

/** The functions of bulk.as; addresses in `bytes`. */
export type Bulk = {
  readonly bytes: Uint8Array;
  sha1(input: number, lengthBytes: number, state: number, schedule: number): void;
  crc(input: number, lengthBytes: number, tables: number): number;
  ulaw(input: number, output: number, count: number): void;
  ulawByTable(input: number, output: number, count: number, table: number): void;
};

const SOURCE = "test/bench/elsewhere/bulk";
const PAGES = 64;
const FLAGS = [
  ...["--importMemory", "--noExportMemory", "--initialMemory", `${PAGES}`, "--maximumMemory", `${PAGES}`],
  ...["--enable", "simd", "--runtime", "stub", "--noAssert", "--use", "abort=", "-O3", "--converge"],
];

/** Run from the repository's root, as npm does. */
export async function compileBulk(): Promise<Bulk> {
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main([`${SOURCE}.ts`, "--outFile", "bulk.wasm", ...FLAGS], {
    // Its name keeps it from the compiler of the rest.
    readFile: (file: string) => {
      const path = file === `${SOURCE}.ts` ? `${SOURCE}.as` : file;
      try {
        return readFileSync(resolve(path), "utf8");
      } catch {
        return null;
      }
    },
    listFiles: () => [],
    writeFile: (_file: string, contents: string | Uint8Array) => {
      module = contents as Uint8Array;
    },
  });
  if (error !== null || module === undefined) {
    throw new Error(`bulk.as does not compile: ${stderr.toString()}`);
  }
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const { instance } = await WebAssembly.instantiate(module as Uint8Array<ArrayBuffer>, { env: { memory } });
  return { ...(instance.exports as unknown as Omit<Bulk, "bytes">), bytes: new Uint8Array(memory.buffer) };
}
