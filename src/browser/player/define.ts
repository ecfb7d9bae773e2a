// Door "./player": registers <floe-player> when it is imported in a browser. Imported where there is no DOM (server-side
// rendering), or twice, it does nothing.
import "../symbol-dispose.js";
import { FloePlayer } from "./floe-player.js";

export type { FloeError } from "../../core/error/floe-error.js";
export type { WatchAudioStats, WatchStats, WatchVideoStats } from "../webrtc/watch-stats.js";
export { FloePlayer } from "./floe-player.js";
export type { FloePlayerEventMap } from "./player-events.js";
export { describePlayerState, type PlayerState, type PlayerWords, type StartStep } from "./player-state.js";
export type { PlayerStats } from "./player-stats.js";
export { type SourceFacts, type SourceState, sourceFacts } from "./source-facts.js";
export type { LatencyReading } from "./stamp-latency.js";
export type { OpenPlayerSession, PlayerClient, PlayerSession } from "./viewing-ports.js";

declare global {
  interface HTMLElementTagNameMap {
    "floe-player": FloePlayer;
  }
}

/** The element's name. */
export const FLOE_PLAYER_NAME = "floe-player";

// Another copy of this module may have been first: its element serves as well.
if (typeof customElements !== "undefined" && customElements.get(FLOE_PLAYER_NAME) === undefined) {
  customElements.define(FLOE_PLAYER_NAME, FloePlayer);
}
