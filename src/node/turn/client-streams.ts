// Clients' streams over TCP and TLS: bytes in, bounded bytes out. A client that does not read loses relayed packets, as it would by
// UDP, and is cut when even the answers pile up.
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { FloeError } from "../../core/error/floe-error.js";
import { normaliseAddress } from "../../core/net/address-range.js";
import { formatIpAddress, parseIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import type { RelayBatch } from "../../core/turn/relay-batch.js";
import { RelayWord } from "../../core/turn/relay-record.js";
import { closeGently } from "../net/close-gently.js";
import type { SocketCounters } from "./socket-counters.js";
import type { TurnTls } from "./turn-server-options.js";

/** Beyond so much that waits, relayed packets to a client are dropped: half a second of 4 Mbit/s. */
const MAX_QUEUED_BYTES = 262_144;
/** A client that lets this much wait does not even read answers. */
const MAX_ANSWER_BYTES = 1_048_576;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** What happens on streams. */
export type ClientStreamEvents = {
  readonly opened: (connection: number, remote: TransportAddress) => void;
  readonly segment: (connection: number, bytes: Uint8Array) => void;
  readonly closed: (connection: number) => void;
};

/** What they are made of. */
export type ClientStreamsOptions = {
  readonly events: ClientStreamEvents;
  readonly counters: SocketCounters;
  /** Streams at once. */
  readonly maxConnections: number;
  /** TLS streams of one address at once: until TLS is negotiated the machine does not know of them. */
  readonly maxTlsPerAddress: number;
};

/** All of them, by number. No number is used twice. */
export class ClientStreams {
  readonly #options: ClientStreamsOptions;
  readonly #sockets = new Map<number, Socket>();
  readonly #servers = new Set<Server>();
  /** Under each TLS stream, from before it is one. */
  readonly #tlsCarriers = new Map<Socket, string>();
  readonly #corked: Socket[] = [];
  #next = 1;

  constructor(options: ClientStreamsOptions) {
    this.#options = options;
  }

  /** Listens. Rejects with the system's error. Resolves with the port. */
  listen(address: TransportAddress, tls?: TurnTls): Promise<number> {
    const server = tls === undefined ? createServer({ noDelay: true }) : this.#tlsServer(tls);
    server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => this.#add(socket));
    // One more than the machine takes, so that it is the machine that refuses, and counts.
    server.maxConnections = this.#options.maxConnections + 16;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const options = { port: address.port, host: formatIpAddress(address), ipv6Only: true, exclusive: true };
      server.listen(options, () => {
        this.#servers.add(server);
        server.off("error", reject).on("error", () => this.#options.counters.receiveFailed++);
        resolve(portOf(server));
      });
    });
  }

  /** The socket of a stream, for whoever joins it with another. */
  socket(connection: number): Socket | undefined {
    return this.#sockets.get(connection);
  }

  /** Sends an answer. */
  send(connection: number, bytes: Uint8Array): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined || !socket.writable) {
      return;
    }
    if (socket.writableLength > MAX_ANSWER_BYTES) {
      this.#options.counters.slowClientsCut++;
      socket.destroy();
      return;
    }
    socket.write(bytes);
  }

  /** Sends the ready records of a batch that go to streams, those with family 0. */
  sendBatch(batch: RelayBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if (batch.isReady(i) && batch.word(i, RelayWord.family) === 0) {
        this.#sendRelayed(batch, i);
      }
    }
    for (const socket of this.#corked) {
      socket.uncork();
    }
    this.#corked.length = 0;
  }

  /** Closes a stream after what was sent. */
  close(connection: number): void {
    const socket = this.#sockets.get(connection);
    if (socket !== undefined) {
      closeGently(socket);
    }
  }

  /** Stops listening; streams stay. */
  async unlisten(): Promise<void> {
    const ended = [...this.#servers].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.#servers.clear();
    await Promise.all(ended);
  }

  /** Stops listening and resolves when every stream is closed. */
  async end(): Promise<void> {
    const ended = this.unlisten();
    const closed = [...this.#sockets.values()].map((socket) => {
      closeGently(socket);
      return new Promise<void>((resolve) => socket.once("close", () => resolve()));
    });
    await Promise.all(closed);
    for (const carrier of this.#tlsCarriers.keys()) {
      carrier.destroy();
    }
    await ended;
  }

  #tlsServer({ cert, key }: TurnTls): Server {
    const options = { cert, key: key.reveal(), noDelay: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
    const server = openTlsServer(options);
    server.on("connection", (socket: Socket) => this.#handshakeBegins(socket));
    server.on("tlsClientError", (_error: Error, socket: TLSSocket) => {
      this.#options.counters.tlsFailed++;
      socket.destroy();
    });
    return server;
  }

  #handshakeBegins(carrier: Socket): void {
    const address = carrier.remoteAddress ?? "";
    let count = 0;
    for (const other of this.#tlsCarriers.values()) {
      count += other === address ? 1 : 0;
    }
    if (count >= this.#options.maxTlsPerAddress) {
      this.#options.counters.handshakesRefused++;
      carrier.destroy();
      return;
    }
    this.#tlsCarriers.set(carrier, address);
    carrier.once("close", () => this.#tlsCarriers.delete(carrier));
  }

  #add(socket: Socket): void {
    const remote = remoteOf(socket);
    socket.on("error", () => {});
    if (remote === undefined) {
      socket.destroy();
      return;
    }
    const { events } = this.#options;
    const connection = this.#next++;
    this.#sockets.set(connection, socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once("close", () => {
      this.#sockets.delete(connection);
      events.closed(connection);
    });
    events.opened(connection, remote);
    socket.on("data", (bytes: Uint8Array) => events.segment(connection, bytes));
  }

  #sendRelayed(batch: RelayBatch, i: number): void {
    const socket = this.#sockets.get(batch.word(i, RelayWord.socket));
    if (socket === undefined || !socket.writable) {
      return;
    }
    if (socket.writableLength > MAX_QUEUED_BYTES) {
      this.#options.counters.slowClientDrops++;
      return;
    }
    if (socket.writableCorked === 0) {
      socket.cork();
      this.#corked.push(socket);
    }
    // The slot is used again before the system has taken the bytes.
    socket.write(Buffer.from(batch.packet(i)));
  }
}

/** Where a stream comes from, IPv4 as IPv4; undefined when it is gone already. */
export function remoteOf({ remoteAddress, remotePort }: Socket): TransportAddress | undefined {
  if (remoteAddress === undefined || remotePort === undefined) {
    return undefined;
  }
  return normaliseMapped(parseIpAddress(remoteAddress, remotePort));
}

/** Only what the system itself maps: other embeddings are addresses of their own to a client. */
function normaliseMapped(address: TransportAddress): TransportAddress {
  const isMapped = address.family === 6 && address.ip0 === 0 && address.ip1 === 0 && address.ip2 === 0xffff;
  return isMapped ? normaliseAddress(address) : address;
}

function openTlsServer(options: Parameters<typeof createTlsServer>[0]): Server {
  try {
    return createTlsServer(options);
  } catch (cause) {
    throw new FloeError("turn/bad-certificate", `the certificate or its key cannot be used: ${reasonOf(cause)}`, {
      cause,
      fix: "Give a certificate and its private key, both as PEM, that belong together.",
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === "string" ? 0 : address.port;
}
