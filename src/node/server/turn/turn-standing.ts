// How it stands with the relay of a server: it runs, it is off, or it could not start; in words.
import type { FloeError } from "../../../core/error/floe-error.js";
import { isLoopback } from "../config/exposure.js";
import { describePeers, describeRelaying, describeTurn, type TurnFacts, turnFault } from "./turn-facts.js";

/** How it stands with the relay of a server. */
export type TurnStanding =
  /** `turn.enabled` is false. */
  | { readonly kind: "off" }
  /** It could not start, and nobody had asked for it. */
  | { readonly kind: "refused"; readonly error: FloeError }
  | ({ readonly kind: "running" } & TurnFacts);

/** One line for people. */
export function describeStanding(standing: TurnStanding): string {
  switch (standing.kind) {
    case "off":
      return "none (turn.enabled is off)";
    case "refused":
      return `none: ${standing.error.message}`;
    case "running":
      return `${describeTurn(standing)}; relays ${describeRelaying(standing)}, ${reachOf(standing)}`;
    default:
      return standing satisfies never;
  }
}

/** From loopback nothing is reached but this machine, and of it our own media, unless more is opened. */
function reachOf(facts: TurnFacts): string {
  const isLocal = facts.openRanges.length === 0 && facts.relayAddresses.every(isLoopback);
  return isLocal ? "to the media of this server only" : `to ${describePeers(facts)}`;
}

/** What is wrong with it, with the fix; undefined when nothing is known to be. */
export function standingFault(standing: TurnStanding): string | undefined {
  switch (standing.kind) {
    case "off":
      return undefined;
    case "refused":
      return `viewers get no relay. ${standing.error}`;
    case "running":
      return turnFault(standing);
    default:
      return standing satisfies never;
  }
}

/** The same for programs. Plain JSON. */
export function turnWords(standing: TurnStanding): object {
  const { kind } = standing;
  switch (kind) {
    case "off":
      return { enabled: false, running: false };
    case "refused": {
      const { code, message, fix } = standing.error;
      return { enabled: true, running: false, error: { code, message, fix } };
    }
    case "running": {
      const { kind: _, ...facts } = standing;
      return { enabled: true, running: true, localRelay: facts.openRanges.length > 0, ...facts };
    }
    default:
      return kind satisfies never;
  }
}
