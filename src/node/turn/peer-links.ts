// TCP between relayed addresses and peers (RFC 6062): listeners, connections from the same address and port, and their being joined
// with clients' streams.
import { connect, createServer, type Server, type Socket } from "node:net";
import { formatIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import type { Clock } from "../../core/time/clock.js";
import { closeGently } from "../net/close-gently.js";
import { remoteOf } from "./client-streams.js";
import { joinStreams } from "./join-streams.js";
import type { SocketCounters } from "./socket-counters.js";

/** Connections of peers that may wait to be accepted. */
const BACKLOG = 32;

/** What happens on them. */
export type PeerLinkEvents = {
  readonly accepted: (relay: number, accepted: number, from: TransportAddress) => void;
  readonly connected: (peerConnection: number) => void;
  readonly failed: (peerConnection: number) => void;
  readonly closed: (peerConnection: number) => void;
};

/** What they are made of. */
export type PeerLinksOptions = {
  readonly events: PeerLinkEvents;
  readonly counters: SocketCounters;
  readonly clock: Clock;
  /** Connections that one listener may have at once. */
  readonly maxPerRelay: number;
  /** Whether so many bytes may pass now. */
  readonly admit: (peerConnection: number, direction: "to-peer" | "to-client", lengthBytes: number) => boolean;
};

/** A relayed address. `aside`: its listener has made room for a connection; `opening`: it comes back. */
type Relay = { readonly address: TransportAddress; server: Server; state: "listening" | "aside" | "opening" };

/** All of them. */
export class PeerLinks {
  readonly #options: PeerLinksOptions;
  readonly #relays = new Map<number, Relay>();
  readonly #accepted = new Map<number, Socket>();
  readonly #peers = new Map<number, Socket>();
  readonly #open = new Set<Socket | Server>();
  /** Connections to peers that wait until the listener of their relay is back, by their number. */
  readonly #queued = new Map<number, { readonly relay: number; readonly to: TransportAddress }>();
  #next = 1;

  constructor(options: PeerLinksOptions) {
    this.#options = options;
  }

  /** TCP relay listeners. */
  get size(): number {
    return this.#relays.size;
  }

  /** Listens on a relayed address; `done` says whether that worked, and is not called after `close`. */
  listen(relay: number, address: TransportAddress, done: (isOpen: boolean) => void): void {
    const opened: Relay = { address, server: this.#server(relay), state: "opening" };
    this.#relays.set(relay, opened);
    this.#listen(relay, opened, (isOpen) => {
      opened.state = "listening";
      if (this.#relays.get(relay) === opened) {
        if (!isOpen) {
          this.#relays.delete(relay);
        }
        done(isOpen);
      }
    });
  }

  /** Stops listening. */
  close(relay: number): void {
    this.#relays.get(relay)?.server.close();
    this.#relays.delete(relay);
  }

  /** Connects from a relayed address to a peer. */
  connect(peerConnection: number, relay: number, to: TransportAddress): void {
    const from = this.#relays.get(relay);
    const { events } = this.#options;
    if (from === undefined) {
      events.failed(peerConnection);
      return;
    }
    if (from.state === "opening") {
      this.#queued.set(peerConnection, { relay, to });
      return;
    }
    this.#stepAside(relay, from);
    const socket = connect({
      host: formatIpAddress(to),
      port: to.port,
      localAddress: formatIpAddress(from.address),
      localPort: from.address.port,
      noDelay: true,
    });
    this.#peers.set(peerConnection, socket);
    // Not read until it is joined: what the peer sends waits in the system.
    socket.pause();
    let isConnected = false;
    this.#watch(socket, () => {
      if (this.#forget(peerConnection, socket)) {
        (isConnected ? events.closed : events.failed)(peerConnection);
      }
    });
    socket.once("connect", () => {
      isConnected = true;
      if (this.#peers.get(peerConnection) === socket) {
        events.connected(peerConnection);
      }
    });
  }

  /** Keeps what a peer opened. */
  keep(accepted: number, peerConnection: number): void {
    const socket = this.#accepted.get(accepted);
    this.#accepted.delete(accepted);
    if (socket !== undefined) {
      this.#peers.set(peerConnection, socket);
      socket.once("close", () => {
        if (this.#forget(peerConnection, socket)) {
          this.#options.events.closed(peerConnection);
        }
      });
    }
  }

  /** Closes what a peer opened. */
  refuse(accepted: number): void {
    this.#accepted.get(accepted)?.destroy();
    this.#accepted.delete(accepted);
  }

  /** Joins a client's stream with a peer's connection. */
  join(client: Socket, peerConnection: number, early: Uint8Array): void {
    const peer = this.#peers.get(peerConnection);
    if (peer === undefined) {
      closeGently(client);
      return;
    }
    const { clock, admit } = this.#options;
    joinStreams({
      client,
      peer,
      early,
      clock,
      admit: (direction, lengthBytes) => admit(peerConnection, direction, lengthBytes),
    });
  }

  /** Closes a connection with a peer after what was sent. */
  end(peerConnection: number): void {
    this.#queued.delete(peerConnection);
    const socket = this.#peers.get(peerConnection);
    if (socket !== undefined) {
      this.#peers.delete(peerConnection);
      if (socket.connecting) {
        socket.destroy();
      } else {
        closeGently(socket);
      }
    }
  }

  /** Closes all and resolves when they are. */
  async endAll(): Promise<void> {
    for (const relay of [...this.#relays.keys()]) {
      this.close(relay);
    }
    for (const peerConnection of [...this.#peers.keys()]) {
      this.end(peerConnection);
    }
    await Promise.all(
      [...this.#open].map((each) => new Promise<void>((resolve) => each.once("close", () => resolve()))),
    );
  }

  /**
   * The system lets nobody bind to a port on which somebody listens. So the listener steps aside for a moment: it is back before
   * the loop turns, and connections that were made already stay.
   */
  #stepAside(relay: number, from: Relay): void {
    if (from.state === "aside") {
      return;
    }
    from.state = "aside";
    from.server.close();
    process.nextTick(() => {
      if (this.#relays.get(relay) !== from) {
        return;
      }
      from.state = "opening";
      from.server = this.#server(relay);
      this.#listen(relay, from, (isOpen) => {
        this.#options.counters.relaysFailed += isOpen ? 0 : 1;
        from.state = "listening";
        this.#connectQueued(relay);
      });
    });
  }

  #connectQueued(relay: number): void {
    for (const [peerConnection, queued] of [...this.#queued]) {
      if (queued.relay === relay) {
        this.#queued.delete(peerConnection);
        this.connect(peerConnection, relay, queued.to);
      }
    }
  }

  #server(relay: number): Server {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(relay, socket));
    server.maxConnections = this.#options.maxPerRelay;
    return server;
  }

  #listen(relay: number, { address, server }: Relay, done: (isOpen: boolean) => void): void {
    this.#open.add(server);
    server.once("close", () => this.#open.delete(server));
    const failed = (): void => {
      this.#open.delete(server);
      done(false);
    };
    server.once("error", failed);
    const options = { port: address.port, host: formatIpAddress(address), backlog: BACKLOG, exclusive: true };
    server.listen({ ...options, ipv6Only: true }, () => {
      server.off("error", failed).on("error", () => this.#options.counters.receiveFailed++);
      // It may have been given up meanwhile, when there was nothing to close yet.
      if (this.#relays.get(relay)?.server !== server) {
        server.close();
      }
      done(true);
    });
  }

  #accept(relay: number, socket: Socket): void {
    const from = remoteOf(socket);
    this.#watch(socket, () => {});
    if (from === undefined || !this.#relays.has(relay)) {
      socket.destroy();
      return;
    }
    const accepted = this.#next++;
    this.#accepted.set(accepted, socket);
    this.#options.events.accepted(relay, accepted, from);
    // Whoever was asked has answered by now, with `keep` or `refuse`.
    this.refuse(accepted);
  }

  #watch(socket: Socket, closed: () => void): void {
    this.#open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#open.delete(socket);
      closed();
    });
  }

  #forget(peerConnection: number, socket: Socket): boolean {
    const isMine = this.#peers.get(peerConnection) === socket;
    if (isMine) {
      this.#peers.delete(peerConnection);
    }
    return isMine;
  }
}
