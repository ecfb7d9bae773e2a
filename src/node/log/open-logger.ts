// The logger of a Node process: lines to stderr, coloured on a terminal, stamped by the system's clock.
import type { Writable } from "node:stream";
import type { LogFormat, LogLevel } from "../../core/diagnosis/log-line.js";
import { Logger } from "../../core/diagnosis/logger.js";
import { streamSink } from "./stream-sink.js";
import { type MaybeTerminal, useColor } from "./use-color.js";

/** How to open a process's logger. */
export type OpenLoggerOptions = {
  readonly level?: LogLevel | "off";
  readonly format?: LogFormat;
  /** Default stderr. */
  readonly stream?: Writable & MaybeTerminal;
  /** Where NO_COLOR and TERM are looked up; default process.env. */
  readonly env?: { readonly [name: string]: string | undefined };
};

/** A logger that writes to stderr, or to `stream`. */
export function openLogger({
  level = "info",
  format = "text",
  stream = process.stderr,
  env = process.env,
}: OpenLoggerOptions = {}): Logger {
  return new Logger({
    level,
    format,
    color: format === "text" && useColor(stream, env),
    sink: streamSink(stream),
    wallUs: () => Date.now() * 1000,
  });
}
