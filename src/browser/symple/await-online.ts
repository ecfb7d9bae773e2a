// Waiting until a client is online, or cannot be.
import { FloeError } from "../../core/error/floe-error.js";
import type { Signal } from "../../core/signal/signal.js";
import type { SympleClientState } from "../../core/symple/client-io.js";

/** What a client must have for it. */
interface OpenableClient {
  readonly state: SympleClientState;
  readonly changed: Signal<SympleClientState>;
  open(): void;
}

/** What to say when it does not work, and when to stop waiting. */
export type AwaitOnlineOptions = {
  /** What else to check when the server cannot be reached; a sentence, or "". */
  readonly hint?: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Opens the client and waits for its welcome. Rejects with the client's error (`symple/…`) at the first attempt that fails, and
 * with the reason of `signal`; the client is left as it is then.
 */
export async function awaitOnline(
  client: OpenableClient,
  { hint = "", signal }: AwaitOnlineOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  let listening: Disposable | undefined;
  let aborted = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const { state } = client;
        if (state.kind === "online") {
          resolve();
        } else if (state.kind === "error") {
          reject(withHint(state.error, hint));
        }
      };
      aborted = () => reject(signal?.reason);
      signal?.addEventListener("abort", aborted);
      listening = client.changed.on(look);
      client.open();
      look();
    });
  } finally {
    listening?.[Symbol.dispose]();
    signal?.removeEventListener("abort", aborted);
  }
}

function withHint(error: FloeError, hint: string): FloeError {
  if (hint === "" || error.code !== "symple/unreachable") {
    return error;
  }
  return new FloeError(error.code, error.message, { fix: `${error.fix} ${hint}`.trim(), cause: error });
}
