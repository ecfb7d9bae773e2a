// The STUN and TURN servers that a server offers, asked for each call anew: their credentials are good for a while only.
import type { PlayerClient } from "./viewing-ports.js";

/** What was asked for while the client was still connecting is good for this long. */
const EARLY_MS = 30_000;

/**
 * Asks already, so that the first call need not wait; the answer is asked for each call. Undefined when the client does not
 * know. What is asked never fails: with no answer there are no servers, and a direct path may still be found.
 */
export function freshIceServers(client: PlayerClient): (() => Promise<readonly RTCIceServer[]>) | undefined {
  if (client.iceServers === undefined) {
    return undefined;
  }
  const ask = async (): Promise<readonly RTCIceServer[]> => {
    try {
      return (await client.iceServers?.()) ?? [];
    } catch {
      return [];
    }
  };
  const askedMs = performance.now();
  let early: Promise<readonly RTCIceServer[]> | undefined = ask();
  return async () => {
    const first = performance.now() - askedMs < EARLY_MS ? await early : undefined;
    early = undefined;
    // Nothing may mean that the server was not there yet.
    return first !== undefined && first.length > 0 ? first : ask();
  };
}
