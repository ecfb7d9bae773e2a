// The sources that peers tell of in their presence.
import { type SourceFacts, sourceFacts } from "floe/player";
import { canBeWatched } from "./peer-rows.js";
import type { Peer } from "./server-link.js";

/** The sources of those who can be watched; undefined for one that tells nothing. */
export function sourcesOf(peers: readonly Peer[]): readonly (SourceFacts | undefined)[] {
  return peers.filter(canBeWatched).map(({ data }) => sourceFacts(data));
}

/** The source of the peer that is watched; of the first that tells of one while none is (""). */
export function sourceOf(peers: readonly Peer[], watched: string): SourceFacts | undefined {
  const meant = watched === "" ? peers : peers.filter(({ address }) => address === watched);
  return sourcesOf(meant).find((source) => source !== undefined);
}
