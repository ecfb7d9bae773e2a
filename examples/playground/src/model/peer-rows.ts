// The list of peers as a person reads it, and the reason when there is nothing in it to watch.
import type { LinkState, Peer } from "./server-link.js";

/** A peer in the list. */
export type PeerRow = {
  readonly address: string;
  readonly name: string;
  readonly description: string;
  readonly isWatched: boolean;
};

/** Everybody who can be watched, and whoever is being watched even if gone for the moment. */
export function peerRows(peers: readonly Peer[], watched: string): readonly PeerRow[] {
  const rows = peers.filter(canBeWatched).map((peer) => ({
    address: peer.address,
    name: peer.name,
    description: describePeer(peer),
    isWatched: peer.address === watched,
  }));
  if (watched !== "" && !rows.some(({ isWatched }) => isWatched)) {
    const name = watched.split("|")[0] || watched;
    rows.push({ address: watched, name, description: "Not here at the moment", isWatched: true });
  }
  return rows;
}

/** How many others are connected who only watch, in words; "" for none. */
export function describeOthers(peers: readonly Peer[]): string {
  const count = peers.filter((peer) => !canBeWatched(peer)).length;
  return count === 0 ? "" : count === 1 ? "1 other viewer is connected." : `${count} other viewers are connected.`;
}

/** "Nothing to watch because …", or "" when there is something. */
export function nothingToWatch(link: LinkState, peers: readonly Peer[]): string {
  switch (link.kind) {
    case "closed":
    case "connecting":
    case "authenticating":
      return "Nothing to watch yet because the page is still connecting to the server.";
    case "error":
      return "Nothing to watch because there is no connection to the server.";
    case "online":
      return peers.some(canBeWatched)
        ? ""
        : "Nothing to watch because no peer offers a picture. It appears here as soon as one does.";
    default:
      return link satisfies never;
  }
}

function canBeWatched(peer: Peer): boolean {
  const { capabilities } = peer.data;
  return Array.isArray(capabilities) && capabilities.includes("view");
}

function describePeer(peer: Peer): string {
  const { mode } = peer.data;
  const type = peer.type === "" ? "Peer" : `${peer.type[0].toUpperCase()}${peer.type.slice(1)}`;
  return typeof mode === "string" && mode !== "" ? `${type} · ${mode}` : type;
}
