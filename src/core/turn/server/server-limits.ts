// What a TURN server gives to one client, one user, one address and all together.
import { type Micros, seconds } from "../../time/units.js";

/** The bounds of a server. Each has a default, so give only those that differ. */
export type TurnLimits = {
  /** Lifetime of an allocation that asks for none. */
  readonly lifetimeUs: Micros;
  /** The longest lifetime that is granted. */
  readonly maxLifetimeUs: Micros;
  /** Allocations of one user at once; over: 486. */
  readonly allocationsPerUser: number;
  /** Allocations of one client address at once; over: 486. */
  readonly allocationsPerAddress: number;
  /** Allocations at once; over: 486. */
  readonly allocations: number;
  /** Payload bits a second that one allocation may relay, both directions together; more is dropped. */
  readonly bitrateBps: number;
  /** Permissions of one allocation at once; over: 508. */
  readonly permissionsPerAllocation: number;
  /** Channels of one allocation at once; over: 508. */
  readonly channelsPerAllocation: number;
  /** TCP connections with peers of one allocation at once (RFC 6062); over: 508, or the connection is refused. */
  readonly peerConnectionsPerAllocation: number;
  /** Clients' streams at once, with an allocation or without; over: closed. */
  readonly connections: number;
  /** Clients' streams from one address at once; over: closed. */
  readonly connectionsPerAddress: number;
  /** How long a stream may stay without an allocation. */
  readonly idleConnectionUs: Micros;
  /** Requests that wait for the credentials hook at once; over: dropped. */
  readonly waitingRequests: number;
  /** How long a nonce is good. */
  readonly nonceLifetimeUs: Micros;
};

/** The defaults. */
export const DEFAULT_TURN_LIMITS: TurnLimits = {
  lifetimeUs: seconds(600),
  maxLifetimeUs: seconds(3600),
  allocationsPerUser: 10,
  allocationsPerAddress: 30,
  allocations: 1000,
  bitrateBps: 5_000_000,
  permissionsPerAllocation: 128,
  channelsPerAllocation: 128,
  peerConnectionsPerAllocation: 32,
  connections: 2000,
  connectionsPerAddress: 128,
  idleConnectionUs: seconds(60),
  waitingRequests: 256,
  nonceLifetimeUs: seconds(600),
};

/** How long a permission holds (RFC 8656 9). */
export const PERMISSION_LIFETIME_US: Micros = seconds(300);
/** How long a channel stays bound (RFC 8656 12). */
export const CHANNEL_LIFETIME_US: Micros = seconds(600);
/** How long a reserved port is kept (RFC 8656 7.2). */
export const RESERVATION_LIFETIME_US: Micros = seconds(30);
/** How long a connection with a peer may wait for its ConnectionBind (RFC 6062 5). */
export const CONNECTION_BIND_US: Micros = seconds(30);
/** How long a connection to a peer may take to open (RFC 6062 5.2). */
export const CONNECT_TIMEOUT_US: Micros = seconds(30);
/** How long sockets and the credentials hook may take to answer. */
export const ANSWER_TIMEOUT_US: Micros = seconds(5);
