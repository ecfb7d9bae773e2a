// The peers of a Symple server that live in its own process: trusted, without sockets.
import { FloeError } from "../error/floe-error.js";
import { isName } from "./address.js";
import type { PeerRouter } from "./peer-router.js";
import type { VirtualPeerProfile } from "./server-io.js";
import { ServerPeer } from "./server-peer.js";

/** Brings virtual peers online and offline. */
export class VirtualPeers {
  readonly #router: PeerRouter;
  readonly #peers = new Map<string, ServerPeer>();

  constructor(router: PeerRouter) {
    this.#router = router;
  }

  /** Adds a peer; throws FloeError when its address is none, or its id another's. */
  add(profile: VirtualPeerProfile): void {
    if (!isName(profile.user) || !isName(profile.id) || this.#router.directory.get(profile.id) !== undefined) {
      throw new FloeError(
        "symple/bad-peer",
        `"${profile.user}|${profile.id}" cannot be the address of a virtual peer`,
        { fix: "Choose a user and an id without a pipe, and an id that no other peer has." },
      );
    }
    const peer = new ServerPeer(profile, undefined);
    this.#peers.set(peer.id, peer);
    this.#router.enter(peer, this.#router.initialRooms([peer.user, ...profile.rooms]));
  }

  /** Takes a peer offline; quiet when there is none. */
  remove(id: string): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) {
      this.#peers.delete(id);
      this.#router.exit(peer);
    }
  }

  /** The peer of an id; throws FloeError when there is none. */
  get(id: string): ServerPeer {
    const peer = this.#peers.get(id);
    if (peer === undefined) {
      throw new FloeError("symple/no-such-peer", `There is no virtual peer "${id}"`);
    }
    return peer;
  }

  /** Whether a user's name belongs to a virtual peer: users trust it, so no client may take it. */
  owns(user: string): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.user === user) {
        return true;
      }
    }
    return false;
  }
}
