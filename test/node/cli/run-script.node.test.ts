import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript } from "../../../src/node/cli/run-script.js";

test("a script's exit code is the command's, a signal's is 128 and its number", async () => {
  const folder = await mkdtemp(join(tmpdir(), "floe-script-"));
  const script = join(folder, "script.mjs");
  await writeFile(script, 'process.argv[2] === "kill" ? process.kill(process.pid, "SIGKILL") : process.exit(5);');
  const listeners = process.listenerCount("SIGTERM");
  expect(await runScript(script, [])).toBe(5);
  expect(await runScript(script, ["kill"])).toBe(137);
  expect(process.listenerCount("SIGTERM")).toBe(listeners);
  await rm(folder, { recursive: true });
});
