// A small house on a temporary piece of ground: the real configuration files, a few planted sources, and the real
// checkers run on it. A checker that has gone blind fails these tests.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const repository: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const CONFIGURATION = [
  ".gitignore",
  "biome.json",
  "package.json",
  "tsconfig.base.json",
  "src/core/tsconfig.json",
  "src/node/tsconfig.json",
  "src/browser/tsconfig.json",
  "src/core/platform.d.ts",
];

/** A temporary house. `using` (or `dispose`) takes it down. */
export interface House {
  readonly root: string;
  /** Writes files, by path from the root. */
  plant(files: Readonly<Record<string, string>>): void;
  /** Runs a Node script of the repository in the house. */
  run(script: string, ...args: string[]): { status: number | null; output: string };
  [Symbol.dispose](): void;
}

/** Builds a house with the real configuration, empty doors, and `files`. */
export function buildHouse(files: Readonly<Record<string, string>> = {}): House {
  const root = mkdtempSync(join(tmpdir(), "floe-house-"));
  const plant = (planted: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(planted)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
  };
  for (const file of CONFIGURATION) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(repository, file), join(root, file));
  }
  if (existsSync(join(repository, "node_modules"))) {
    symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  }
  for (const skin of ["core", "node", "browser"]) {
    plant({ [`src/${skin}/index.ts`]: "// A door.\nexport {};\n" });
  }
  plant(files);
  return {
    root,
    plant,
    run(script, ...args) {
      const child = spawnSync(process.execPath, [join(repository, script), ...args], { cwd: root, encoding: "utf8" });
      return { status: child.status, output: `${child.stdout}${child.stderr}` };
    },
    [Symbol.dispose]() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
