// A STUN client in Node: asks a server by UDP, TCP or TLS which address it sees, from one socket as often as wanted.
import type { Entropy } from "../../core/crypto/entropy.js";
import type { FloeError } from "../../core/error/floe-error.js";
import { MachineDriver } from "../../core/net/machine-driver.js";
import type { IpFamily, TransportAddress } from "../../core/net/transport-address.js";
import { describeStunServer, parseStunServerUrl } from "../../core/stun/server-url.js";
import { StunClient, type StunClientInput, type StunClientOutput } from "../../core/stun/stun-client.js";
import { stunError } from "../../core/stun/stun-error.js";
import type { Clock } from "../../core/time/clock.js";
import type { Micros } from "../../core/time/units.js";
import { NodeEntropy } from "../crypto/node-entropy.js";
import { openServerLink } from "../net/open-server-link.js";
import type { LinkTls } from "../net/open-stream.js";
import { orAborted } from "../net/or-aborted.js";
import type { ServerLink } from "../net/server-link.js";
import { NodeClock } from "../time/node-clock.js";

/** How to ask. */
export type StunSocketOptions = {
  /** Ends the opening, or the query of `queryStun`, with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Longest wait for each step of opening (name, connection, TLS handshake), milliseconds. */
  readonly timeoutMs?: number;
  /** First wait for an answer by UDP, microseconds: doubles, 7 requests, 79 times this in all (RFC 8489 6.2.1). 500 ms when left out. */
  readonly rtoUs?: Micros;
  /** Which of the server's addresses to take; IPv4 where it has one when left out. */
  readonly serverFamily?: IpFamily;
  /** For `stuns:`: whom to trust. */
  readonly tls?: LinkTls;
  readonly clock?: Clock;
  readonly entropy?: Entropy;
};

/** What a server answered. */
export type StunAnswer = {
  /** Our address as the server sees it: behind a NAT the outer one. */
  readonly mappedAddress: TransportAddress;
  /** Our address as this machine has it. */
  readonly localAddress: TransportAddress;
  readonly serverAddress: TransportAddress;
  /** Undefined when the request had to be sent again. */
  readonly roundTripUs: Micros | undefined;
};

type Driver = MachineDriver<StunClientInput, StunClientOutput>;
type Query = { readonly resolve: (answer: StunAnswer) => void; readonly reject: (error: unknown) => void };

/** One socket to one server. */
export class StunSocket {
  readonly #server: string;
  readonly #driver: Driver;
  readonly #queries = new Map<number, Query>();
  #link: ServerLink | undefined;
  #failure: FloeError | undefined;
  #nextQuery = 1;

  private constructor(server: string, driver: (perform: (output: StunClientOutput) => void) => Driver) {
    this.#server = server;
    this.#driver = driver((output) => this.#perform(output));
  }

  /**
   * Opens a socket to `stun:host`, `stun:host:port?transport=tcp` or `stuns:host` (TURN servers answer, too: `turn:`, `turns:`).
   * Rejects with a FloeError: `stun/url`, `stun/unresolved`, `stun/unreachable`, `stun/tls`, `stun/…-timeout`.
   */
  static async open(url: string, options: StunSocketOptions = {}): Promise<StunSocket> {
    const { signal, timeoutMs = 10_000, clock = new NodeClock(), entropy = new NodeEntropy() } = options;
    const { rtoUs, serverFamily, tls } = options;
    const server = parseStunServerUrl(url);
    const transport = server.transport === "udp" ? "datagram" : "stream";
    const machine = new StunClient({ entropy, transport, ...(rtoUs === undefined ? {} : { rtoUs }) });
    const opened = new StunSocket(describeStunServer(server), (perform) => new MachineDriver(machine, clock, perform));
    opened.#link = await openServerLink(
      server,
      {
        received: (bytes) => opened.#driver.handle({ kind: "received", bytes }),
        closed: (error) => opened.#end(error),
      },
      { bounds: { clock, timeoutMs, signal }, serverFamily, tls },
    );
    return opened;
  }

  /** Asks once. At most 64 queries are open at a time. Rejects with `stun/no-answer`, `stun/refused`, `stun/closed`, … */
  async query({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StunAnswer> {
    const request = this.#nextQuery++;
    const answer = new Promise<StunAnswer>((resolve, reject) => {
      this.#queries.set(request, { resolve, reject });
    });
    if (this.#link === undefined) {
      this.#settle(request)?.reject(this.#failure ?? stunError({ kind: "closed" }, this.#server));
    } else {
      this.#driver.handle({ kind: "bind", request });
    }
    return await orAborted(answer, signal);
  }

  /** Closes the socket; open queries reject with `stun/closed`. Twice is quiet. */
  close(): void {
    this.#end(null);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #settle(request: number): Query | undefined {
    const query = this.#queries.get(request);
    this.#queries.delete(request);
    return query;
  }

  #end(error: FloeError | null): void {
    this.#failure = error ?? undefined;
    this.#link?.close();
    this.#link = undefined;
    for (const request of [...this.#queries.keys()]) {
      this.#settle(request)?.reject(error ?? stunError({ kind: "closed" }, this.#server));
    }
    this.#driver.close();
  }

  #perform(output: StunClientOutput): void {
    const link = this.#link;
    switch (output.kind) {
      case "send":
        link?.send(output.bytes);
        break;
      case "bound":
        if (link !== undefined) {
          const { mappedAddress, roundTripUs } = output;
          const { local: localAddress, remote: serverAddress } = link;
          this.#settle(output.request)?.resolve({ mappedAddress, localAddress, serverAddress, roundTripUs });
        }
        break;
      case "failed":
        this.#settle(output.request)?.reject(stunError(output.reason, this.#server));
        break;
      default:
        output satisfies never;
    }
  }
}

/** Asks a server once which address it sees, from a socket of its own. See {@link StunSocket} for URLs and errors. */
export async function queryStun(url: string, options: StunSocketOptions = {}): Promise<StunAnswer> {
  using socket = await StunSocket.open(url, options);
  return await socket.query(options.signal === undefined ? {} : { signal: options.signal });
}
