// Who is online, as one client knows it from presence. Survives a lost connection until the server has spoken again.
import type { RemotePeer } from "./server-frame.js";

/** Most peers that are remembered; presence of further ones is dropped and counted. */
export const MAX_ROSTER_PEERS = 4096;

/** What a presence changed. */
export type RosterChange =
  | { readonly kind: "peer-added"; readonly peer: RemotePeer }
  | { readonly kind: "peer-changed"; readonly peer: RemotePeer }
  | { readonly kind: "peer-removed"; readonly peer: RemotePeer };

/** The peers of one client, by id. */
export class Roster {
  readonly #peers = new Map<string, RemotePeer>();
  readonly #unconfirmed = new Set<string>();
  #overflowed = 0;

  /** Everybody who is known to be online, in the order they came. */
  get peers(): readonly RemotePeer[] {
    return [...this.#peers.values()];
  }

  /** How many presences were dropped because the roster was full. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** The peer of a session id. */
  get(id: string): RemotePeer | undefined {
    return this.#peers.get(id);
  }

  /** Takes one presence; undefined when it told nothing new. */
  apply(peer: RemotePeer, { online }: { readonly online: boolean }): RosterChange | undefined {
    const known = this.#peers.get(peer.id);
    if (!online) {
      return known === undefined ? undefined : this.#remove(known);
    }
    if (known === undefined && this.#peers.size >= MAX_ROSTER_PEERS) {
      this.#overflowed++;
      return undefined;
    }
    this.#unconfirmed.delete(peer.id);
    this.#peers.set(peer.id, peer);
    if (known === undefined) {
      return { kind: "peer-added", peer };
    }
    return JSON.stringify(known.data) === JSON.stringify(peer.data) ? undefined : { kind: "peer-changed", peer };
  }

  /** A new connection: whoever is known must be seen again, or `sweep` removes it. */
  doubt(): void {
    for (const id of this.#peers.keys()) {
      this.#unconfirmed.add(id);
    }
  }

  /** Removes those who have not been seen since `doubt`. */
  sweep(): readonly RosterChange[] {
    const gone = [...this.#unconfirmed].flatMap((id) => this.#peers.get(id) ?? []);
    this.#unconfirmed.clear();
    return gone.map((peer) => this.#remove(peer));
  }

  /** Removes everybody. */
  clear(): readonly RosterChange[] {
    this.doubt();
    return this.sweep();
  }

  #remove(peer: RemotePeer): RosterChange {
    this.#peers.delete(peer.id);
    this.#unconfirmed.delete(peer.id);
    return { kind: "peer-removed", peer };
  }
}
