// What a <floe-player> tells its page, as DOM events with types.
import type { PlayerState } from "./player-state.js";
import type { PlayerStats } from "./player-stats.js";

/** Events of a <floe-player>, none of which bubbles. */
export interface FloePlayerEventMap {
  /** The state is another one: `detail` is `player.state`. */
  readonly statechange: CustomEvent<PlayerState>;
  /** The state became "failed": `error` is the FloeError, `message` its sentence. */
  readonly error: ErrorEvent;
  /** Once a second while a picture is shown: `detail` is what `stats()` would give. */
  readonly statssample: CustomEvent<PlayerStats>;
}
