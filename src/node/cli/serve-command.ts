// `floe serve`: settings → server → run until a signal → close. Only assembles.
import { FloeError } from "../../core/error/floe-error.js";
import { openLogger } from "../log/open-logger.js";
import { parseFlags } from "../server/config/command-flags.js";
import { describeExposure } from "../server/config/exposure.js";
import { renderHelp } from "../server/config/render-help.js";
import { type ResolvedConfig, resolveConfig } from "../server/config/resolve-config.js";
import { describeNetwork, mediaNetwork, networkFault } from "../server/media-network.js";
import type { CliIo, RunningServer } from "./cli-io.js";
import { asFloeError, exitCode, exitCodeOf } from "./exit-code.js";
import { guardFaults } from "./fault-guard.js";
import type { Reporter } from "./reporter.js";
import { StopRequest } from "./stop-request.js";

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
  using _guard = guardFaults(io.process, logger);
  const stop = new StopRequest(io);
  // Heard before the server hears of it, so that what the server then tells stands behind this line.
  stop.signal.addEventListener("abort", () => {
    reporter.event(
      { event: "stopping", signal: (stop.signal.reason as Error).message },
      "Stopping. Once more to stop at once.",
    );
  });
  let server: RunningServer;
  try {
    const startServer = await io.loadServer();
    server = await startServer(config, { logger, signal: stop.signal, configSources: resolved.sources });
  } catch (error) {
    if (stop.signal.aborted) {
      return exitCode.ok;
    }
    logger.debug("the server did not start", { error });
    reporter.error(asFloeError(error));
    return exitCodeOf(error, "starting");
  }
  announce(server, resolved, io, reporter);
  // Only now: who starts it and gets an error reads that one line, and nothing about a server that does not run.
  for (const warning of resolved.warnings) {
    logger.child("config").warn(warning);
  }
  const fault = networkFault(mediaNetwork(config));
  if (fault !== undefined) {
    logger.child("network").warn(fault);
  }
  using _events = server.events.on((event) => {
    if (event.event !== "listening") {
      reporter.event(event);
    }
  });
  await stop.requested;
  await closeWithin(server, io.drainMs);
  reporter.event({ event: "stopped" });
  return exitCode.ok;
}

function announce(server: RunningServer, { config, file }: ResolvedConfig, io: CliIo, reporter: Reporter): void {
  const { source, mode } = config.media;
  const exposure = describeExposure(config);
  const network = mediaNetwork(config);
  reporter.event(
    { event: "listening", http: server.url, source, mode, version: io.version, exposure, webrtc: network },
    [
      `floe ${io.version}`,
      `  page    ${server.url}`,
      `  source  ${source}`,
      `  mode    ${mode}`,
      `  config  ${file ?? "defaults"}`,
      `  access  ${exposure}`,
      `  media   ${describeNetwork(network)}`,
      "Press Ctrl-C to stop.",
    ].join("\n"),
  );
}

async function closeWithin(server: RunningServer, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new FloeError("runtime/slow-close", `the server did not close within ${limitMs} ms`, { fix: "It was ended." }),
      );
    }, limitMs);
  });
  try {
    await Promise.race([server.close(), late]);
  } finally {
    clearTimeout(timer);
  }
}
