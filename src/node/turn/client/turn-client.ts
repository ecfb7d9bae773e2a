// A TURN client in Node (RFC 8656, RFC 6062): an allocation on a server, reached by UDP, TCP or TLS, kept until it is closed.
import type { Duplex } from "node:stream";
import { Logger } from "../../../core/diagnosis/logger.js";
import { Secret } from "../../../core/diagnosis/secret.js";
import { FloeError } from "../../../core/error/floe-error.js";
import { MachineDriver } from "../../../core/net/machine-driver.js";
import { formatIpAddress, type TransportAddress } from "../../../core/net/transport-address.js";
import { Signal } from "../../../core/signal/signal.js";
import { describeStunServer, parseStunServerUrl, type StunServerUrl } from "../../../core/stun/server-url.js";
import type { TurnClientInput, TurnClientOutput } from "../../../core/turn/client/client-io.js";
import { TurnClientMachine } from "../../../core/turn/client/turn-client-machine.js";
import { turnError, turnPeerError } from "../../../core/turn/client/turn-error.js";
import { NodeEntropy } from "../../crypto/node-entropy.js";
import { Deferred } from "../../net/deferred.js";
import { type StepBounds, takeStep } from "../../net/link-step.js";
import { openServerLink } from "../../net/open-server-link.js";
import { orAborted } from "../../net/or-aborted.js";
import type { ServerLink } from "../../net/server-link.js";
import { NodeClock } from "../../time/node-clock.js";
import { openDataStream } from "./data-stream.js";
import { PeerWaits } from "./peer-waits.js";
import type {
  IncomingPeer,
  RefusedPeer,
  RelayedData,
  TurnAllocation,
  TurnClientReport,
  TurnConnectOptions,
} from "./turn-client-options.js";

type Abortable = { readonly signal?: AbortSignal };

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BUFFERED_BYTES = 1_048_576;

/** One allocation. Whatever it is asked for after its end rejects with the reason of that end. */
export class TurnClient {
  /** A peer sent something. */
  readonly received: Signal<RelayedData> = new Signal();
  /** A peer that is let in has connected by TCP (`relay: "tcp"`). */
  readonly peerConnected: Signal<IncomingPeer> = new Signal();
  /** A peer that was let in is not any more: so said the server when that was to be refreshed. */
  readonly peerRefused: Signal<RefusedPeer> = new Signal();
  readonly #url: StunServerUrl;
  readonly #server: string;
  readonly #options: TurnConnectOptions;
  readonly #bounds: Omit<StepBounds, "signal">;
  readonly #log: Logger;
  readonly #machine: TurnClientMachine;
  readonly #driver: MachineDriver<TurnClientInput, TurnClientOutput>;
  readonly #allocated = new Deferred<TurnAllocation>();
  readonly #closed = new Deferred<FloeError | null>();
  readonly #permits = new PeerWaits<void>();
  readonly #bindings = new PeerWaits<number>();
  readonly #connects = new PeerWaits<number>();
  readonly #streams = new Set<Duplex>();
  readonly #counters = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0, overflowed: 0 };
  #link: ServerLink | undefined;
  #linkFailure: FloeError | undefined;
  #allocation: TurnAllocation | undefined;
  /** Why there is nothing to be had any more; undefined while there is. */
  #end: FloeError | undefined;

  private constructor(url: StunServerUrl, options: TurnConnectOptions) {
    const { clock = new NodeClock(), entropy = new NodeEntropy(), logger = Logger.silent() } = options;
    const { username, credential, family, relay, lifetimeSeconds, maxPeers, rtoUs } = options;
    this.#url = url;
    this.#server = describeStunServer(url);
    this.#options = options;
    this.#bounds = { clock, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS };
    this.#log = logger.child("turn-client");
    this.#machine = new TurnClientMachine({
      entropy,
      credentials: { username, password: typeof credential === "string" ? new Secret(credential) : credential },
      transport: url.transport === "udp" ? "datagram" : "stream",
      ...(family === undefined ? {} : { family }),
      ...(relay === undefined ? {} : { relay }),
      ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
      ...(maxPeers === undefined ? {} : { maxPeers }),
      ...(rtoUs === undefined ? {} : { rtoUs }),
    });
    this.#driver = new MachineDriver(this.#machine, clock, (output) => this.#perform(output));
  }

  /**
   * Reaches a server and allocates. Rejects with a FloeError: `turn/unresolved`, `turn/unreachable`, `turn/tls`, `turn/…-timeout`
   * for the way there; `turn/unauthorized`, `turn/quota`, `turn/no-answer`, … for the server's answer.
   */
  static async connect(options: TurnConnectOptions): Promise<TurnClient> {
    const url = parseStunServerUrl(options.url);
    if (!url.scheme.startsWith("turn")) {
      throw new FloeError("turn/url", `${options.url} is a STUN server's URL`, { fix: "Write turn: or turns:." });
    }
    if (options.relay === "tcp" && url.transport === "udp") {
      throw new FloeError(
        "turn/relay-transport",
        "a relay by TCP is asked for by TCP or TLS, not by UDP (RFC 6062 4.1)",
        {
          fix: `Write ${options.url.split("?")[0]}?transport=tcp, or turns:.`,
        },
      );
    }
    const client = new TurnClient(url, options);
    await client.#connect();
    return client;
  }

  /** What the server gave. */
  get allocation(): TurnAllocation {
    return this.#allocation as TurnAllocation;
  }

  /** The first relayed address. */
  get relayedAddress(): TransportAddress {
    return this.allocation.relayedAddresses[0];
  }

  /** Settles at the end: null when it was closed by `close`, else what happened. Never rejects. */
  get closed(): Promise<FloeError | null> {
    return this.#closed.promise;
  }

  /** Lets a peer's host in, and keeps it in. Rejects with `turn/forbidden`, `turn/no-room`, … */
  async permit(peer: TransportAddress, { signal }: Abortable = {}): Promise<void> {
    this.#assertOpen();
    if (!this.#machine.isPermitted(peer)) {
      const { promise } = this.#permits.wait(peer);
      this.#driver.handle({ kind: "permit", peer });
      await orAborted(promise, signal);
    }
  }

  /** Binds a channel to a peer and keeps it: 4 bytes of header instead of 36. Lets it in, too. Resolves with its number. */
  async bind(peer: TransportAddress, { signal }: Abortable = {}): Promise<number> {
    this.#assertOpen();
    const bound = this.#machine.channelOf(peer);
    if (bound !== undefined) {
      return bound;
    }
    const { promise } = this.#bindings.wait(peer);
    this.#driver.handle({ kind: "bind", peer });
    return await orAborted(promise, signal);
  }

  /** Sends to a peer that was let in, 65 000 bytes at most. Copies them. False when they were dropped and counted instead. */
  send(peer: TransportAddress, bytes: Uint8Array): boolean {
    const { maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES } = this.#options;
    if ((this.#link?.bufferedBytes ?? 0) + bytes.length > maxBufferedBytes) {
      this.#counters.overflowed++;
      return false;
    }
    const { unsent } = this.#machine;
    this.#driver.handle({ kind: "send", peer, bytes });
    const isSent = this.#end === undefined && this.#machine.unsent === unsent;
    if (isSent) {
      this.#counters.sentPackets++;
      this.#counters.sentBytes += bytes.length;
    }
    return isSent;
  }

  /**
   * Reaches a peer by TCP through the relay (`relay: "tcp"`). The stream is the caller's, and ends with the allocation. Rejects with
   * `turn/peer-unreachable`, `turn/forbidden`, `turn/peer-taken`, …
   */
  async connectPeer(peer: TransportAddress, { signal }: Abortable = {}): Promise<Duplex> {
    this.#assertOpen();
    const { promise, isFirst } = this.#connects.wait(peer);
    if (!isFirst) {
      throw turnPeerError(peer, 446, this.#server);
    }
    this.#driver.handle({ kind: "connect", peer });
    return await this.#openData(await orAborted(promise, signal), signal);
  }

  /** What went through, and what did not. */
  report(): TurnClientReport {
    return { ...this.#counters, unsent: this.#machine.unsent, ignored: this.#machine.ignored };
  }

  /** Gives the allocation back, waits until the server has said so, or for `timeoutMs`, and closes. Twice is quiet. */
  async close(): Promise<void> {
    if (this.#end === undefined && this.#link !== undefined) {
      this.#driver.handle({ kind: "stop" });
      const isOver = takeStep({
        bounds: this.#bounds,
        run: () => this.#closed.promise,
        stop: () => {},
        timedOut: () => this.#closedError(),
      });
      await isOver.catch(() => {});
    }
    this.#finish(null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #connect(): Promise<void> {
    const { signal, serverFamily, tls } = this.#options;
    const events = {
      received: (bytes: Uint8Array) => this.#driver.handle({ kind: "received", bytes }),
      closed: (error: FloeError | null) => {
        this.#linkFailure = error ?? undefined;
        this.#driver.handle({ kind: "closed" });
      },
    };
    this.#link = await openServerLink(this.#url, events, { bounds: { ...this.#bounds, signal }, serverFamily, tls });
    this.#driver.handle({ kind: "start" });
    try {
      await orAborted(this.#allocated.promise, signal);
    } catch (error) {
      // What the server may still give is given back behind the caller's back.
      void this.close();
      throw error;
    }
  }

  async #openData(connectionId: number, signal: AbortSignal | undefined): Promise<Duplex> {
    this.#assertOpen();
    const { remote } = this.#link as ServerLink;
    const at = { address: formatIpAddress(remote), family: remote.family };
    const machine = this.#machine.dataConnection(connectionId);
    const { tls } = this.#options;
    const stream = await openDataStream(this.#url, at, machine, { bounds: { ...this.#bounds, signal }, tls });
    if (this.#end !== undefined) {
      stream.destroy();
      throw this.#end;
    }
    this.#streams.add(stream);
    stream.once("close", () => this.#streams.delete(stream));
    return stream;
  }

  #perform(output: TurnClientOutput): void {
    switch (output.kind) {
      case "send":
        this.#link?.send(output.bytes);
        break;
      case "allocated": {
        const { kind: _, ...allocation } = output;
        this.#allocation = allocation;
        this.#allocated.resolve(allocation);
        break;
      }
      case "permitted":
        this.#permits.resolve(output.peer);
        break;
      case "bound":
        this.#bindings.resolve(output.peer, output.channel);
        break;
      case "peer-refused":
        this.#peerRefused(output.peer, output.code);
        break;
      case "peer-connected":
        this.#connects.resolve(output.peer, output.connectionId);
        break;
      case "connect-refused":
        this.#connects.reject(output.peer, turnError(output.reason, this.#server));
        break;
      case "peer-attempted": {
        const { peer, connectionId } = output;
        const accept = ({ signal }: Abortable = {}): Promise<Duplex> => this.#openData(connectionId, signal);
        this.#tell(this.peerConnected, { peer, accept });
        break;
      }
      case "data":
        this.#counters.receivedPackets++;
        this.#counters.receivedBytes += output.bytes.length;
        this.#tell(this.received, output);
        break;
      case "failed":
        this.#finish(this.#linkFailure ?? turnError(output.reason, this.#server));
        break;
      case "released":
        this.#finish(null);
        break;
      default:
        output satisfies never;
    }
  }

  #peerRefused(peer: TransportAddress, code: number): void {
    const error = turnPeerError(peer, code, this.#server);
    const isPermit = this.#permits.reject(peer, error);
    const isBinding = this.#bindings.reject(peer, error);
    if (!isPermit && !isBinding) {
      this.#tell(this.peerRefused, { peer, error });
    }
  }

  #tell<T>(signal: Signal<T>, value: T): void {
    try {
      signal.emit(value);
    } catch (error) {
      this.#log.limited("listener").error("a listener threw", { error });
    }
  }

  #finish(failure: FloeError | null): void {
    if (this.#end !== undefined) {
      return;
    }
    this.#end = failure ?? this.#closedError();
    this.#driver.close();
    this.#link?.close();
    for (const waits of [this.#permits, this.#bindings, this.#connects]) {
      waits.rejectAll(this.#end);
    }
    for (const stream of this.#streams) {
      stream.destroy();
    }
    this.#allocated.reject(this.#end);
    this.#closed.resolve(failure);
  }

  #assertOpen(): void {
    if (this.#end !== undefined) {
      throw this.#end;
    }
  }

  #closedError(): FloeError {
    return new FloeError("turn/closed", `the allocation at ${this.#server} was closed here`, { fix: "Connect again." });
  }
}
