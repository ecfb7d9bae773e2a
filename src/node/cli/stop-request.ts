// Ctrl-C and SIGTERM: the first asks for an orderly end, one that comes clearly later ends the process at once.
import type { ProcessEvents } from "./cli-io.js";
import { exitCode } from "./exit-code.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** One Ctrl-C may arrive twice: from the terminal, which tells the whole process group, and from npm, which passes it on. */
const ECHO_MS = 1000;

/** What a stop request needs of the world. */
export type StopRequestOptions = {
  readonly process: ProcessEvents;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Monotonic time in milliseconds. */
  readonly nowMs: () => number;
};

/**
 * Listens for the signals from construction on and never stops: until the process has ended, an unheard one would end it
 * with the signal instead of the exit code.
 */
export class StopRequest {
  /** Resolves with the first signal's name. */
  readonly requested: Promise<string>;
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;

  constructor({ process, exit, nowMs }: StopRequestOptions) {
    const abort = new AbortController();
    let first: (name: string) => void = () => {};
    let firstMs = 0;
    this.requested = new Promise((resolve) => {
      first = resolve;
    });
    this.signal = abort.signal;
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (!abort.signal.aborted) {
          firstMs = nowMs();
          abort.abort(new Error(name));
          first(name);
        } else if (nowMs() - firstMs >= ECHO_MS) {
          exit(exitCode.runtime);
        }
      });
    }
  }
}
