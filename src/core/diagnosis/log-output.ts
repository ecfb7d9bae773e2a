// The end of the log that a logger and all its children share: the level check, the formatting, the sink.
import type { WallMicros } from "../time/units.js";
import { jsonLogLine, LOG_LEVELS, type LogFormat, type LogLevel, textLogLine } from "./log-line.js";
import { plainFields, plainText } from "./log-value.js";

/** What a line says beside its message: any values; they are made plain, bounded and masked. */
export type LogFields = { readonly [name: string]: unknown };

/** The message, or how to make it: a function is called only when the level is on. */
export type LogMessage = string | (() => string);

/** The fields, or how to make them: a function is called only when the level is on. */
export type LazyLogFields = LogFields | (() => LogFields);

/** Where lines go: one line a call, without its line feed. What it throws is ignored. */
export type LogSink = (line: string, level: LogLevel) => void;

/** How to build a logger. */
export type LoggerOptions = {
  /** Where lines go. */
  readonly sink: LogSink;
  /** Wall time of now, for the stamps: `() => clock.wallUs()`. */
  readonly wallUs: () => WallMicros;
  /** The least level that is written; default info. `off` writes nothing. */
  readonly level?: LogLevel | "off";
  /** Default text. */
  readonly format?: LogFormat;
  /** Colours in text lines; default off. */
  readonly color?: boolean;
};

/** Formats and writes lines of one log. Never throws. */
export class LogOutput {
  readonly wallUs: () => WallMicros;
  readonly #sink: LogSink;
  readonly #threshold: number;
  readonly #format: LogFormat;
  readonly #color: boolean;

  constructor({ sink, wallUs, level = "info", format = "text", color = false }: LoggerOptions) {
    this.wallUs = wallUs;
    this.#sink = sink;
    this.#threshold = level === "off" ? LOG_LEVELS.length : LOG_LEVELS.indexOf(level);
    this.#format = format;
    this.#color = color;
  }

  /** Whether lines of this level are written. */
  isEnabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  /** Writes one line, if its level is on. `bound` are the logger's own fields, `fields` those of the call. */
  write(level: LogLevel, room: string, message: LogMessage, bound: LogFields, fields: LazyLogFields | undefined): void {
    if (!this.isEnabled(level)) {
      return;
    }
    try {
      this.#sink(this.#line(level, room, message, bound, fields), level);
    } catch {
      // A log that throws would break the very thing it watches: a full disk or a closed pipe is not the caller's fault.
    }
  }

  #line(
    level: LogLevel,
    room: string,
    message: LogMessage,
    bound: LogFields,
    fields: LazyLogFields | undefined,
  ): string {
    const withStack = this.isEnabled("debug");
    const own = typeof fields === "function" ? fields() : fields;
    const record = {
      wallUs: this.wallUs(),
      level,
      room,
      message: plainText(typeof message === "function" ? message() : message),
      fields: plainFields({ ...bound, ...own }, { withStack }),
    };
    return this.#format === "json" ? jsonLogLine(record) : textLogLine(record, { color: this.#color });
  }
}
