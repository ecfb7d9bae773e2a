// JSON from strangers, made safe to read: null-prototype objects, no `__proto__` keys, bounded nesting.

/** Any JSON value. Objects that come from `parseJsonObject` have no prototype, so that only own keys can be read. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. A missing key reads as undefined. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Deepest nesting that is taken. JSON.stringify recurses, so an unbounded value could not be passed on. */
export const MAX_JSON_DEPTH = 32;

/**
 * The object that `text` holds, or undefined when it is not JSON, not an object, or nested deeper than
 * `MAX_JSON_DEPTH`. Keys named `__proto__` are left out at every level. Never throws.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value = clean(JSON.parse(text), 0);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Joins objects into one without a prototype; later keys win, undefined ones are left out. */
export function mergeJson(...parts: readonly JsonObject[]): JsonObject {
  const merged: { [key: string]: JsonValue | undefined } = Object.create(null);
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      if (value !== undefined && key !== "__proto__") {
        merged[key] = value;
      }
    }
  }
  return merged;
}

/** True for an object that is neither an array nor null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text under `key`, or "" when there is none or it is something else. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

/** The object under `key`, or an empty one when there is none or it is something else. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : EMPTY;
}

/** The texts of the array under `key`; whatever else it holds is left out. Empty when there is no array. */
export function textsAt(object: JsonObject, key: string): readonly string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

const EMPTY: JsonObject = Object.freeze(Object.create(null) as JsonObject);

function clean(value: unknown, depth: number): JsonValue {
  if (typeof value !== "object" || value === null) {
    return value as JsonValue;
  }
  if (depth >= MAX_JSON_DEPTH) {
    throw new RangeError("nested too deeply");
  }
  if (Array.isArray(value)) {
    return value.map((entry: unknown) => clean(entry, depth + 1));
  }
  const safe: { [key: string]: JsonValue } = Object.create(null);
  for (const [key, entry] of Object.entries(value)) {
    if (key !== "__proto__") {
      safe[key] = clean(entry, depth + 1);
    }
  }
  return safe;
}
