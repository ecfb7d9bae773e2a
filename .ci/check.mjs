// `npm run check`: the fast gate, without browsers. `npm run check -- NAME…` runs only the named steps.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runChild } from "./lib/children.mjs";
import { ensureInstalled, npmCommand } from "./lib/install.cjs";
import { close, runSteps } from "./lib/steps.mjs";
import { runVitest } from "./lib/vitest.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STEP_DEADLINE_MS = 180_000;
/** Longer than any machine that is fit for it needs: what has not ended by then hangs. */
const TESTS_DEADLINE_MS = 10 * 60_000;

/** A step that is one Node script: it passes when the script exits 0. */
async function node(script, ...args) {
  const child = await runChild(process.execPath, [join(root, script), ...args], {
    cwd: root,
    capture: true,
    deadlineMs: STEP_DEADLINE_MS,
  });
  const isOk = child.status === 0;
  const notes = child.isTimeout ? [`${script} was not done after ${STEP_DEADLINE_MS / 1000} s`] : [];
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, output: child.output, notes };
}

/** Packs the package as npm would publish it, and lets publint and attw judge the tarball. */
async function judgePackage() {
  const folder = mkdtempSync(join(tmpdir(), "floe-pack-"));
  try {
    const [command, ...first] = npmCommand();
    const packed = await runChild(command, [...first, "pack", "--silent", "--pack-destination", folder], {
      cwd: root,
      capture: true,
      deadlineMs: STEP_DEADLINE_MS,
    });
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    if (packed.status !== 0 || tarball === undefined) {
      return { passed: 0, failed: 1, output: packed.output, notes: ["npm pack made no tarball"] };
    }
    const file = join(folder, tarball);
    const publint = await node("node_modules/publint/src/cli.js", "run", file, "--strict");
    const attw = await node("node_modules/@arethetypeswrong/cli/dist/index.js", file, "--profile", "esm-only");
    return {
      passed: publint.passed + attw.passed,
      failed: publint.failed + attw.failed,
      output: [publint, attw].map((result) => (result.failed > 0 ? result.output : "")).join("\n"),
      notes: [...publint.notes, ...attw.notes],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const steps = [
  { name: "lint", run: () => node("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".") },
  { name: "types", run: () => node("node_modules/typescript/bin/tsc", "-b") },
  { name: "build", run: () => node(".ci/build.mjs") },
  { name: "walls", run: () => node(".ci/walls.mjs") },
  { name: "doors", run: () => node(".ci/doors.mjs") },
  { name: "kernels", run: () => node(".ci/build-wasm.mjs", "--check") },
  { name: "dead-code", run: () => node("node_modules/knip/bin/knip.js") },
  { name: "size", run: () => node("node_modules/size-limit/bin.js") },
  { name: "package", run: judgePackage },
  { name: "unit", run: () => runVitest(root, ["unit"], { capture: true, deadlineMs: TESTS_DEADLINE_MS }) },
  { name: "house", run: () => runVitest(root, ["house"], { capture: true, deadlineMs: TESTS_DEADLINE_MS }) },
];

/** Runs the whole check, or the steps named. Answers `{ passed, failed }`. */
export async function check(names = []) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `check/unknown-step: there is no step ${unknown.join(", ")}. Steps: ${steps.map((step) => step.name).join(", ")}.`,
    );
  }
  return runSteps(names.length === 0 ? steps : steps.filter((step) => names.includes(step.name)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  ensureInstalled(root);
  process.exitCode = close(await check(process.argv.slice(2)));
}
