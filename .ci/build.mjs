// `npm run build`: brings dist up to date (`--force`: from scratch). `npm start` and `npm test` do the same by themselves.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./lib/build.cjs";
import { ensureInstalled } from "./lib/install.cjs";
import { say } from "./lib/report.cjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
ensureInstalled(root);
if (!ensureBuilt(root, { force: process.argv.includes("--force") })) {
  say("build: dist is up to date");
}
