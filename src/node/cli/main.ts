// The `floe` command: which command, which exit code. Errors leave as one line, never as a stack trace.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FloeError } from "../../core/error/floe-error.js";
import { show } from "../server/config/config-error.js";
import { laterCommands } from "../server/config/later-names.js";
import { nearestName, suggestion } from "../server/config/nearest-name.js";
import { packageVersion } from "../server/package-facts.js";
import { benchCommand } from "./bench-command.js";
import type { CliIo } from "./cli-io.js";
import { asFloeError, exitCodeOf } from "./exit-code.js";
import { Reporter } from "./reporter.js";
import { runScript } from "./run-script.js";
import { serveCommand } from "./serve-command.js";
import { turnCommand } from "./turn-command.js";

const DRAIN_MS = 4500;

/** Runs the command once; resolves with the exit code, never rejects. */
export async function main(io: CliIo): Promise<number> {
  const { command, argv } = splitCommand(io.argv);
  const reporter = new Reporter(io, { json: command !== "bench" && io.argv.includes("--json") });
  try {
    return await dispatch(command, argv, io, reporter);
  } catch (error) {
    reporter.error(asFloeError(error));
    return exitCodeOf(error, "other");
  }
}

/** Runs the command as this process: what bin/floe calls. Ends the process, whatever native threads still do. */
export async function runProcess(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    // A reader that went away (`floe | head -1`) is no reason to stop serving.
    stream.on("error", () => {});
  }
  const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));
  const code = await main({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    readFile: (path) => readFileSync(path, "utf8"),
    process,
    exit: (status) => process.exit(status),
    nowMs: () => performance.now(),
    loadServer: async () => {
      const { FloeServer } = await import("../server/floe-server.js");
      return (config, options) => FloeServer.start(config, options);
    },
    loadTurn: async () => (await import("../server/turn/standalone-turn.js")).startStandaloneTurn,
    runScript,
    packageRoot,
    version: packageVersion(),
    drainMs: DRAIN_MS,
  });
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

async function dispatch(command: string, argv: readonly string[], io: CliIo, reporter: Reporter): Promise<number> {
  switch (command) {
    case "serve":
      return serveCommand(argv, io, reporter);
    case "turn":
      return turnCommand(argv, io, reporter);
    case "bench":
      return benchCommand(argv, io, reporter);
    case "help":
      return help(argv, io, reporter);
    case "version":
      return serveCommand(["--version"], io, reporter);
    default:
      throw unknownCommand(command);
  }
}

const COMMANDS = ["serve", "turn", "bench", "help", "version"];

function help(argv: readonly string[], io: CliIo, reporter: Reporter): Promise<number> {
  const topic = argv.find((argument) => !argument.startsWith("-")) ?? "serve";
  if (!COMMANDS.includes(topic)) {
    throw unknownCommand(topic);
  }
  switch (topic) {
    case "bench":
      return benchCommand(["--help"], io, reporter);
    case "turn":
      return turnCommand(["--help"], io, reporter);
    default:
      return serveCommand(["--help"], io, reporter);
  }
}

/** The command is the first argument, when it is no flag; without one it is `serve`. */
function splitCommand(argv: readonly string[]): { readonly command: string; readonly argv: readonly string[] } {
  const [first] = argv;
  return first === undefined || first.startsWith("-")
    ? { command: "serve", argv }
    : { command: first, argv: argv.slice(1) };
}

function unknownCommand(name: string): FloeError {
  if (laterCommands.has(name)) {
    return new FloeError("usage/not-built", `the command '${name}' is not built yet`, { fix: "See floe --help." });
  }
  const looksLikeMedia = /[./:\\]/.test(name);
  return new FloeError("usage/unknown-command", `the command ${show(name, "'")} is unknown`, {
    fix: looksLikeMedia
      ? `To play it, write floe --source ${show(name, "")}.`
      : suggestion(nearestName(name, COMMANDS), "See floe --help."),
  });
}
