// Logger: levels checked before anything is formatted, rooms by name, secrets masked in every string. Never throws.
import { LimitedLog } from "./limited-log.js";
import type { LogLevel } from "./log-line.js";
import { type LazyLogFields, type LogFields, type LoggerOptions, type LogMessage, LogOutput } from "./log-output.js";

/** A peer may be able to make up keys; past this many, further ones share one limit. */
const MAX_LIMITED_KEYS = 128;
const OVERFLOW_KEY = "*";

/** A place in a log that is already open: what `child` makes. */
type LoggerScope = {
  readonly output: LogOutput;
  readonly limits: Map<string, LimitedLog>;
  readonly room: string;
  readonly fields: LogFields;
};

/** Writes what happens, for people or machines. Pass it down; each room takes a `child`. */
export class Logger {
  readonly #output: LogOutput;
  readonly #limits: Map<string, LimitedLog>;
  readonly #room: string;
  readonly #fields: LogFields;

  constructor(options: LoggerOptions | LoggerScope) {
    const scope = "output" in options ? options : undefined;
    this.#output = scope?.output ?? new LogOutput(options as LoggerOptions);
    this.#limits = scope?.limits ?? new Map<string, LimitedLog>();
    this.#room = scope?.room ?? "";
    this.#fields = scope?.fields ?? {};
  }

  /** A logger that formats and writes nothing: the default where a logger is optional. */
  static silent(): Logger {
    return new Logger({ sink: () => {}, wallUs: () => 0, level: "off" });
  }

  /** A logger for the room below this one (`parent/room`), whose every line holds `fields` too. */
  child(room: string, fields: LogFields = {}): Logger {
    return new Logger({
      output: this.#output,
      limits: this.#limits,
      room: this.#room === "" ? room : `${this.#room}/${room}`,
      fields: { ...this.#fields, ...fields },
    });
  }

  /** Whether lines of this level are written: ask before preparing something costly. */
  isEnabled(level: LogLevel): boolean {
    return this.#output.isEnabled(level);
  }

  /** Every packet or message: for finding a fault in a protocol. */
  trace(message: LogMessage, fields?: LazyLogFields): void {
    this.log("trace", message, fields);
  }

  /** What a developer wants to know: decisions, changes of state. */
  debug(message: LogMessage, fields?: LazyLogFields): void {
    this.log("debug", message, fields);
  }

  /** What an operator wants to know: started, joined, left, stopped. */
  info(message: LogMessage, fields?: LazyLogFields): void {
    this.log("info", message, fields);
  }

  /** Something is wrong, and the work goes on. */
  warn(message: LogMessage, fields?: LazyLogFields): void {
    this.log("warn", message, fields);
  }

  /** Something failed. The error itself goes into `fields.error`. */
  error(message: LogMessage, fields?: LazyLogFields): void {
    this.log("error", message, fields);
  }

  /** Writes one line if `level` is on. */
  log(level: LogLevel, message: LogMessage, fields?: LazyLogFields): void {
    this.#output.write(level, this.#room, message, this.#fields, fields);
  }

  /**
   * The log of one repeated fault, by a stable key (the error's code): at most one line a second, which says how many
   * were left out before it. The same key and room give the same log; keep it or ask each time.
   */
  limited(key: string): LimitedLog {
    const wanted = `${this.#room}:${key}`;
    const name = this.#limits.has(wanted) || this.#limits.size < MAX_LIMITED_KEYS ? wanted : OVERFLOW_KEY;
    let limited = this.#limits.get(name);
    if (limited === undefined) {
      limited = new LimitedLog(this, this.#output.wallUs);
      this.#limits.set(name, limited);
    }
    return limited;
  }
}
