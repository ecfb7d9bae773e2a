// The relay beside a page: on unless it is switched off, and never in the way of the page when nobody asked for it.
import { FloeError } from "../../../core/error/floe-error.js";
import type { TurnReport } from "../../turn/turn-server-options.js";
import type { ConfigSources } from "../config/build-config.js";
import type { ServerEvent } from "../server-event.js";
import { RunningTurn, type RunningTurnOptions } from "./running-turn.js";
import type { TurnStanding } from "./turn-standing.js";

/** What it is made of. */
export type EmbeddedTurnOptions = RunningTurnOptions & {
  readonly sources: ConfigSources;
  /** Hears of allocations that come and go. */
  readonly happened: (event: ServerEvent) => void;
};

/** One server's relay, or the reason why there is none. */
export class EmbeddedTurn {
  readonly #running: RunningTurn | undefined;
  readonly #refusal: FloeError | undefined;

  private constructor(running: RunningTurn | undefined, refusal: FloeError | undefined) {
    this.#running = running;
    this.#refusal = refusal;
  }

  /**
   * Starts it. Once any `turn.*` key is set, rejects with why it cannot run (see RunningTurn.start); as a default that does
   * not work out it is left away.
   */
  static async start({ sources, happened, ...options }: EmbeddedTurnOptions): Promise<EmbeddedTurn> {
    if (!options.config.turn.enabled) {
      return new EmbeddedTurn(undefined, undefined);
    }
    try {
      const running = await RunningTurn.start(options);
      running.listen(happened);
      return new EmbeddedTurn(running, undefined);
    } catch (error) {
      if (!(error instanceof FloeError) || isAskedFor(sources)) {
        throw error;
      }
      return new EmbeddedTurn(undefined, error);
    }
  }

  /** How it stands. */
  get standing(): TurnStanding {
    if (this.#running !== undefined) {
      return { kind: "running", ...this.#running.facts };
    }
    return this.#refusal === undefined ? { kind: "off" } : { kind: "refused", error: this.#refusal };
  }

  /** Counts and states, while it runs. */
  get report(): TurnReport | undefined {
    return this.#running?.report();
  }

  /** What a page gets that was reached by this `Host`. */
  iceServers(requestHost: string | undefined): object[] {
    return this.#running?.iceServers(requestHost) ?? [];
  }

  /** Ends every allocation and closes the sockets. */
  async close(): Promise<void> {
    await this.#running?.close();
  }
}

/** Somebody set a key of `turn.*`: a server without a relay would not be what they wanted. */
function isAskedFor(sources: ConfigSources): boolean {
  return Object.entries(sources).some(([path, { kind }]) => path.startsWith("turn.") && kind !== "default");
}
