// What a TurnServer is told, and what it tells.
import type { Entropy } from "../../core/crypto/entropy.js";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { Secret } from "../../core/diagnosis/secret.js";
import type { Clock } from "../../core/time/clock.js";
import type { TurnCredentials } from "../../core/turn/server/credentials.js";
import type { PortRange } from "../../core/turn/server/port-pool.js";
import type { TurnServerReport } from "../../core/turn/server/server-counters.js";
import type { TurnServerOutput } from "../../core/turn/server/server-io.js";
import type { TurnLimits } from "../../core/turn/server/server-limits.js";
import type { SocketCounters } from "./socket-counters.js";

/** Certificate and key of `turns:`. */
export type TurnTls = {
  /** PEM, with the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
  /** Default 5349; 0 takes a free one. */
  readonly port?: number;
};

/** How to start a TURN server. */
export type TurnServerOptions = {
  /** Who may allocate. There is no server without: an open relay is everybody's. */
  readonly credentials: TurnCredentials;
  /**
   * The address to listen on, default `0.0.0.0`: every IPv4 address of this machine. `::` is every address of both families,
   * link-local ones left out: their zone is not part of an address.
   */
  readonly host?: string;
  /** UDP and TCP; default 3478; 0 takes one that is free for both. */
  readonly port?: number;
  /** `turns:` is offered when it is given. */
  readonly tls?: TurnTls;
  /**
   * Where relay sockets are bound, at most one address of each family. Default: `host`; for a wildcard the machine's first fit
   * address of each family, public ones before private ones.
   */
  readonly relayHosts?: readonly string[];
  /** What peers are told instead of the relay's own address: the public address of a NAT that maps ports one to one. */
  readonly externalIp?: string;
  readonly realm?: string;
  readonly portRange?: PortRange;
  readonly limits?: Partial<TurnLimits>;
  /** Ranges to relay to although they are refused by default: `192.168.1.0/24`, `::1`. */
  readonly allowPeers?: readonly string[];
  /** TCP towards peers (RFC 6062); default true. */
  readonly tcpRelay?: boolean;
  /** Ports of this machine's own addresses that clients may reach all the same. Asked for packets: must be quick. */
  readonly ownPorts?: (port: number) => boolean;
  /**
   * The ICE password of an agent of this process by its ufrag. Then checks that clients send it are repaired where its stack would
   * refuse them (see `repair-ice-check.ts`).
   */
  readonly icePasswordOf?: (ufrag: string) => string | undefined;
  /** The way of datagrams; `auto` is koffi where it works. */
  readonly sockets?: "auto" | "koffi" | "dgram";
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly entropy?: Entropy;
};

/** What happened, for whoever watches. */
export type TurnServerEvent = Extract<TurnServerOutput, { readonly kind: "allocated" | "released" | "peer-denied" }>;

/** A server in numbers: the machine's, and its sockets'. Plain JSON. */
export type TurnReport = TurnServerReport & {
  readonly sockets: {
    /** The way of datagrams. */
    readonly kind: "koffi" | "dgram";
    /** Addresses that are listened on by UDP. */
    readonly listening: readonly string[];
    /** UDP sockets and TCP listeners towards peers. */
    readonly relays: number;
    readonly counters: SocketCounters;
  };
};
