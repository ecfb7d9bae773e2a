// The kernel gate: a copy of the kernels' workshop, spoiled in one way at a time, and the real build script run in it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { repository } from "./fixture.js";

const WORKSHOP = [
  ".ci/build-wasm.mjs",
  ".ci/wasm-faults.mjs",
  "assembly",
  "wasm",
  "src/core/kernel/embedded",
  "src/core/kernel/kernel-names.ts",
];

const PLANTED = {
  "assembly/with-data.ts":
    "export function f(i: usize): u32 {\n  return load<u32>(memory.data<u32>([1, 2, 3]) + i);\n}\n",
  "assembly/with-global.ts": "let calls: u32 = 0;\nexport function f(): u32 {\n  return ++calls;\n}\n",
  "assembly/too-large.ts": Array.from(
    { length: 400 },
    (_, i) => `export function f${i}(a: usize): u32 {\n  return load<u32>(a + ${i * 4}) * ${i + 3};\n}\n`,
  ).join(""),
  "assembly/with-start.ts": "store<u32>(64, 1);\nexport function f(): u32 {\n  return load<u32>(64);\n}\n",
  "wasm/annexb-scan.wasm": "\0asm",
  "wasm/orphan.wasm": "\0asm",
};

const root = mkdtempSync(join(tmpdir(), "floe-kernels-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
for (const file of WORKSHOP) {
  cpSync(join(repository, file), join(root, file), { recursive: true });
}
symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
for (const [file, text] of Object.entries(PLANTED)) {
  writeFileSync(join(root, file), text);
}
const script = join(root, ".ci/build-wasm.mjs");
const child = spawnSync(process.execPath, [script, "--check"], { cwd: root, encoding: "utf8" });
const output = `${child.stdout}${child.stderr}`;

test.for([
  ["with a data section", /assembly\/with-data\.ts: has a data section/],
  ["with a mutable global", /assembly\/with-global\.ts: .*global/],
  ["that is too large to be compiled at once", /assembly\/too-large\.ts: is \d+ bytes, more than the 4096/],
  ["with a start function", /assembly\/with-start\.ts: has a start function/],
  ["that was not built again", /wasm\/annexb-scan\.wasm is not what assembly\/ builds to/],
  ["without a source", /wasm\/orphan\.wasm has no source/],
] as const)("a kernel %s is refused", ([, line]) => {
  expect(output).toMatch(line);
});

test("a breach fails the check", () => {
  expect(child.status).toBe(1);
});

test("kernels in order are not complained about", () => {
  expect(output).not.toContain("wasm/rtp-stamp.wasm");
  expect(output).not.toContain("assembly/rtp-stamp.ts");
});
