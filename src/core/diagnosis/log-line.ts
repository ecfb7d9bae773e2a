// The two shapes of a log line: JSON for machines, one line of text for people.
import type { WallMicros } from "../time/units.js";
import { isoTime } from "./iso-time.js";
import type { PlainValue } from "./log-value.js";

/** How much a line matters, from least to most. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** The levels in rising order. */
export const LOG_LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** `text`: a line for people. `json`: one JSON object a line. */
export type LogFormat = "text" | "json";

/** One happening, already plain and masked. */
export type LogRecord = {
  readonly wallUs: WallMicros;
  readonly level: LogLevel;
  /** Where it happened: `webrtc`, `symple/server`; empty at the root. */
  readonly room: string;
  readonly message: string;
  readonly fields: { readonly [name: string]: PlainValue };
};

const RESERVED: ReadonlySet<string> = new Set(["time", "level", "room", "message"]);
const COLORS: { readonly [level in LogLevel]: string } = {
  trace: "\u001b[2m",
  debug: "\u001b[2m",
  info: "\u001b[32m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};
const RESET = "\u001b[0m";
// C0 and C1 controls, and the bidirectional overrides that make a line read as another one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the pattern is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** `{"time":…,"level":…,"room":…,"message":…, fields}`; a field with one of these names is written as `_name`. */
export function jsonLogLine(record: LogRecord): string {
  const line: { [name: string]: PlainValue } = { time: isoTime(record.wallUs), level: record.level };
  if (record.room !== "") {
    line.room = record.room;
  }
  line.message = record.message;
  for (const [name, value] of Object.entries(record.fields)) {
    line[RESERVED.has(name) ? `_${name}` : name] = value;
  }
  return JSON.stringify(line);
}

/** `2026-11-21T09:00:00.123Z warn  room: message name=value`; controls are escaped, so a record stays one line. */
export function textLogLine(record: LogRecord, options: { readonly color?: boolean } = {}): string {
  const level = record.level.padEnd(5);
  const head = options.color === true ? `${COLORS[record.level]}${level}${RESET}` : level;
  const room = record.room === "" ? "" : `${record.room}: `;
  let line = `${isoTime(record.wallUs)} ${head} ${escapeControls(room + record.message)}`;
  for (const [name, value] of Object.entries(record.fields)) {
    line += ` ${escapeControls(name)}=${escapeControls(fieldText(value))}`;
  }
  return line;
}

/** Text with control characters written as escapes, safe to print to a terminal as part of one line. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, (character) =>
    character === "\n" ? "\\n" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function fieldText(value: PlainValue): string {
  if (typeof value !== "string") {
    return JSON.stringify(value);
  }
  return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
}
