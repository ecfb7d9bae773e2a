// The C references: compiled on the spot with `cc -O3 -march=native` and called in the process, so that they take part in
// the same rounds. Where there is no compiler there is no such row.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { load } from "koffi";

const SOURCES = "test/bench/kernels/reference";
const OUTPUT = "test/.output/bench";

/** One library, its functions by C declaration. */
export type CReference = { readonly func: (declaration: string) => (...args: unknown[]) => unknown };

/** `NAME.c` as a library; undefined where there is no compiler. Run from the repository's root, as npm does. */
export function compileReference(name: string): CReference | undefined {
  mkdirSync(OUTPUT, { recursive: true });
  const library = `${OUTPUT}/${name}.so`;
  const flags = ["-O3", "-march=native", "-shared", "-fPIC", "-Wall", "-Werror"];
  const { error, status, stderr } = spawnSync("cc", [...flags, "-o", library, `${SOURCES}/${name}.c`]);
  if (error !== undefined) {
    return undefined;
  }
  if (status !== 0) {
    throw new Error(`${name}.c does not compile: ${stderr.toString()}`);
  }
  const loaded = load(`./${library}`);
  return { func: (declaration) => loaded.func(declaration) };
}
