// The relay alone: what `floe turn` runs.
import type { Logger } from "../../../core/diagnosis/logger.js";
import { Signal } from "../../../core/signal/signal.js";
import { NodeEntropy } from "../../crypto/node-entropy.js";
import { NodeClock } from "../../time/node-clock.js";
import type { ServerConfig } from "../config/server-config.js";
import type { ServerEvent } from "../server-event.js";
import { RunningTurn } from "./running-turn.js";
import type { TurnFacts } from "./turn-facts.js";

/** All addresses: whoever comes has to have credentials. */
const DEFAULT_HOST = "0.0.0.0";

/** A relay that runs. */
export type StandaloneTurn = {
  readonly facts: TurnFacts;
  /** `turn-allocated`, `turn-released`. */
  readonly events: Signal<ServerEvent>;
  close(): Promise<void>;
};

/** Starts it. Rejects as RunningTurn.start does, or with the signal's reason. */
export async function startStandaloneTurn(
  config: ServerConfig,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<StandaloneTurn> {
  const running = await RunningTurn.start({
    config,
    pageHost: DEFAULT_HOST,
    clock: new NodeClock(),
    entropy: new NodeEntropy(),
    logger,
  });
  if (signal.aborted) {
    await running.close();
    throw signal.reason;
  }
  const events = new Signal<ServerEvent>();
  running.listen((event) => events.emit(event));
  return { facts: running.facts, events, close: () => running.close() };
}
