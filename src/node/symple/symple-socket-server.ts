// The Symple server on sockets: WebSocket upgrades of a node:http server, the server machine, and a clock.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { Logger } from "../../core/diagnosis/logger.js";
import { MachineDriver } from "../../core/net/machine-driver.js";
import { Signal } from "../../core/signal/signal.js";
import { formatAddress } from "../../core/symple/address.js";
import type { AuthRequest, AuthVerdict, SympleServerInput, SympleServerOutput } from "../../core/symple/server-io.js";
import type { PeerProfile } from "../../core/symple/server-peer.js";
import { SympleServer } from "../../core/symple/symple-server.js";
import type { Clock } from "../../core/time/clock.js";
import { milliseconds } from "../../core/time/units.js";
import { NodeEntropy } from "../crypto/node-entropy.js";
import { NodeClock } from "../time/node-clock.js";
import type { SympleAuthenticate } from "./authenticate.js";
import { isLoopbackAddress, isOriginAllowed } from "./origin-policy.js";
import type {
  SympleSocketServerOptions,
  SympleSocketServerReport,
  VirtualPeerOptions,
} from "./socket-server-options.js";
import { readUpgradeRequest, refuseUpgrade, type UpgradeRequest } from "./upgrade-request.js";
import { VirtualPeer, type VirtualPeerHost } from "./virtual-peer.js";

export type {
  SympleSocketServerOptions,
  SympleSocketServerReport,
  VirtualPeerOptions,
} from "./socket-server-options.js";

/** Where WebSockets are accepted. */
const PATHS: readonly string[] = ["/", "/ws"];
/** Frames longer than this end the connection before they are whole (close code 1009); shorter ones can be answered. */
const MAX_FRAME_BYTES = 262_144;
/** RFC 6455 5.4: a message may come in pieces; nobody who means well sends so many. */
const MAX_FRAGMENTS = 64;
const MAX_BUFFERED_CHUNKS = 4096;
/** A peer that lets this much pile up does not read: it is cut off. */
const MAX_QUEUED_BYTES = 4_194_304;
/** How long a socket may take to say goodbye before it is cut. */
const CLOSE_GRACE_MS = 2000;
/** `closeTimeout` is newer than the type declarations. */
const SOCKET_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_BUFFERED_CHUNKS,
  closeTimeout: CLOSE_GRACE_MS,
};
/** Sockets beyond the limit that may be open at once while they are told so. */
const REFUSED_SOCKETS = 64;

type Entry = { readonly socket: WebSocket; readonly request: UpgradeRequest };

/** Serves Symple v4 on `/` and `/ws` of an HTTP server. Nothing that a client does makes it throw. */
export class SympleSocketServer {
  /** A client was welcomed. */
  readonly peerOnline: Signal<PeerProfile> = new Signal();
  /** A client went. */
  readonly peerOffline: Signal<PeerProfile> = new Signal();
  readonly #httpServer: Server;
  readonly #sockets: WebSocketServer;
  readonly #authenticate: SympleAuthenticate;
  readonly #allowedOrigins: readonly string[];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #machine: SympleServer;
  readonly #driver: MachineDriver<SympleServerInput, SympleServerOutput>;
  readonly #entries = new Map<number, Entry>();
  readonly #virtualPeers = new Map<string, VirtualPeer>();
  readonly #counters = { upgradesRefused: 0, protocolErrors: 0, slowReaders: 0 };
  #nextConnection = 1;
  #closed: Promise<void> | undefined;
  #lastSocketClosed: () => void = () => {};

  constructor({
    httpServer,
    authenticate = () => ({ accepted: true }),
    allowedOrigins = [],
    limits = {},
    defaultRooms = ["public"],
    dynamicRooms = true,
    logger = Logger.silent(),
    clock = new NodeClock(),
    entropy = new NodeEntropy(),
  }: SympleSocketServerOptions) {
    this.#httpServer = httpServer;
    this.#authenticate = authenticate;
    this.#allowedOrigins = allowedOrigins;
    this.#logger = logger.child("symple");
    this.#clock = clock;
    this.#machine = new SympleServer({ entropy, limits, defaultRooms, dynamicRooms });
    this.#driver = new MachineDriver(this.#machine, clock, (output) => this.#guard(() => this.#perform(output)));
    this.#sockets = new WebSocketServer(SOCKET_OPTIONS);
    httpServer.on("upgrade", this.#upgrade);
  }

  /** The server in numbers. */
  report(): SympleSocketServerReport {
    return { ...this.#machine.report(), ...this.#counters };
  }

  /** Everybody who is online, virtual peers included. */
  peers(): readonly PeerProfile[] {
    return this.#machine.peers();
  }

  /** Adds a peer inside this process. Throws FloeError when the address cannot be had. */
  addVirtualPeer({
    user,
    id,
    name = user,
    type = "server",
    room = "public",
    data = {},
  }: VirtualPeerOptions): VirtualPeer {
    const peer = new VirtualPeer(id, formatAddress({ user, id }), this.#host);
    this.#driver.handle({ kind: "virtual-added", peer: { user, id, name, type, rooms: [room], data } });
    this.#virtualPeers.set(id, peer);
    return peer;
  }

  /** Tells every client that the server shuts down, closes the sockets, and waits two seconds for them at most. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#httpServer.off("upgrade", this.#upgrade);
    this.#driver.handle({ kind: "shutdown" });
    this.#driver.close();
    if (this.#entries.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.schedule(this.#clock.nowUs() + milliseconds(CLOSE_GRACE_MS), resolve);
        this.#lastSocketClosed = () => {
          timer[Symbol.dispose]();
          resolve();
        };
      });
    }
    for (const { socket } of this.#entries.values()) {
      socket.terminate();
    }
    this.#entries.clear();
    this.#virtualPeers.clear();
    this.#sockets.close();
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#guard(() => {
      const facts = readUpgradeRequest(request);
      const status = this.#refusal(facts);
      if (status !== undefined) {
        this.#counters.upgradesRefused++;
        this.#logger.limited(`upgrade-${status}`).debug("upgrade refused", { status, remote: facts.remoteAddress });
        refuseUpgrade(socket, status);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, facts));
    });
  };

  #refusal({ path, origin, host, localAddress }: UpgradeRequest): number | undefined {
    if (!PATHS.includes(path)) {
      return 404;
    }
    const isLocal = isLoopbackAddress(localAddress);
    if (!isOriginAllowed({ origin, host, isLocal, allowedOrigins: this.#allowedOrigins })) {
      return 403;
    }
    return this.#entries.size >= this.#machine.limits.maxConnections + REFUSED_SOCKETS ? 503 : undefined;
  }

  #open(socket: WebSocket, request: UpgradeRequest): void {
    const connection = this.#nextConnection++;
    this.#entries.set(connection, { socket, request });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      const byteLength = data.length;
      this.#handle(
        isBinary
          ? { kind: "binary", connection, byteLength }
          : { kind: "text", connection, byteLength, text: data.toString("utf8") },
      );
    });
    socket.on("ping", () => this.#handle({ kind: "alive", connection }));
    socket.on("pong", () => this.#handle({ kind: "alive", connection }));
    socket.on("error", (error) => {
      this.#counters.protocolErrors++;
      this.#logger.limited("protocol").debug("websocket failed", { error, remote: request.remoteAddress });
    });
    socket.on("close", () => {
      this.#entries.delete(connection);
      this.#handle({ kind: "closed", connection });
      if (this.#entries.size === 0) {
        this.#lastSocketClosed();
      }
    });
    this.#handle({ kind: "opened", connection });
  }

  #handle(input: SympleServerInput): void {
    this.#guard(() => this.#driver.handle(input));
  }

  #perform(output: SympleServerOutput): void {
    switch (output.kind) {
      case "send":
        this.#send(output.connection, output.text);
        break;
      case "close":
        this.#entries.get(output.connection)?.socket.close(output.code, output.reason);
        break;
      case "drop":
        this.#entries.get(output.connection)?.socket.terminate();
        break;
      case "ping":
        this.#ping(output.connection);
        break;
      case "authenticate":
        this.#ask(output.connection, output.request);
        break;
      case "deliver":
        this.#virtualPeers.get(output.id)?.received.emit(output.message);
        break;
      case "presence":
        this.#tellPresence(output.id, output.peer, output.online);
        break;
      case "peer-online":
        this.#logger.info("peer online", { peer: formatAddress(output.peer) });
        this.peerOnline.emit(output.peer);
        break;
      case "peer-offline":
        this.#logger.info("peer offline", { peer: formatAddress(output.peer) });
        this.peerOffline.emit(output.peer);
        break;
    }
  }

  #send(connection: number, text: string): void {
    const socket = this.#entries.get(connection)?.socket;
    if (socket === undefined || socket.readyState !== socket.OPEN) {
      return;
    }
    if (socket.bufferedAmount > MAX_QUEUED_BYTES) {
      this.#counters.slowReaders++;
      this.#logger.limited("slow-reader").warn("a peer does not read and is cut off");
      socket.terminate();
      return;
    }
    socket.send(text, ignoreError);
  }

  #ping(connection: number): void {
    const socket = this.#entries.get(connection)?.socket;
    if (socket !== undefined && socket.readyState === socket.OPEN) {
      socket.ping("", false, ignoreError);
    }
  }

  #ask(connection: number, request: AuthRequest): void {
    const entry = this.#entries.get(connection);
    if (entry === undefined) {
      return;
    }
    const { token, origin = "", remoteAddress } = entry.request;
    const answer = (verdict: AuthVerdict): void => this.#handle({ kind: "verdict", connection, verdict });
    const refuse = (error: unknown): void => {
      this.#logger.limited("authenticate").error("the authentication hook failed", { error });
      answer({ accepted: false });
    };
    try {
      const verdict = this.#authenticate({
        ...request,
        token: request.token === "" ? token : request.token,
        origin,
        remoteAddress,
      });
      if (verdict instanceof Promise) {
        verdict.then(answer, refuse);
      } else {
        answer(verdict);
      }
    } catch (error) {
      refuse(error);
    }
  }

  #tellPresence(id: string, peer: PeerProfile, online: boolean): void {
    const virtual = this.#virtualPeers.get(id);
    if (online) {
      virtual?.peerSeen.emit(peer);
    } else {
      virtual?.peerLeft.emit(formatAddress(peer));
    }
  }

  /** Sockets and listeners of ours may throw; the process must not fall over it. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logger.limited("handler").error("a handler threw", { error });
    }
  }

  readonly #host: VirtualPeerHost = {
    send: (id, message) => {
      if (this.#closed !== undefined || !this.#virtualPeers.has(id)) {
        return false;
      }
      this.#handle({ kind: "virtual-send", id, message });
      return true;
    },
    setData: (id, data) => {
      if (this.#closed === undefined && this.#virtualPeers.has(id)) {
        this.#handle({ kind: "virtual-presence", id, data });
      }
    },
    remove: (id) => {
      if (this.#virtualPeers.delete(id)) {
        this.#handle({ kind: "virtual-removed", id });
      }
    },
  };
}

const ignoreError = (): void => {};
