// A server under the command: started, announced, run until a signal, closed in time; the same for each that there is.
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import type { CliIo } from "./cli-io.js";
import { asFloeError, exitCode, exitCodeOf } from "./exit-code.js";
import { guardFaults } from "./fault-guard.js";
import type { Reporter } from "./reporter.js";
import { StopRequest } from "./stop-request.js";

/** What runs. */
export type RunOptions<Running> = {
  readonly io: CliIo;
  readonly reporter: Reporter;
  readonly logger: Logger;
  /** Starts it; aborting rejects with the signal's reason. */
  readonly start: (signal: AbortSignal) => Promise<Running>;
  /** It runs: announces it, and listens to it until the answer is disposed of. */
  readonly started: (running: Running) => Disposable;
};

/** Runs it; resolves with the exit code, and rejects only when closing fails. */
export async function runUntilStopped<Running extends { close(): Promise<void> }>({
  io,
  reporter,
  logger,
  start,
  started,
}: RunOptions<Running>): Promise<number> {
  using _guard = guardFaults(io.process, logger);
  const stop = new StopRequest(io);
  // Heard before the server hears of it, so that what the server then tells stands behind this line.
  stop.signal.addEventListener("abort", () => {
    reporter.event(
      { event: "stopping", signal: (stop.signal.reason as Error).message },
      "Stopping. Once more to stop at once.",
    );
  });
  let running: Running;
  try {
    running = await start(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      return exitCode.ok;
    }
    logger.debug("the server did not start", { error });
    reporter.error(asFloeError(error));
    return exitCodeOf(error, "starting");
  }
  using _events = started(running);
  await stop.requested;
  await closeWithin(running, io.drainMs);
  reporter.event({ event: "stopped" });
  return exitCode.ok;
}

async function closeWithin(running: { close(): Promise<void> }, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new FloeError("runtime/slow-close", `the server did not close within ${limitMs} ms`, { fix: "It was ended." }),
      );
    }, limitMs);
  });
  try {
    await Promise.race([running.close(), late]);
  } finally {
    clearTimeout(timer);
  }
}
