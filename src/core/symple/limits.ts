// What a Symple server takes from strangers before it closes the door, with the field's defaults.
import { type Micros, seconds } from "../time/units.js";
import { DEFAULT_BYTE_RATE, DEFAULT_MESSAGE_RATE, type TokenBucketOptions } from "./token-bucket.js";

/** The bounds of a server. Each has a default, so give only those that differ. */
export type SympleLimits = {
  /** Most connections at once, authenticated or not; over: error 503. */
  readonly maxConnections: number;
  /** Longest message of an authenticated peer; over: error 413. */
  readonly maxMessageBytes: number;
  /** Longest message before a peer is authenticated; over: error 413. */
  readonly maxAuthBytes: number;
  /** How many messages a peer may send; over: error 429. */
  readonly messageRate: TokenBucketOptions;
  /** How many bytes a peer may send; over: error 429. */
  readonly byteRate: TokenBucketOptions;
  /** How long a connection may take to be authenticated; over: error 408. */
  readonly authTimeoutUs: Micros;
  /** A peer that is silent this long is pinged, and again each time this long has passed. */
  readonly pingAfterUs: Micros;
  /** A peer that is silent this long, pongs included, is dropped: two pings went unanswered. */
  readonly dropAfterUs: Micros;
  /** Most rooms that one peer may be in; over: error 400. */
  readonly maxRoomsPerPeer: number;
  /** Most characters of JSON that a peer's own presence data may take; over: error 400. */
  readonly maxPresenceLength: number;
  /** Most frames that are kept while the authentication hook decides; over: error 429. */
  readonly maxWaitingFrames: number;
};

/** The defaults. */
export const DEFAULT_SYMPLE_LIMITS: SympleLimits = {
  maxConnections: 1024,
  maxMessageBytes: 65_536,
  maxAuthBytes: 4096,
  messageRate: DEFAULT_MESSAGE_RATE,
  byteRate: DEFAULT_BYTE_RATE,
  authTimeoutUs: seconds(10),
  pingAfterUs: seconds(10),
  dropAfterUs: seconds(30),
  maxRoomsPerPeer: 32,
  maxPresenceLength: 3072,
  maxWaitingFrames: 32,
};
