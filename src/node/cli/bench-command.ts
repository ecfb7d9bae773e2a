// `floe bench NAME`: the benches live in the repository, not in the package; this starts their runner.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FloeError } from "../../core/error/floe-error.js";
import type { CliIo } from "./cli-io.js";
import { exitCode } from "./exit-code.js";
import type { Reporter } from "./reporter.js";

const HELP = `floe bench NAME [--json FILE] [--check]: measure, in a checkout of the repository

  --json FILE   write the rows to a file
  --check       exit 1 when a goal is missed

The same as: npm run bench -- NAME. Each NAME is a file test/bench/NAME.bench.ts.

Example:
  floe bench stream --check
`;

/** Runs `floe bench ARGV`; resolves with the runner's exit code. */
export async function benchCommand(argv: readonly string[], io: CliIo, reporter: Reporter): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    reporter.answer({ event: "help", text: HELP }, HELP);
    return exitCode.ok;
  }
  const runner = join(io.packageRoot, "test/bench/run.mjs");
  if (!existsSync(runner)) {
    throw new FloeError("usage/no-checkout", "the benches are not part of the installed package", {
      fix: "Run it in a checkout of the repository.",
    });
  }
  return io.runScript(runner, argv);
}
