// `floe turn`: settings → STUN and TURN server → run until a signal → close. Loads no media package.
import { openLogger } from "../log/open-logger.js";
import { parseFlags } from "../server/config/command-flags.js";
import { renderHelp } from "../server/config/render-help.js";
import { type ResolvedConfig, resolveConfig } from "../server/config/resolve-config.js";
import { describePeers, describeRelaying, describeTurn, turnFault } from "../server/turn/turn-facts.js";
import type { CliIo, RunningRelay } from "./cli-io.js";
import { exitCode } from "./exit-code.js";
import type { Reporter } from "./reporter.js";
import { runUntilStopped } from "./run-until-stopped.js";

/** Runs `floe turn ARGV`; resolves with the exit code. Usage and configuration faults are thrown. */
export async function turnCommand(argv: readonly string[], io: CliIo, reporter: Reporter): Promise<number> {
  const flags = parseFlags(argv, "turn");
  if (flags.help) {
    reporter.answer({ event: "help", text: renderHelp("turn") }, renderHelp("turn"));
    return exitCode.ok;
  }
  if (flags.version) {
    reporter.answer({ event: "version", version: io.version }, `floe ${io.version}`);
    return exitCode.ok;
  }
  const resolved = resolveConfig({ command: "turn", argv, env: io.env, cwd: io.cwd, readFile: io.readFile });
  const { config } = resolved;
  const logger = openLogger({ ...config.log, stream: io.stderr, env: io.env });
  return runUntilStopped({
    io,
    reporter,
    logger,
    start: async (signal) => {
      const startTurn = await io.loadTurn();
      return startTurn(config, { logger, signal });
    },
    started: (relay) => {
      announce(relay, resolved, io, reporter);
      for (const warning of resolved.warnings) {
        logger.child("config").warn(warning);
      }
      const fault = turnFault(relay.facts);
      if (fault !== undefined) {
        logger.child("network").warn(fault);
      }
      return relay.events.on((event) => reporter.event(event));
    },
  });
}

function announce({ facts }: RunningRelay, { config, file }: ResolvedConfig, io: CliIo, reporter: Reporter): void {
  const { secret, users } = config.turn;
  const access = [
    ...(secret.isEmpty ? [] : ["time-limited credentials"]),
    ...(users.length === 0 ? [] : [users.length === 1 ? "1 user" : `${users.length} users`]),
  ];
  reporter.event(
    { event: "listening", version: io.version, ...facts },
    [
      `floe turn ${io.version}`,
      `  listens  ${describeTurn(facts)}`,
      `  relays   ${describeRelaying(facts)}`,
      `  peers    ${describePeers(facts)}`,
      `  access   ${access.join(", ")}`,
      `  realm    ${facts.realm}`,
      `  config   ${file ?? "defaults"}`,
      "Press Ctrl-C to stop.",
    ].join("\n"),
  );
}
