// What a log line may hold: any value made plain, bounded and free of secrets before a formatter sees it.
import { isSecretName, maskUrl } from "./mask-url.js";

const MAX_TEXT_LENGTH = 4096;
const MAX_ITEMS = 32;
const MAX_DEPTH = 4;

/** A value that JSON can say. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/** How much of an error is worth a line: its stack is for the people who asked for debug. */
export type PlainOptions = { readonly withStack?: boolean };

/**
 * The fields of a record made plain: strings masked and cut at 4096 characters, bytes as their count, errors as code and
 * message, collections cut at 32 items and 4 levels, undefined left out. A field whose name says secret holds `***`.
 */
export function plainFields(
  fields: { readonly [name: string]: unknown },
  options: PlainOptions = {},
): { [name: string]: PlainValue } {
  return plainRecord(fields, options, 0);
}

/** Text as it may be printed: secrets masked, length bounded. */
export function plainText(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) {
    return maskUrl(text);
  }
  // Masked before it is cut, and never cut inside a word: half a URL has no "@" left to be known by.
  return `${maskUrl(wholeWords(text, MAX_TEXT_LENGTH * 2)).slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)`;
}

function wholeWords(text: string, maxLength: number): string {
  if (text.length <= maxLength) {
    return text;
  }
  const start = text.slice(0, maxLength);
  return start.slice(0, Math.max(start.lastIndexOf(" "), start.lastIndexOf("\n"), start.lastIndexOf("\t"), 0));
}

function plain(value: unknown, options: PlainOptions, depth: number): PlainValue | undefined {
  switch (typeof value) {
    case "string":
      return plainText(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return `function ${value.name}`;
    case "undefined":
      return undefined;
    default:
      return value === null ? null : plainObject(value as object, options, depth);
  }
}

function plainObject(value: object, options: PlainOptions, depth: number): PlainValue | undefined {
  if (value instanceof Error) {
    return plainError(value, options, depth);
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `${value.byteLength} bytes`;
  }
  if (depth >= MAX_DEPTH) {
    return "…";
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return plain(value.toJSON(), options, depth + 1);
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => plain(item, options, depth + 1) ?? null);
    return value.length > MAX_ITEMS ? [...items, `… (${value.length} items)`] : items;
  }
  if (value instanceof Map || value instanceof Set) {
    return `${value.size} entries`;
  }
  return plainRecord(value as { readonly [name: string]: unknown }, options, depth);
}

function plainRecord(
  fields: { readonly [name: string]: unknown },
  options: PlainOptions,
  depth: number,
): { [name: string]: PlainValue } {
  const out: { [name: string]: PlainValue } = {};
  const names = Object.keys(fields);
  for (const name of names.slice(0, MAX_ITEMS)) {
    const value =
      isSecretName(name) && typeof fields[name] === "string" ? "***" : plain(fields[name], options, depth + 1);
    if (value !== undefined) {
      out[name] = value;
    }
  }
  if (names.length > MAX_ITEMS) {
    out["…"] = `${names.length} fields`;
  }
  return out;
}

function plainError(error: Error, options: PlainOptions, depth: number): PlainValue {
  // A FloeError prints itself as `code: what. fix`; a system error has a code beside its message.
  const text = plainText(String(error));
  const stack = options.withStack === true && error.stack !== undefined ? plainText(error.stack) : undefined;
  const cause = error.cause === undefined || depth >= MAX_DEPTH ? undefined : plain(error.cause, options, depth + 1);
  if (stack === undefined && cause === undefined) {
    return text;
  }
  return { error: text, ...(cause === undefined ? {} : { cause }), ...(stack === undefined ? {} : { stack }) };
}
