// The TURN server on sockets (RFC 8656, 6156, 6062, and STUN Binding): UDP, TCP and TLS towards clients, UDP and TCP towards peers.
import { Signal } from "../../core/signal/signal.js";
import type { CredentialAnswer } from "../../core/turn/server/credentials.js";
import type { TurnReport, TurnServerEvent, TurnServerOptions } from "./turn-server-options.js";
import { TurnSockets } from "./turn-sockets.js";

/** A running server. Nothing that clients or peers do makes it throw. */
export class TurnServer {
  /** Allocations that were made and ended, peers that were refused. */
  readonly events: Signal<TurnServerEvent>;
  readonly #sockets: TurnSockets;

  private constructor(sockets: TurnSockets, events: Signal<TurnServerEvent>) {
    this.#sockets = sockets;
    this.events = events;
  }

  /**
   * Starts to listen. Rejects with `turn/address-in-use`, `turn/port-forbidden`, `turn/no-such-address`, `turn/host`,
   * `turn/relay-address`, `turn/external-ip`, `turn/bad-certificate`, `turn/no-koffi`, `turn/port-range`.
   */
  static async start(options: TurnServerOptions): Promise<TurnServer> {
    const events = new Signal<TurnServerEvent>();
    return new TurnServer(await TurnSockets.start(options, events), events);
  }

  /** Where it listens, UDP and TCP. */
  get port(): number {
    return this.#sockets.listeners.port;
  }

  /** Where it listens by TLS; undefined when it does not. */
  get tlsPort(): number | undefined {
    return this.#sockets.listeners.tlsPort;
  }

  /** The addresses that peers see, at most one of each family. */
  get relayAddresses(): readonly string[] {
    return this.#sockets.relayAddresses;
  }

  /** The way of datagrams. */
  get sockets(): "koffi" | "dgram" {
    return this.#sockets.kind;
  }

  /** The server in numbers. */
  report(): TurnReport {
    return this.#sockets.report();
  }

  /** The answer to a query that the credentials hook put off with `"later"`; within 5 s. */
  answerCredentials(query: number, answer: CredentialAnswer): void {
    this.#sockets.handle({ kind: "credentials", query, answer });
  }

  /** Ends what a user has: their credentials were taken back. The name is the one that `allocated` tells. */
  endUser(user: string): void {
    this.#sockets.handle({ kind: "end-user", user });
  }

  /** Ends every allocation and resolves when all sockets are closed. Quiet when called again. */
  close(): Promise<void> {
    return this.#sockets.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
