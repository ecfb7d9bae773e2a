import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-launcher-"));
  await copyFile(fileURLToPath(new URL("../../../src/node/cli/floe.cjs", import.meta.url)), join(folder, "floe.cjs"));
});

afterEach(() => rm(folder, { recursive: true }));

function launch(env: { readonly [name: string]: string } = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } };
    execFile(process.execPath, [join(folder, "floe.cjs")], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("the thread pool has 16 threads before the command loads, unless the user says otherwise", async () => {
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(
    join(folder, "main.js"),
    "export const runProcess = () => console.log(process.env.UV_THREADPOOL_SIZE);",
  );
  expect((await launch()).stdout).toBe("16\n");
  expect((await launch({ UV_THREADPOOL_SIZE: "3" })).stdout).toBe("3\n");
});

test("a command that is not built is one line and exit code 1", async () => {
  const { code, stdout, stderr } = await launch();
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^runtime\/not-built: [^\n]+ Run npm run build\.\n$/);
});
