// What peers of a Symple server do to each other: come, go, speak, join and leave rooms. No connections, no time.
import type { Entropy } from "../crypto/entropy.js";
import { randomId } from "../crypto/entropy.js";
import { isName, parseTarget } from "./address.js";
import type { RoomFrame, RoutedFrame } from "./frame.js";
import { type JsonObject, mergeJson, objectAt } from "./json.js";
import type { SympleLimits } from "./limits.js";
import type { OutgoingMessage } from "./peer-message.js";
import { RoomDirectory } from "./room-directory.js";
import type { ServerOutbox } from "./server-outbox.js";
import type { ServerPeer } from "./server-peer.js";
import type { SympleServerCounters } from "./server-report.js";

/** Characters of the ids that the server makes. */
export const ID_LENGTH = 16;

/** What a router needs of its server. */
export type PeerRouterOptions = {
  readonly outbox: ServerOutbox;
  readonly counters: SympleServerCounters;
  readonly limits: SympleLimits;
  readonly entropy: Entropy;
  /** Whether clients may join and leave rooms. */
  readonly dynamicRooms: boolean;
};

/** Moves messages and presence between peers. */
export class PeerRouter {
  readonly directory: RoomDirectory = new RoomDirectory();
  readonly #outbox: ServerOutbox;
  readonly #counters: SympleServerCounters;
  readonly #limits: SympleLimits;
  readonly #entropy: Entropy;
  readonly #dynamicRooms: boolean;

  constructor({ outbox, counters, limits, entropy, dynamicRooms }: PeerRouterOptions) {
    this.#outbox = outbox;
    this.#counters = counters;
    this.#limits = limits;
    this.#entropy = entropy;
    this.#dynamicRooms = dynamicRooms;
  }

  /** A session id that no peer has. */
  newId(): string {
    let id = randomId(this.#entropy, ID_LENGTH);
    while (this.directory.get(id) !== undefined) {
      id = randomId(this.#entropy, ID_LENGTH);
    }
    return id;
  }

  /** Takes a peer in: it hears who is there, and they hear of it. */
  enter(peer: ServerPeer, rooms: Iterable<string>): void {
    this.directory.add(peer, rooms);
    const neighbours = this.directory.neighbours(peer);
    this.#introduce(peer, neighbours);
    this.#outbox.presence(neighbours, peer, { online: true });
  }

  /** Takes a peer out: those who shared a room with it hear that it went. */
  exit(peer: ServerPeer): void {
    const neighbours = this.directory.neighbours(peer);
    this.directory.remove(peer);
    this.#outbox.presence(neighbours, peer, { online: false });
  }

  /** Takes a peer out and tells only virtual peers: the server goes, and every client with it. */
  exitQuietly(peer: ServerPeer): void {
    const virtual = [...this.directory.neighbours(peer)].filter((other) => other.connection === undefined);
    this.directory.remove(peer);
    this.#outbox.presence(virtual, peer, { online: false });
  }

  /** Passes a client's frame on, under the sender's true address. */
  route(sender: ServerPeer, connection: number, frame: RoutedFrame): void {
    if (frame.type === "presence") {
      this.#presence(sender, connection, frame);
      return;
    }
    this.#pass(sender, this.directory.recipients(sender, frame.target), frame.fields);
  }

  /** Sends a message of a virtual peer. */
  speak(sender: ServerPeer, { type = "message", to, subtype, data, fields = {} }: OutgoingMessage): void {
    const target = parseTarget(to);
    if (target === undefined) {
      this.#counters.unreachable++;
      return;
    }
    const frame = mergeJson(fields, { type, id: this.newId(), to, subtype, data });
    this.#pass(sender, this.directory.recipients(sender, target), frame);
  }

  /** New presence data of a peer, told to its rooms. False when it is too long. */
  announce(peer: ServerPeer, data: JsonObject, maxLength: number): boolean {
    const isTaken = peer.update(data, maxLength);
    if (isTaken) {
      this.#outbox.presence(this.directory.neighbours(peer), peer, { online: true });
    }
    return isTaken;
  }

  /** A client's `join` or `leave`. */
  changeRoom(peer: ServerPeer, connection: number, { type, room }: RoomFrame): void {
    if (!this.#dynamicRooms) {
      this.#outbox.error(connection, 400, "Dynamic rooms disabled");
      return;
    }
    if (type === "leave") {
      this.directory.leave(peer, room);
      this.#outbox.frame(connection, { type: "leave:ok", room });
      return;
    }
    if (!peer.rooms.has(room) && peer.rooms.size >= this.#limits.maxRoomsPerPeer) {
      this.#outbox.error(connection, 400, "Too many rooms");
      return;
    }
    this.directory.join(peer, room);
    this.#outbox.frame(connection, { type: "join:ok", room });
    this.#introduce(peer, this.directory.others(peer, room));
  }

  /** The rooms a peer begins with: well-formed, each once, no more than allowed. */
  initialRooms(wanted: Iterable<string>): readonly string[] {
    const rooms = new Set<string>();
    for (const room of wanted) {
      if (isName(room) && rooms.size < this.#limits.maxRoomsPerPeer) {
        rooms.add(room);
      }
    }
    return [...rooms];
  }

  #pass(sender: ServerPeer, recipients: Set<ServerPeer>, fields: JsonObject): void {
    if (recipients.size === 0) {
      this.#counters.unreachable++;
      return;
    }
    this.#outbox.message(recipients, mergeJson(fields, { from: sender.address }));
  }

  #presence(sender: ServerPeer, connection: number, { target, fields }: RoutedFrame): void {
    if (!sender.update(objectAt(fields, "data"), this.#limits.maxPresenceLength)) {
      this.#outbox.error(connection, 400, "Presence too large");
      return;
    }
    const recipients = this.directory.recipients(sender, target);
    this.#outbox.presence(recipients, sender, { online: true, extra: fields });
    if (fields["probe"] !== true) {
      return;
    }
    // Clients answer a probe themselves; those without a socket have the server to do it.
    for (const peer of recipients) {
      if (peer.connection === undefined) {
        this.#outbox.presence([sender], peer, { online: true });
      }
    }
  }

  #introduce(newcomer: ServerPeer, others: Iterable<ServerPeer>): void {
    for (const peer of others) {
      this.#outbox.presence([newcomer], peer, { online: true });
    }
  }
}
