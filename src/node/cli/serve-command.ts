// `floe serve`: settings → server → run until a signal → close. Only assembles.
import { openLogger } from "../log/open-logger.js";
import { parseFlags } from "../server/config/command-flags.js";
import { describeExposure } from "../server/config/exposure.js";
import { renderHelp } from "../server/config/render-help.js";
import { type ResolvedConfig, resolveConfig } from "../server/config/resolve-config.js";
import type { ServerConfig } from "../server/config/server-config.js";
import { describeNetwork, mediaNetwork, networkFault } from "../server/media-network.js";
import { describeStanding, standingFault, turnWords } from "../server/turn/turn-standing.js";
import type { CliIo, RunningServer } from "./cli-io.js";
import { exitCode } from "./exit-code.js";
import type { Reporter } from "./reporter.js";
import { runUntilStopped } from "./run-until-stopped.js";

/** Runs `floe serve ARGV`; resolves with the exit code. Usage and configuration faults are thrown. */
export async function serveCommand(argv: readonly string[], io: CliIo, reporter: Reporter): Promise<number> {
  const flags = parseFlags(argv);
  if (flags.help) {
    reporter.answer({ event: "help", text: renderHelp() }, renderHelp());
    return exitCode.ok;
  }
  if (flags.version) {
    reporter.answer({ event: "version", version: io.version }, `floe ${io.version}`);
    return exitCode.ok;
  }
  const resolved = resolveConfig({ argv, env: io.env, cwd: io.cwd, readFile: io.readFile });
  const { config } = resolved;
  const logger = openLogger({ ...config.log, stream: io.stderr, env: io.env });
  return runUntilStopped({
    io,
    reporter,
    logger,
    start: async (signal) => {
      const startServer = await io.loadServer();
      return startServer(config, { logger, signal, configSources: resolved.sources });
    },
    started: (server) => {
      announce(server, resolved, io, reporter);
      // Only now: who starts it and gets an error reads that one line, and nothing about a server that does not run.
      for (const warning of resolved.warnings) {
        logger.child("config").warn(warning);
      }
      for (const fault of networkFaults(server, resolved)) {
        logger.child("network").warn(fault);
      }
      return server.events.on((event) => {
        if (event.event !== "listening") {
          reporter.event(event);
        }
      });
    },
  });
}

function announce(server: RunningServer, { config, file }: ResolvedConfig, io: CliIo, reporter: Reporter): void {
  const { mode } = config.media;
  const what = mode === "record" ? { recordDir: config.media.recordDir } : { source: config.media.source };
  const exposure = describeExposure(config);
  const network = mediaNetwork(config);
  const { turn } = server;
  reporter.event(
    {
      event: "listening",
      http: server.url,
      ...what,
      mode,
      version: io.version,
      exposure,
      webrtc: network,
      turn: turnWords(turn),
    },
    [
      `floe ${io.version}`,
      `  page    ${server.url}`,
      ...(what.source === undefined ? [] : [`  source  ${what.source}`]),
      `  mode    ${mode}`,
      ...(what.recordDir === undefined ? [] : [`  folder  ${what.recordDir} (${describeRecording(config.media)})`]),
      `  config  ${file ?? "defaults"}`,
      `  access  ${exposure}`,
      `  media   ${describeNetwork(network)}`,
      `  relay   ${describeStanding(turn)}`,
      "Press Ctrl-C to stop.",
    ].join("\n"),
  );
}

/** How recordings are written, in a few words. */
function describeRecording({ record: { format, transcode } }: ServerConfig["media"]): string {
  return transcode ? "encoded as H.264 and AAC in mp4" : `${format}, as it comes`;
}

/** A NAT in front of both has one fix for both: then it is told once. What the server itself has told is not told again. */
function networkFaults({ turn }: RunningServer, { config }: ResolvedConfig): string[] {
  const media = networkFault(mediaNetwork(config));
  const relay = turn.kind === "running" && media === undefined ? standingFault(turn) : undefined;
  return [media, relay].filter((fault) => fault !== undefined);
}
