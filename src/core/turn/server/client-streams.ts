// Clients' streams (TCP and TLS): bounded in number, cut into frames, closed when they break the rules or do nothing.
import type { KernelSide } from "../../kernel/bind-kernel.js";
import { formatIpAddress, type TransportAddress } from "../../net/transport-address.js";
import { StreamAssembler } from "../../stun/stream-assembler.js";
import type { Micros } from "../../time/units.js";
import { RelayBatch } from "../relay-batch.js";
import type { ClientConnection } from "./client-connection.js";
import type { ClientPath } from "./client-path.js";
import type { ServerCore } from "./server-core.js";

/** Frames of a segment that are relayed together. */
const BATCH_CAPACITY = 16;
const SEND_INDICATION_LOW = 0x16;

/** What it needs of the server. */
export type ClientStreamsOptions = KernelSide & {
  readonly core: ServerCore;
  readonly slotBytes: number;
  /** Relays frames of ChannelData and Send indications. */
  readonly relay: (batch: RelayBatch, nowUs: Micros) => void;
  /** Reads any other frame. */
  readonly control: (path: ClientPath, bytes: Uint8Array, nowUs: Micros) => void;
};

/** All of them. */
export class ClientStreams {
  readonly #core: ServerCore;
  readonly #options: ClientStreamsOptions;
  readonly #batch: RelayBatch;
  readonly #connections = new Map<number, ClientConnection>();
  readonly #perAddress = new Map<string, number>();

  constructor(options: ClientStreamsOptions) {
    const { core, arena, kernels, slotBytes } = options;
    this.#core = core;
    this.#options = options;
    const name = "turn streams";
    this.#batch = new RelayBatch({ kernels, arena, name, entropy: core.entropy, capacity: BATCH_CAPACITY, slotBytes });
  }

  get size(): number {
    return this.#connections.size;
  }

  has(connection: number): boolean {
    return this.#connections.has(connection);
  }

  get(connection: number): ClientConnection | undefined {
    return this.#connections.get(connection);
  }

  /** A client connected. Closed at once when there are too many. */
  open(
    connection: number,
    remote: TransportAddress,
    { isShutDown }: { readonly isShutDown: boolean },
    nowUs: Micros,
  ): void {
    const { limits } = this.#core;
    const host = formatIpAddress(remote);
    const fromHost = this.#perAddress.get(host) ?? 0;
    if (isShutDown || this.#connections.size >= limits.connections || fromHost >= limits.connectionsPerAddress) {
      this.#refuse(connection, isShutDown ? "the server is shutting down" : "too many connections");
      return;
    }
    const assembler = new StreamAssembler(this.#batch.maxPacketBytes);
    const opened: ClientConnection = {
      kind: "client-connection",
      connection,
      remote,
      assembler,
      bridgedTo: undefined,
      isClosing: false,
      deadlineUs: 0,
      heapIndex: -1,
    };
    this.#connections.set(connection, opened);
    this.#perAddress.set(host, fromHost + 1);
    this.#core.timers.set(opened, nowUs + limits.idleConnectionUs);
  }

  /** The next bytes of a stream. */
  receive(connection: number, segment: Uint8Array, nowUs: Micros): void {
    const stream = this.#connections.get(connection);
    if (stream === undefined || stream.bridgedTo !== undefined || stream.isClosing) {
      return;
    }
    const { assembler } = stream;
    const path: ClientPath = { socket: connection, isStream: true, remote: stream.remote };
    const skipped = assembler.skipped;
    assembler.feed(segment);
    this.#batch.count = 0;
    // A ConnectionBind ends the frames: what follows is for the peer.
    while (stream.bridgedTo === undefined && !stream.isClosing && assembler.next()) {
      if (isRelayed(assembler)) {
        this.#add(connection, assembler, nowUs);
      } else {
        this.#flush(nowUs);
        this.#options.control(path, assembler.frame(), nowUs);
      }
    }
    this.#flush(nowUs);
    this.#core.counters.drops.tooLong += assembler.skipped - skipped;
    if (assembler.isBroken && !stream.isClosing) {
      this.#refuse(connection, "the stream is not STUN");
    }
  }

  /** It is closed, or is to be. */
  remove(connection: number): ClientConnection | undefined {
    const removed = this.#connections.get(connection);
    if (removed === undefined) {
      return undefined;
    }
    this.#core.timers.remove(removed);
    this.#connections.delete(connection);
    const host = formatIpAddress(removed.remote);
    const left = (this.#perAddress.get(host) ?? 1) - 1;
    if (left === 0) {
      this.#perAddress.delete(host);
    } else {
      this.#perAddress.set(host, left);
    }
    return removed;
  }

  /** It has had its time: without an allocation it is closed, with one it is looked at again. */
  expired(stream: ClientConnection, nowUs: Micros): void {
    if (stream.bridgedTo !== undefined) {
      return;
    }
    if (this.#core.table.clients.get(stream.connection, 0, 0, 0, 0, 0, 0) === undefined) {
      this.#refuse(stream.connection, "no allocation");
    } else {
      this.#core.timers.set(stream, nowUs + this.#core.limits.idleConnectionUs);
    }
  }

  closeAll(reason: string): void {
    for (const connection of [...this.#connections.keys()]) {
      this.remove(connection);
      this.#core.push({ kind: "close-client", connection, reason });
    }
  }

  #add(connection: number, assembler: StreamAssembler, nowUs: Micros): void {
    const batch = this.#batch;
    const i = batch.count;
    batch.memory.bytes.set(assembler.frame(), batch.slotAddress(i));
    batch.setReceived(i, assembler.lengthBytes, connection, 0, 0, 0, 0, 0, 0);
    batch.count = i + 1;
    if (batch.count === batch.capacity) {
      this.#flush(nowUs);
    }
  }

  #flush(nowUs: Micros): void {
    if (this.#batch.count > 0) {
      this.#options.relay(this.#batch, nowUs);
      this.#batch.count = 0;
    }
  }

  /** Closes a stream from our side; its `closed` ends what it had. */
  #refuse(connection: number, reason: string): void {
    const stream = this.#connections.get(connection);
    if (stream !== undefined) {
      stream.isClosing = true;
      this.#core.timers.remove(stream);
    }
    this.#core.counters.connectionsRefused++;
    this.#core.push({ kind: "close-client", connection, reason });
  }
}

/** ChannelData or a Send indication. */
function isRelayed({ bytes, at }: StreamAssembler): boolean {
  return bytes[at] >= 0x40 || (bytes[at] === 0 && bytes[at + 1] === SEND_INDICATION_LOW);
}
