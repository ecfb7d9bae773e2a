// How a TURN client asks.
import type { Entropy } from "../../crypto/entropy.js";
import type { IpFamily } from "../../net/transport-address.js";
import type { Micros } from "../../time/units.js";
import type { ClientCredentials } from "./client-auth.js";

/** How a client asks. */
export type TurnClientOptions = {
  readonly entropy: Entropy;
  readonly credentials: ClientCredentials;
  readonly transport?: "datagram" | "stream";
  /** The relayed address's family, or IPv4 with IPv6 beside it. */
  readonly family?: IpFamily | "both";
  /** What the relay speaks with peers. TCP (RFC 6062) wants a stream to the server. */
  readonly relay?: "udp" | "tcp";
  /** Asked for; the server decides. Seconds. */
  readonly lifetimeSeconds?: number;
  /** First wait for an answer to a datagram; doubles, 7 requests in all. */
  readonly rtoUs?: Micros;
  /** Peers at once; more are refused with code 508. */
  readonly maxPeers?: number;
};
