// What a <floe-player> tells its page, as DOM events with types.
import type { PlayerState } from "./player-state.js";
import type { PlayerStats } from "./player-stats.js";
import type { SourceFacts } from "./source-facts.js";

/** Events of a <floe-player>, none of which bubbles. */
export interface FloePlayerEventMap {
  /** The state is another one: `detail` is `player.state`. */
  readonly statechange: CustomEvent<PlayerState>;
  /** The source behind the picture tells something else: `detail` is `player.source`. */
  readonly sourcechange: CustomEvent<SourceFacts | undefined>;
  /** `muted`, `volume` or `isSoundBlocked` is another. */
  readonly soundchange: Event;
  /** A snapshot was saved. */
  readonly snapshot: CustomEvent<{ readonly blob: Blob; readonly name: string }>;
  /** The state became "failed", or a button could not do its work: `error` is the FloeError, `message` its sentence. */
  readonly error: ErrorEvent;
  /** Once a second while a picture is shown: `detail` is what `stats()` would give. */
  readonly statssample: CustomEvent<PlayerStats>;
}
