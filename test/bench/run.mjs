// `npm run bench -- NAME [--json FILE] [--check]`: runs one bench, prints its table. `--check` exits 1 when a goal is missed.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

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
// Only a loader of TypeScript: what is measured runs from dist, in processes of its own.
const loader = await createServer({
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
let isMet = false;
try {
  const { bench } = await loader.ssrLoadModule(`${folder}${name}.bench.ts`);
  const { report } = await loader.ssrLoadModule(`${folder}lib/report.ts`);
  isMet = report(name, await bench(), values.json);
} finally {
  await loader.close();
}
process.exit(values.check && !isMet ? 1 : 0);
