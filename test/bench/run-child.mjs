// Runs one TypeScript file of a bench as a process of its own: `node run-child.mjs FILE [arguments]`.
import { resolve } from "node:path";
import { runnerImport } from "vite";

const { module } = await runnerImport(resolve(process.argv[2]), { configFile: false, logLevel: "error" });
await module.main(process.argv.slice(3));
