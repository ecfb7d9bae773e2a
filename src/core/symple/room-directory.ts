// Who is in which room, and whom a message reaches: the routing rules of Symple v4.
import type { Address, Target } from "./address.js";
import type { ServerPeer } from "./server-peer.js";

/** The peers of a server by id and by room. A peer reaches only those it shares a room with. */
export class RoomDirectory {
  readonly #peers = new Map<string, ServerPeer>();
  readonly #rooms = new Map<string, Set<ServerPeer>>();

  /** How many peers there are, virtual ones included. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /** How many rooms have anyone in them. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Every peer, in the order they came. */
  peers(): IterableIterator<ServerPeer> {
    return this.#peers.values();
  }

  /** The peer of a session id. */
  get(id: string): ServerPeer | undefined {
    return this.#peers.get(id);
  }

  /** Takes a peer in and puts it into `rooms`. */
  add(peer: ServerPeer, rooms: Iterable<string>): void {
    this.#peers.set(peer.id, peer);
    for (const room of rooms) {
      this.join(peer, room);
    }
  }

  /** Puts a peer into a room; quiet when it is there already. */
  join(peer: ServerPeer, room: string): void {
    let members = this.#rooms.get(room);
    if (members === undefined) {
      members = new Set();
      this.#rooms.set(room, members);
    }
    members.add(peer);
    peer.rooms.add(room);
  }

  /** Takes a peer out of a room; quiet when it is not there. The last one out removes the room. */
  leave(peer: ServerPeer, room: string): void {
    const members = this.#rooms.get(room);
    peer.rooms.delete(room);
    members?.delete(peer);
    if (members?.size === 0) {
      this.#rooms.delete(room);
    }
  }

  /** Takes a peer out of its rooms and out of the directory. */
  remove(peer: ServerPeer): void {
    for (const room of [...peer.rooms]) {
      this.leave(peer, room);
    }
    this.#peers.delete(peer.id);
  }

  /** Everybody who shares a room with `peer`, each once, without `peer`. */
  neighbours(peer: ServerPeer): Set<ServerPeer> {
    return this.#members(peer.rooms, peer);
  }

  /** Whom a message from `sender` reaches: each once, the sender never, nobody it shares no room with. */
  recipients(sender: ServerPeer, target: Target): Set<ServerPeer> {
    switch (target.kind) {
      case "everyone":
        return this.neighbours(sender);
      case "session":
        return this.#session(sender, target.address);
      case "name":
        return this.#peers.has(target.name)
          ? this.#session(sender, { user: "", id: target.name })
          : this.#room(sender, target.name);
      case "rooms":
        return this.#members(
          target.rooms.filter((room) => sender.rooms.has(room)),
          sender,
        );
    }
  }

  /** The members of a room other than `peer`. */
  others(peer: ServerPeer, room: string): Set<ServerPeer> {
    return this.#members([room], peer);
  }

  #session(sender: ServerPeer, { user, id }: Address): Set<ServerPeer> {
    const peer = this.#peers.get(id);
    const fits =
      peer !== undefined && peer !== sender && (user === "" || user === peer.user) && sharesRoom(peer, sender);
    return new Set(fits ? [peer] : []);
  }

  #room(sender: ServerPeer, room: string): Set<ServerPeer> {
    const found = this.others(sender, room);
    if (!sender.rooms.has(room)) {
      for (const peer of found) {
        if (!sharesRoom(peer, sender)) {
          found.delete(peer);
        }
      }
    }
    return found;
  }

  #members(rooms: Iterable<string>, without: ServerPeer): Set<ServerPeer> {
    const found = new Set<ServerPeer>();
    for (const room of rooms) {
      for (const member of this.#rooms.get(room) ?? []) {
        found.add(member);
      }
    }
    found.delete(without);
    return found;
  }
}

function sharesRoom(a: ServerPeer, b: ServerPeer): boolean {
  for (const room of a.rooms) {
    if (b.rooms.has(room)) {
      return true;
    }
  }
  return false;
}
