// The Symple v4 server as a machine: authentication, presence, rooms, routing, limits, heartbeat. No sockets, no clock.
import type { Entropy } from "../crypto/entropy.js";
import type { Machine } from "../net/machine.js";
import type { Micros } from "../time/units.js";
import { isName } from "./address.js";
import { ConnectionTable } from "./connection-table.js";
import { type AuthFrame, type ClientFrame, parseClientFrame } from "./frame.js";
import { type JsonObject, mergeJson } from "./json.js";
import { DEFAULT_SYMPLE_LIMITS, type SympleLimits } from "./limits.js";
import { PeerRouter } from "./peer-router.js";
import type { ServerConnection } from "./server-connection.js";
import type { AuthVerdict, SympleServerInput, SympleServerOutput } from "./server-io.js";
import { ServerOutbox } from "./server-outbox.js";
import { type PeerProfile, ServerPeer } from "./server-peer.js";
import { newServerCounters, type SympleServerReport } from "./server-report.js";
import { VirtualPeers } from "./virtual-peers.js";

/** The protocol's name in the welcome frame. */
export const SYMPLE_PROTOCOL = "symple/4";
/** The type of a client that its hook gave none. */
const DEFAULT_PEER_TYPE = "Peer";
/** WebSocket close codes (RFC 6455 7.4.1). */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;

/** How a server behaves. */
export type SympleServerOptions = {
  readonly entropy: Entropy;
  /** Those bounds that differ from the defaults. */
  readonly limits?: Partial<SympleLimits>;
  /** Rooms that every peer is in. */
  readonly defaultRooms?: readonly string[];
  /** Whether clients may choose their rooms. */
  readonly dynamicRooms?: boolean;
};

/** Serves Symple v4 to any number of connections. Never throws because of what a client sent. */
export class SympleServer implements Machine<SympleServerInput, SympleServerOutput> {
  readonly limits: SympleLimits;
  readonly #defaultRooms: readonly string[];
  readonly #dynamicRooms: boolean;
  readonly #counters = newServerCounters();
  readonly #outbox = new ServerOutbox(this.#counters);
  readonly #router: PeerRouter;
  readonly #connections: ConnectionTable;
  readonly #virtualPeers: VirtualPeers;
  #isShutDown = false;

  constructor({ entropy, limits = {}, defaultRooms = ["public"], dynamicRooms = true }: SympleServerOptions) {
    this.limits = { ...DEFAULT_SYMPLE_LIMITS, ...limits };
    this.#defaultRooms = defaultRooms;
    this.#dynamicRooms = dynamicRooms;
    this.#connections = new ConnectionTable(this.limits);
    this.#router = new PeerRouter({
      outbox: this.#outbox,
      counters: this.#counters,
      limits: this.limits,
      entropy,
      dynamicRooms,
    });
    this.#virtualPeers = new VirtualPeers(this.#router);
  }

  get deadlineUs(): Micros | undefined {
    return this.#connections.deadlineUs;
  }

  poll(): SympleServerOutput | undefined {
    return this.#outbox.poll();
  }

  handle(input: SympleServerInput, nowUs: Micros): void {
    switch (input.kind) {
      case "opened":
        this.#open(input.connection, nowUs);
        break;
      case "text":
        this.#receive(input.connection, input.byteLength, input.text, nowUs);
        break;
      case "binary":
        this.#receive(input.connection, input.byteLength, undefined, nowUs);
        break;
      case "alive":
        this.#connections.get(input.connection)?.heard(nowUs);
        break;
      case "closed":
        this.#forget(input.connection);
        break;
      case "verdict":
        this.#decide(input.connection, input.verdict, nowUs);
        break;
      case "virtual-added":
        this.#virtualPeers.add(input.peer);
        break;
      case "virtual-removed":
        this.#virtualPeers.remove(input.id);
        break;
      case "virtual-send":
        this.#router.speak(this.#virtualPeers.get(input.id), input.message);
        break;
      case "virtual-presence":
        this.#router.announce(this.#virtualPeers.get(input.id), input.data, Number.POSITIVE_INFINITY);
        break;
      case "shutdown":
        this.#shutDown();
        break;
    }
  }

  tick(nowUs: Micros): void {
    const { expired, silent } = this.#connections.due(nowUs);
    for (const connection of expired) {
      this.#expire(connection);
    }
    for (const { id } of silent) {
      this.#outbox.push({ kind: "ping", connection: id });
    }
  }

  /** The server in numbers. */
  report(): SympleServerReport {
    return {
      connections: this.#connections.size,
      maxConnections: this.limits.maxConnections,
      peers: this.#router.directory.peerCount,
      rooms: this.#router.directory.roomCount,
      counters: { ...this.#counters, errors: { ...this.#counters.errors } },
    };
  }

  /** Everybody who is online, virtual peers included. */
  peers(): readonly PeerProfile[] {
    return [...this.#router.directory.peers()].map((peer) => peer.profile());
  }

  #open(id: number, nowUs: Micros): void {
    this.#counters.connectionsOpened++;
    if (this.#isShutDown) {
      this.#outbox.refuse(id, 503, "Server shutting down");
    } else if (this.#connections.open(id, nowUs) === undefined) {
      this.#outbox.refuse(id, 503, "Server at capacity");
    }
  }

  #receive(id: number, byteLength: number, text: string | undefined, nowUs: Micros): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) {
      return;
    }
    this.#counters.framesReceived++;
    connection.heard(nowUs);
    if (byteLength > connection.maxMessageBytes) {
      this.#refuse(connection, 413, "Message too large");
    } else if (!connection.admits(byteLength, nowUs)) {
      this.#refuse(connection, 429, "Rate limit exceeded");
    } else if (text === undefined) {
      this.#counters.unparsable++;
    } else if (connection.phase.kind !== "verifying") {
      this.#read(connection, text);
    } else if (connection.phase.frames.length >= this.limits.maxWaitingFrames) {
      this.#refuse(connection, 429, "Rate limit exceeded");
    } else {
      connection.phase.frames.push(text);
    }
  }

  #read(connection: ServerConnection, text: string): void {
    const parsed = parseClientFrame(text);
    const { phase } = connection;
    if (parsed.kind === "unparsable") {
      this.#counters.unparsable++;
    } else if (phase.kind !== "online") {
      if (parsed.kind === "frame" && parsed.frame.type === "auth") {
        this.#authenticate(connection, parsed.frame);
      } else {
        this.#refuse(connection, 401, "Not authenticated");
      }
    } else if (parsed.kind === "unknown") {
      this.#counters.ignored++;
    } else if (parsed.kind === "malformed") {
      this.#counters.malformed++;
      this.#outbox.error(connection.id, 400, parsed.reason);
    } else {
      this.#dispatch(connection, phase.peer, parsed.frame);
    }
  }

  #dispatch(connection: ServerConnection, peer: ServerPeer, frame: ClientFrame): void {
    switch (frame.type) {
      case "auth":
        this.#counters.ignored++;
        break;
      case "join":
      case "leave":
        this.#router.changeRoom(peer, connection.id, frame);
        break;
      case "close":
        this.#close(connection, CLOSE_NORMAL, "");
        break;
      default:
        this.#router.route(peer, connection.id, frame);
    }
  }

  #authenticate(connection: ServerConnection, auth: AuthFrame): void {
    if (auth.user === "") {
      this.#refuse(connection, 401, "Missing user field");
    } else if (!isName(auth.user) || this.#virtualPeers.owns(auth.user)) {
      this.#refuse(connection, 401, "Invalid user field");
    } else {
      connection.phase = { kind: "verifying", auth, frames: [] };
      const { user, name, token, rooms, data } = auth;
      this.#outbox.push({
        kind: "authenticate",
        connection: connection.id,
        request: { user, name, token, rooms, data },
      });
    }
  }

  #decide(id: number, verdict: AuthVerdict, nowUs: Micros): void {
    const connection = this.#connections.get(id);
    if (connection === undefined || connection.phase.kind !== "verifying") {
      return;
    }
    const { auth, frames } = connection.phase;
    if (!verdict.accepted) {
      this.#refuse(connection, 401, verdict.message ?? "Authentication failed");
      return;
    }
    this.#welcome(connection, auth, verdict, nowUs);
    for (const text of frames) {
      // A frame may have closed the connection.
      if (this.#connections.get(id) !== undefined) {
        this.#read(connection, text);
      }
    }
  }

  #welcome(
    connection: ServerConnection,
    auth: AuthFrame,
    verdict: AuthVerdict & { readonly accepted: true },
    nowUs: Micros,
  ): void {
    const profile: PeerProfile = {
      id: this.#router.newId(),
      user: auth.user,
      name: verdict.name ?? (auth.name === "" ? auth.user : auth.name),
      type: verdict.type ?? DEFAULT_PEER_TYPE,
      data: mergeJson(auth.data, verdict.data ?? {}),
    };
    const peer = new ServerPeer(profile, connection.id);
    const rooms = this.#router.initialRooms([
      auth.user,
      ...this.#defaultRooms,
      ...(verdict.rooms ?? []),
      ...(this.#dynamicRooms ? auth.rooms : []),
    ]);
    connection.enter(peer, nowUs);
    this.#connections.watch(connection);
    this.#counters.peersWelcomed++;
    const welcome: JsonObject = {
      type: "welcome",
      protocol: SYMPLE_PROTOCOL,
      status: 200,
      peer: peer.record({ online: true }),
      rooms,
    };
    this.#outbox.frame(connection.id, welcome);
    this.#router.enter(peer, rooms);
    this.#outbox.push({ kind: "peer-online", peer: peer.profile() });
  }

  #expire(connection: ServerConnection): void {
    if (connection.phase.kind !== "online") {
      this.#refuse(connection, 408, "Authentication timeout");
      return;
    }
    this.#counters.deadPeers++;
    this.#outbox.push({ kind: "drop", connection: connection.id });
    this.#forget(connection.id);
  }

  #refuse(connection: ServerConnection, status: number, message: string): void {
    this.#outbox.refuse(connection.id, status, message);
    this.#forget(connection.id);
  }

  #close(connection: ServerConnection, code: number, reason: string): void {
    this.#outbox.push({ kind: "close", connection: connection.id, code, reason });
    this.#forget(connection.id);
  }

  #forget(id: number): void {
    const connection = this.#connections.remove(id);
    if (connection?.phase.kind === "online") {
      const { peer } = connection.phase;
      this.#router.exit(peer);
      this.#outbox.push({ kind: "peer-offline", peer: peer.profile() });
    }
  }

  #shutDown(): void {
    this.#isShutDown = true;
    const notice: JsonObject = {
      type: "event",
      name: "shutdown",
      subtype: "shutdown",
      message: "Server shutting down",
    };
    // Everybody leaves at once, so no client is told about the others.
    const leaving = this.#connections.clear();
    for (const { phase } of leaving) {
      if (phase.kind === "online") {
        this.#router.exitQuietly(phase.peer);
      }
    }
    for (const { id, phase } of leaving) {
      this.#outbox.frame(id, notice);
      this.#outbox.push({ kind: "close", connection: id, code: CLOSE_GOING_AWAY, reason: "Server shutting down" });
      if (phase.kind === "online") {
        this.#outbox.push({ kind: "peer-offline", peer: phase.peer.profile() });
      }
    }
  }
}
