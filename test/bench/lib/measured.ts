// A process of its own for what is measured: one bundle of the bench's TypeScript, with the package and the peers left
// outside, so that no loader stands between the measured code and its imports.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Inside of the repository, where `floe` names the package as it is built. */
const OUTPUT = fileURLToPath(new URL("../../.output/bench", import.meta.url));

/** How a measured module runs. */
export type MeasuredOptions = {
  /** Flags of Node: `--expose-gc`. */
  readonly nodeFlags?: readonly string[];
  readonly args?: readonly string[];
};

/** Runs `entry`, a TypeScript file that prints its result as one line of JSON, and answers the result. */
export async function runMeasured<T>(entry: URL, { nodeFlags = [], args = [] }: MeasuredOptions = {}): Promise<T> {
  const script = await bundle(entry);
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const status = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (status !== 0) {
    throw new Error(`${basename(script)} ended with ${status}.`);
  }
  return JSON.parse(output) as T;
}

/** Bundles `entry` and answers the script's path. */
export async function bundle(entry: URL): Promise<string> {
  const path = fileURLToPath(entry);
  const outfile = `${OUTPUT}/${basename(path).replace(/\.ts$/, ".mjs")}`;
  mkdirSync(OUTPUT, { recursive: true });
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
  return outfile;
}
