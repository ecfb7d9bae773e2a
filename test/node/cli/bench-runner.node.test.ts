import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const runner = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
const names = readdirSync(new URL("../../bench", import.meta.url))
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(".bench.ts", ""));

function bench(...argv: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [runner, ...argv], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test.each([
  ["no name", [], "usage/missing-argument: the name of a bench is missing."],
  ["a wrong name", ["nope"], 'usage/unknown-bench: there is no bench "nope".'],
  ["control characters", ["a\u001b[2J\nb"], 'usage/unknown-bench: there is no bench "a\\u001b[2J\\nb".'],
])("%s is one line that lists the benches, and exit code 2", async (_case, argv, start) => {
  expect(names).toContain("stream");
  expect(await bench(...argv)).toEqual({
    code: 2,
    stdout: "",
    stderr: `${start} Choose one of ${names.join(", ")}.\n`,
  });
});

test.each([
  [["stream", "--frob\u001b"], /^usage\/bad-argument: \P{Cc}*--frob\P{Cc}*\. \P{Cc}+\.\n$/u],
  [["stream", "viewers"], /^usage\/unexpected-argument: argument "viewers" [^\n]+\. [^\n]+\.\n$/],
])("%j is one line too", async (argv, line) => {
  const { code, stderr } = await bench(...argv);
  expect(code).toBe(2);
  expect(stderr).toMatch(line);
});
