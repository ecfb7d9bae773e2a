// How a player is doing: the call's own numbers, and what only the picture can tell.
import type { WatchStats } from "../webrtc/watch-stats.js";
import type { PlayerState } from "./player-state.js";
import type { LatencyReading } from "./stamp-latency.js";

/** One look at a player. `video` and `audio` are undefined until their first packet is there. */
export type PlayerStats = WatchStats & {
  readonly state: PlayerState["kind"];
  /** From the wish to watch to the first picture, milliseconds; undefined until it is there. */
  readonly firstFrameMs: number | undefined;
  /** From capture to this screen, as far as the picture itself tells. */
  readonly latency: LatencyReading;
};

/** The numbers of a player without a call. */
export const NO_WATCH_STATS: WatchStats = {
  intervalMs: 0,
  video: undefined,
  audio: undefined,
  roundTripMs: undefined,
  path: "",
};
