// Which peer is meant: by address, session id, user or name; or, when nothing is said, the first that can do what is wanted.
import type { RemotePeer } from "../../core/symple/server-frame.js";

/** What peers tell in their presence: that they can be watched, or that they take what somebody publishes. */
export type PeerCapability = "view" | "publish";

/** Whether a peer says that it can do this. */
function can(peer: RemotePeer, capability: PeerCapability): boolean {
  const capabilities = peer.data["capabilities"];
  return Array.isArray(capabilities) && capabilities.includes(capability);
}

/**
 * The peer that `wanted` means: `user|id`, an id, a user or a name; "" means any with the capability. Of several with the
 * same name, one that has it comes first.
 */
export function findPeer(
  peers: readonly RemotePeer[],
  wanted: string,
  capability: PeerCapability = "view",
): RemotePeer | undefined {
  if (wanted === "") {
    return peers.find((peer) => can(peer, capability));
  }
  const exact = peers.find((peer) => peer.address === wanted || peer.id === wanted || `|${peer.id}` === wanted);
  if (exact !== undefined) {
    return exact;
  }
  const named = peers.filter((peer) => peer.user === wanted || peer.name === wanted);
  return named.find((peer) => can(peer, capability)) ?? named[0];
}
