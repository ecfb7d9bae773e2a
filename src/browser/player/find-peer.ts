// Which peer is meant: by address, session id, user or name; or, when nothing is said, the first that can be watched.
import type { RemotePeer } from "../../core/symple/server-frame.js";

/** The capability that a peer tells in its presence when it can be watched. */
const VIEW = "view";

/** Whether a peer says that it can be watched. */
function canBeWatched(peer: RemotePeer): boolean {
  const capabilities = peer.data["capabilities"];
  return Array.isArray(capabilities) && capabilities.includes(VIEW);
}

/**
 * The peer that `wanted` means: `user|id`, an id, a user or a name; "" means any that can be watched. Of several with
 * the same name, one that can be watched comes first.
 */
export function findPeer(peers: readonly RemotePeer[], wanted: string): RemotePeer | undefined {
  if (wanted === "") {
    return peers.find(canBeWatched);
  }
  const exact = peers.find((peer) => peer.address === wanted || peer.id === wanted || `|${peer.id}` === wanted);
  if (exact !== undefined) {
    return exact;
  }
  const named = peers.filter((peer) => peer.user === wanted || peer.name === wanted);
  return named.find(canBeWatched) ?? named[0];
}
