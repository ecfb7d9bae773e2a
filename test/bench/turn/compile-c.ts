// The C programs of a bench, compiled on the spot.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

const SOURCES = "test/bench/turn";
const OUTPUT = "test/.output/bench";

/** The path of `NAME.c` as a program; undefined where there is no compiler. Run from the repository's root, as npm does. */
export function compileProgram(name: string): string | undefined {
  mkdirSync(OUTPUT, { recursive: true });
  const program = `${OUTPUT}/${name}`;
  const { error, status, stderr } = spawnSync("cc", [
    "-O3",
    "-march=native",
    "-Wall",
    "-Werror",
    "-o",
    program,
    `${SOURCES}/${name}.c`,
  ]);
  if (error !== undefined) {
    return undefined;
  }
  if (status !== 0) {
    throw new Error(`${name}.c does not compile: ${stderr.toString()}`);
  }
  return program;
}
