// One socket of a Symple server: how far it has come, when it was last heard, what it may still send.
import type { Micros } from "../time/units.js";
import type { AuthFrame } from "./frame.js";
import type { SympleLimits } from "./limits.js";
import type { ServerPeer } from "./server-peer.js";
import { TokenBucket } from "./token-bucket.js";

/** How far a connection has come. */
export type ConnectionPhase =
  /** No auth frame yet. */
  | { readonly kind: "waiting" }
  /** The hook decides; frames that come meanwhile wait in `frames`. */
  | { readonly kind: "verifying"; readonly auth: AuthFrame; readonly frames: string[] }
  | { readonly kind: "online"; readonly peer: ServerPeer };

/** The state of one socket. */
export class ServerConnection {
  readonly id: number;
  phase: ConnectionPhase = { kind: "waiting" };
  readonly #limits: SympleLimits;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #openedUs: Micros;
  #heardUs: Micros;
  #pingedUs: Micros;

  constructor(id: number, limits: SympleLimits, nowUs: Micros) {
    this.id = id;
    this.#limits = limits;
    this.#messages = new TokenBucket(limits.messageRate, nowUs);
    this.#bytes = new TokenBucket(limits.byteRate, nowUs);
    this.#openedUs = nowUs;
    this.#heardUs = nowUs;
    this.#pingedUs = nowUs;
  }

  /** Notes a sign of life. */
  heard(nowUs: Micros): void {
    this.#heardUs = nowUs;
  }

  /** Whether one more message, of this size, is within the rates. */
  admits(byteLength: number, nowUs: Micros): boolean {
    return this.#messages.take(nowUs) && this.#bytes.take(nowUs, byteLength);
  }

  /** Authenticated: from here on the full rate is the peer's. */
  enter(peer: ServerPeer, nowUs: Micros): void {
    this.phase = { kind: "online", peer };
    this.#messages.refill(nowUs);
    this.heard(nowUs);
  }

  /** Longest frame that is taken now, in bytes. */
  get maxMessageBytes(): number {
    return this.phase.kind === "online" ? this.#limits.maxMessageBytes : this.#limits.maxAuthBytes;
  }

  /** When the peer counts as dead: it has not shown that it is anybody, or has answered no ping. */
  get expiresUs(): Micros {
    return this.phase.kind === "online"
      ? this.#heardUs + this.#limits.dropAfterUs
      : this.#openedUs + this.#limits.authTimeoutUs;
  }

  /** When it wants to be pinged; undefined before it is authenticated. */
  get pingAtUs(): Micros | undefined {
    return this.phase.kind === "online"
      ? Math.max(this.#heardUs, this.#pingedUs) + this.#limits.pingAfterUs
      : undefined;
  }

  /** Notes that a ping was sent. */
  pinged(nowUs: Micros): void {
    this.#pingedUs = nowUs;
  }

  /** The earlier of the two. */
  get deadlineUs(): Micros {
    return Math.min(this.expiresUs, this.pingAtUs ?? this.expiresUs);
  }
}
