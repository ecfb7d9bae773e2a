// The list of peers as a person reads it, and the reason when there is nothing in it to watch.
import type { LinkError, LinkState, Peer } from "./server-link.js";

/** What decides whether there is something to watch. */
export type WatchScene = {
  readonly link: LinkState;
  /** What was wrong with the connection last; undefined since it works. */
  readonly trouble: LinkError | undefined;
  readonly hasToken: boolean;
  readonly peers: readonly Peer[];
};

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
export function nothingToWatch({ link, trouble, hasToken, peers }: WatchScene): string {
  if (link.kind !== "online") {
    return trouble === undefined
      ? "Nothing to watch yet because the page is still connecting to the server."
      : `Nothing to watch because ${noConnection(trouble, hasToken)}.`;
  }
  if (!peers.some(canBeWatched)) {
    const mode = peers.map(({ data }) => data["mode"]).find((known) => known === "record" || known === "relay");
    return mode === undefined
      ? "Nothing to watch because no peer offers a picture. It appears here as soon as one does."
      : `Nothing to watch because the server is in ${mode} mode and nobody sends a picture yet.`;
  }
  return "";
}

/** The reason as the end of a sentence. */
function noConnection({ code, message }: LinkError, hasToken: boolean): string {
  switch (code) {
    case "symple/unauthorized":
      return hasToken ? "the server refused the token" : "the server asks for a token";
    case "symple/unreachable":
      return "the server cannot be reached";
    case "symple/timeout":
      return "the server does not answer";
    case "symple/at-capacity":
      return "the server takes no more connections";
    case "symple/disconnected":
      return "the connection to the server was lost";
    default:
      return `there is no connection to the server (${message})`;
  }
}

/** Whether a peer offers a picture. */
export function canBeWatched(peer: Peer): boolean {
  const { capabilities } = peer.data;
  return Array.isArray(capabilities) && capabilities.includes("view");
}

function describePeer(peer: Peer): string {
  const { mode } = peer.data;
  const type = peer.type === "" ? "Peer" : `${peer.type[0].toUpperCase()}${peer.type.slice(1)}`;
  return typeof mode === "string" && mode !== "" ? `${type} · ${mode}` : type;
}
