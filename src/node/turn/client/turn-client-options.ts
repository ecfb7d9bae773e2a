// How a TURN client connects, and what it tells.
import type { Duplex } from "node:stream";
import type { Entropy } from "../../../core/crypto/entropy.js";
import type { Logger } from "../../../core/diagnosis/logger.js";
import type { Secret } from "../../../core/diagnosis/secret.js";
import type { FloeError } from "../../../core/error/floe-error.js";
import type { IpFamily, TransportAddress } from "../../../core/net/transport-address.js";
import type { Clock } from "../../../core/time/clock.js";
import type { Micros } from "../../../core/time/units.js";
import type { LinkTls } from "../../net/open-stream.js";

/** Which server, who we are there, and what is wanted of it. */
export type TurnConnectOptions = {
  /** `turn:host`, `turn:host:port?transport=tcp`, `turns:host`: UDP, TCP, TLS. */
  readonly url: string;
  readonly username: string;
  readonly credential: Secret | string;
  /** The relayed address's family, or "both". IPv4 when left out. */
  readonly family?: IpFamily | "both";
  /** What the relay speaks with peers; "tcp" (RFC 6062) needs a URL by TCP or TLS. "udp" when left out. */
  readonly relay?: "udp" | "tcp";
  /** Asked for; the server decides. */
  readonly lifetimeSeconds?: number;
  /** Peers at once; 1024 when left out. */
  readonly maxPeers?: number;
  /** Bytes that may wait to leave; more data is dropped and counted. 1 MiB when left out. */
  readonly maxBufferedBytes?: number;
  /** Longest wait for each step: name, connection, TLS handshake, and for the server to give the allocation back. */
  readonly timeoutMs?: number;
  /** First wait for an answer by UDP: doubles, 7 requests, 79 times this in all. 500 ms when left out; streams wait 39.5 s. */
  readonly rtoUs?: Micros;
  /** Which of the server's addresses to take; IPv4 where it has one when left out. */
  readonly serverFamily?: IpFamily;
  /** For `turns:`: whom to trust. */
  readonly tls?: LinkTls;
  /** Ends the connecting with `signal.reason`; nothing stays behind on the server. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly entropy?: Entropy;
};

/** What the server gave. */
export type TurnAllocation = {
  /** One, or one of each family. */
  readonly relayedAddresses: readonly TransportAddress[];
  /** Our address as the server sees it. */
  readonly mappedAddress: TransportAddress;
  readonly lifetimeSeconds: number;
  /** Why the additional family is missing; undefined when it is not. */
  readonly addressError: { readonly family: IpFamily; readonly code: number } | undefined;
};

/** What a peer sent. */
export type RelayedData = {
  readonly peer: TransportAddress;
  /** A view: copy what is kept beyond the listener. */
  readonly bytes: Uint8Array;
};

/** A peer that has connected to the relayed address. */
export type IncomingPeer = {
  readonly peer: TransportAddress;
  /** Opens the pipe to it, within 30 s; the server hangs up on it otherwise. */
  accept(options?: { readonly signal?: AbortSignal }): Promise<Duplex>;
};

/** A peer that is not let in any more. */
export type RefusedPeer = { readonly peer: TransportAddress; readonly error: FloeError };

/** Counters of one client. */
export type TurnClientReport = {
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Data that was dropped: its peer was not let in, or it was too long. */
  readonly unsent: number;
  /** Data that was dropped because too much waited to leave. */
  readonly overflowed: number;
  /** Messages that were no answer to us: foreign, forged or broken. */
  readonly ignored: number;
};
