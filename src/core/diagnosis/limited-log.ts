// At most one line a second for a fault that peers can repeat at will (law 6: a bad datagram is counted and dropped).
import type { Micros, WallMicros } from "../time/units.js";
import { seconds } from "../time/units.js";
import type { LogLevel } from "./log-line.js";
import type { LazyLogFields, LogMessage } from "./log-output.js";

/** How often one repeated fault may be written. */
const INTERVAL_US: Micros = seconds(1);

/** How a limited log asks its logger to write. */
export interface LimitedLogTarget {
  isEnabled(level: LogLevel): boolean;
  log(level: LogLevel, message: LogMessage, fields?: LazyLogFields): void;
}

/** One repeated fault. The first is written at once; those of the next second are counted, and the next line says how many. */
export class LimitedLog {
  readonly #target: LimitedLogTarget;
  readonly #wallUs: () => WallMicros;
  #lastUs: WallMicros | undefined;
  #suppressed = 0;

  constructor(target: LimitedLogTarget, wallUs: () => WallMicros) {
    this.#target = target;
    this.#wallUs = wallUs;
  }

  /** How many were left out since the last line that was written. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Writes or counts one debug line. */
  debug(message: LogMessage, fields?: LazyLogFields): void {
    this.log("debug", message, fields);
  }

  /** Writes or counts one info line. */
  info(message: LogMessage, fields?: LazyLogFields): void {
    this.log("info", message, fields);
  }

  /** Writes or counts one warning. */
  warn(message: LogMessage, fields?: LazyLogFields): void {
    this.log("warn", message, fields);
  }

  /** Writes or counts one error. */
  error(message: LogMessage, fields?: LazyLogFields): void {
    this.log("error", message, fields);
  }

  /** Writes or counts one line. A level that is off costs nothing and counts nothing. */
  log(level: LogLevel, message: LogMessage, fields?: LazyLogFields): void {
    if (!this.#target.isEnabled(level)) {
      return;
    }
    const nowUs = this.#wallUs();
    const sinceUs = this.#lastUs === undefined ? INTERVAL_US : nowUs - this.#lastUs;
    // Wall time may be set back; then the silence must not last until it has caught up.
    if (sinceUs >= 0 && sinceUs < INTERVAL_US) {
      this.#suppressed++;
      return;
    }
    const suppressed = this.#suppressed;
    this.#lastUs = nowUs;
    this.#suppressed = 0;
    if (suppressed === 0) {
      this.#target.log(level, message, fields);
    } else {
      this.#target.log(level, message, () => ({ ...(typeof fields === "function" ? fields() : fields), suppressed }));
    }
  }
}
