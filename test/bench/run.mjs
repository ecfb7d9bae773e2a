// `npm run bench -- NAME [--json FILE] [--check]`: runs one bench, prints its table. `--check` exits 1 when a goal is missed.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.slice(0, -".bench.ts".length));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, check: { type: "boolean", default: false } },
});
const [name] = positionals;
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json FILE] [--check]\nbenches: ${names.join(", ")}`);
  process.exit(2);
}
if (!existsSync(new URL("../../dist/node/cli/floe.cjs", import.meta.url))) {
  console.error("bench/not-built: dist is missing. Run `npm run build` first.");
  process.exit(4);
}
const load = async (file) => (await runnerImport(`${folder}${file}`, { configFile: false, logLevel: "error" })).module;
const { bench } = await load(`${name}.bench.ts`);
const { report } = await load("lib/report.ts");
const rows = await bench();
const isMet = report(name, rows, values.json);
process.exit(values.check && !isMet ? 1 : 0);
