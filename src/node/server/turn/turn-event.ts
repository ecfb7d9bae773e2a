// What a relay does, as events for whoever reads them by program.
import { formatTransportAddress } from "../../../core/net/transport-address.js";
import type { TurnServerEvent } from "../../turn/turn-server-options.js";
import type { ServerEvent } from "../server-event.js";

/**
 * A happening of the relay as a plain object: `turn-allocated`, `turn-released`. Undefined for a refused peer: a client may ask
 * for as many as it likes, so they are counted in the status and logged once a second.
 */
export function turnEvent(event: TurnServerEvent): ServerEvent | undefined {
  const { user } = event;
  const client = formatTransportAddress(event.client);
  switch (event.kind) {
    case "allocated":
      return { event: "turn-allocated", client, user, relayed: event.relayedAddresses.map(formatTransportAddress) };
    case "released": {
      const { reason, bytesFromClient, bytesToClient } = event;
      return { event: "turn-released", client, user, reason, bytesFromClient, bytesToClient };
    }
    case "peer-denied":
      return undefined;
    default:
      return event satisfies never;
  }
}
