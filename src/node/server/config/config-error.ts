// The errors of configuration, worded by where a value came from: a flag's is a usage error, any other a config error.
import { escapeControls } from "../../../core/diagnosis/log-line.js";
import { maskUrl } from "../../../core/diagnosis/mask-url.js";
import { FloeError } from "../../../core/error/floe-error.js";
import type { ConfigKey } from "./config-key.js";

/** Where the value of a key comes from. */
export type ValueOrigin =
  | { readonly kind: "default" }
  /** The configuration file at `path`. */
  | { readonly kind: "file"; readonly path: string }
  /** The environment variable `name`. */
  | { readonly kind: "env"; readonly name: string }
  /** The flag as typed: `--port`. */
  | { readonly kind: "flag"; readonly name: string }
  /** An object that a program gave. */
  | { readonly kind: "object" };

/** A value that its key does not take. Codes: usage/… for flags, config/… otherwise; bad-value, or not-built for what is to come. */
export function badValue(key: ConfigKey, value: unknown, origin: ValueOrigin): FloeError {
  const room = origin.kind === "flag" ? "usage" : "config";
  const place = placeOf(key, origin);
  if (typeof value === "string" && key.kind.later?.includes(value) === true) {
    return new FloeError(`${room}/not-built`, `${place}: '${value}' is not built yet`, {
      fix: `Use ${key.kind.allowed}.`,
    });
  }
  const shown = key.kind.isSecret === true ? "a value that cannot be a secret" : `the bad value ${show(value)}`;
  return new FloeError(`${room}/bad-value`, `${place} has ${shown}`, { fix: `It must be ${key.kind.allowed}.` });
}

/** Something is not an object where a section of keys should be. */
export function badSection(path: string, value: unknown, origin: ValueOrigin): FloeError {
  const where = origin.kind === "file" ? ` in ${show(origin.path, "")}` : "";
  const name = path === "" ? "The configuration" : `'${path}'`;
  return new FloeError("config/bad-value", `${name}${where} is ${show(value)}`, {
    fix: "It must be an object of keys.",
  });
}

function placeOf(key: ConfigKey, origin: ValueOrigin): string {
  switch (origin.kind) {
    case "flag":
      return `flag '${origin.name}'`;
    case "env":
      return `environment variable ${origin.name}`;
    case "file":
      return `'${key.path}' in ${show(origin.path, "")}`;
    case "object":
    case "default":
      return `'${key.path}'`;
    default:
      return origin satisfies never;
  }
}

/** A value from outside, fit for one printed line. */
export function show(value: unknown, quote = '"'): string {
  const text = typeof value === "string" ? `${quote}${value}${quote}` : (JSON.stringify(value) ?? String(value));
  const line = escapeControls(maskUrl(text));
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
