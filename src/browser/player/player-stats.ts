// How a player is doing: the call's own numbers, and what only the picture can tell.
import type { WatchStats } from "../webrtc/watch-stats.js";
import type { PlayerState } from "./player-state.js";
import type { LatencyReading } from "./stamp-latency.js";
import type { PlayerSession } from "./viewing-ports.js";

/** One look at a player. `video` and `audio` are undefined until their first packet is there. */
export type PlayerStats = WatchStats & {
  readonly state: PlayerState["kind"];
  /** From the wish to watch to the first picture, milliseconds; undefined until it is there. */
  readonly firstFrameMs: number | undefined;
  /** From the camera's shutter to this screen, as far as the picture itself tells. */
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

/** Who asks again sooner gets the same answer: rates over less time are noise. */
const FRESH_MS = 400;

/** Asks a call for its numbers, for many who ask: each look resets the rates, so looks are shared. */
export class SharedLook {
  #session: PlayerSession | undefined;
  #takenMs = 0;
  #look: Promise<WatchStats> = Promise.resolve(NO_WATCH_STATS);

  /** The call's numbers, at most 0.4 s old. `nowMs` is a monotonic clock's. */
  take(session: PlayerSession | undefined, nowMs: number): Promise<WatchStats> {
    if (session === undefined) {
      return Promise.resolve(NO_WATCH_STATS);
    }
    if (session !== this.#session || nowMs - this.#takenMs >= FRESH_MS) {
      this.#session = session;
      this.#takenMs = nowMs;
      this.#look = session.stats();
    }
    return this.#look;
  }
}
