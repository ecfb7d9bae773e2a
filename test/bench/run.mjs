// `npm run bench -- NAME [--json FILE] [--check]`: runs one bench, prints its table. `--check` exits 1 when a goal is missed.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.slice(0, -".bench.ts".length));

/** Ends with one line: `code: what. How to fix it.` */
function fail(exitCode, line) {
  console.error(line);
  process.exit(exitCode);
}

function readArguments() {
  const options = { json: { type: "string" }, check: { type: "boolean", default: false } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    const [what] = error.message.replace(/\p{Cc}/gu, " ").split(". ");
    return fail(2, `usage/bad-argument: ${what}. Write NAME [--json FILE] [--check].`);
  }
}

const { positionals, values } = readArguments();
const [name, ...more] = positionals;
const choice = `Choose one of ${names.join(", ")}.`;
if (name === undefined) {
  fail(2, `usage/missing-argument: the name of a bench is missing. ${choice}`);
}
if (!names.includes(name)) {
  fail(2, `usage/unknown-bench: there is no bench ${JSON.stringify(name)}. ${choice}`);
}
if (more.length > 0) {
  fail(
    2,
    `usage/unexpected-argument: argument ${JSON.stringify(more[0])} has no meaning here. Run one bench at a time.`,
  );
}
if (!existsSync(new URL("../../dist/node/cli/floe.cjs", import.meta.url))) {
  fail(4, "bench/not-built: dist is missing. Run npm run build.");
}
const { createServer } = await import("vite");
// Only a loader of TypeScript: what is measured runs from dist, in processes of its own.
const loader = await createServer({
  configFile: false,
  logLevel: "error",
  // Node 20 has no `using`.
  oxc: { target: "es2022" },
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
