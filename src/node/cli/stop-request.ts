// Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the process at once.
import type { ProcessEvents } from "./cli-io.js";
import { exitCode } from "./exit-code.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Listens for the signals from construction until it is disposed. */
export class StopRequest {
  /** Resolves with the first signal's name. */
  readonly requested: Promise<string>;
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  readonly #process: ProcessEvents;
  readonly #listeners: readonly (readonly [string, () => void])[];

  constructor({ process, exit }: { readonly process: ProcessEvents; readonly exit: (code: number) => void }) {
    const abort = new AbortController();
    let first: (name: string) => void = () => {};
    this.requested = new Promise((resolve) => {
      first = resolve;
    });
    this.signal = abort.signal;
    this.#process = process;
    this.#listeners = SIGNALS.map((name) => [
      name,
      () => {
        if (abort.signal.aborted) {
          exit(exitCode.runtime);
          return;
        }
        abort.abort(new Error(name));
        first(name);
      },
    ]);
    for (const [name, listener] of this.#listeners) {
      process.on(name, listener);
    }
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) {
      this.#process.off(name, listener);
    }
  }
}
