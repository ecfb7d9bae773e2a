// The configuration file: found, read, parsed, and its keys looked at one by one.
import { resolve } from "node:path";
import { FloeError } from "../../../core/error/floe-error.js";
import { badSection, show, type ValueOrigin } from "./config-error.js";
import { type ConfigKey, configKeys } from "./config-key.js";
import { findJsonFault } from "./json-fault.js";
import { isLaterKey } from "./later-names.js";
import { nearestName } from "./nearest-name.js";

/** Reads a text file whole; throws as node:fs does. */
export type ReadFile = (path: string) => string;

/** An object of configuration keys, as it came. */
export type RawConfig = { readonly [name: string]: unknown };

/** The name that is tried when none is given. */
const DEFAULT_CONFIG_FILE = "config.json";

/** A configuration file that somebody asked for, and by what: `--config`, `-c` or `FLOE_CONFIG`. */
export type GivenConfigFile = { readonly path: string; readonly by: string };

/**
 * Reads the file that `given` names, or ./config.json when it exists and `given` is undefined. Answers undefined when there is
 * none. Throws FloeError config/not-found, config/unreadable, config/invalid-json or config/bad-value.
 */
export function loadConfigFile(
  given: GivenConfigFile | undefined,
  { cwd, readFile }: { readonly cwd: string; readonly readFile: ReadFile },
): { readonly path: string; readonly content: RawConfig } | undefined {
  const path = resolve(cwd, given?.path ?? DEFAULT_CONFIG_FILE);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    if (given === undefined && isNotFound(error)) {
      return undefined;
    }
    throw readFault(given ?? { path, by: DEFAULT_CONFIG_FILE }, error);
  }
  return { path, content: parseJson(text, given?.path ?? path) };
}

/** The value of a key in an object from outside, or undefined. Throws when a section on the way is no object. */
export function rawValue(config: RawConfig, key: ConfigKey, origin: ValueOrigin): unknown {
  let value: unknown = config;
  for (const [depth, segment] of key.segments.entries()) {
    if (!isRecord(value)) {
      throw badSection(key.segments.slice(0, depth).join("."), value, origin);
    }
    value = Object.hasOwn(value, segment) ? value[segment] : undefined;
    if (value === undefined) {
      return undefined;
    }
  }
  return value;
}

/** A key of an object from outside that no configuration key stands for. */
export type UnknownKey = {
  readonly path: string;
  /** A later version will know it. */
  readonly isLater: boolean;
  /** The key that may have been meant. */
  readonly nearest?: string;
};

/** Every unknown key of an object from outside. */
export function unknownKeys(config: RawConfig): readonly UnknownKey[] {
  const found: UnknownKey[] = [];
  const visit = (node: RawConfig, parents: readonly string[]): void => {
    for (const [name, value] of Object.entries(node)) {
      const path = [...parents, name].join(".");
      if (keyPaths.has(path) || (parents.length === 0 && name === "$schema")) {
        continue;
      }
      if (sectionPaths.has(path)) {
        if (isRecord(value)) {
          visit(value, [...parents, name]);
        }
      } else {
        const nearest = nearestKey(path);
        found.push({ path: show(path, ""), isLater: isLaterKey(path), ...(nearest === undefined ? {} : { nearest }) });
      }
    }
  };
  visit(config, []);
  return found;
}

const keyPaths: ReadonlySet<string> = new Set(configKeys.map((key) => key.path));
const sectionPaths: ReadonlySet<string> = new Set(
  configKeys.flatMap((key) => key.segments.slice(0, -1).map((_, depth) => key.segments.slice(0, depth + 1).join("."))),
);

function nearestKey(path: string): string | undefined {
  const lastName = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  // Of several the schema's first, which is what most people set: http.port, not turn.port.
  const sameName = [...keyPaths].find((known) => known.toLowerCase().endsWith(`.${lastName}`));
  return nearestName(path, [...keyPaths, ...sectionPaths]) ?? sameName;
}

function parseJson(text: string, name: string): RawConfig {
  // Some editors begin a file with a byte order mark.
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    const fault = findJsonFault(json);
    const place = fault === undefined ? "" : ` line ${fault.line}, column ${fault.column}: ${fault.what}`;
    throw new FloeError("config/invalid-json", `${show(name, "")} is not valid JSON,${place}`, {
      fix: "Correct it there; src/node/server/config/README.md in Floe's repository lists all keys.",
    });
  }
  if (!isRecord(content)) {
    throw badSection("", content, { kind: "file", path: name });
  }
  return content;
}

function readFault({ path, by }: GivenConfigFile, cause: unknown): FloeError {
  const shown = show(path, "");
  if (isNotFound(cause)) {
    return new FloeError("config/not-found", `there is no configuration file ${shown}`, {
      fix: `Check the path, or leave ${by} out to start with the defaults.`,
      cause,
    });
  }
  const code = (cause as { readonly code?: unknown }).code;
  const why = code === "EISDIR" ? "it is a folder" : code === "EACCES" ? "reading it is not permitted" : String(code);
  return new FloeError("config/unreadable", `cannot read the configuration file ${shown}: ${why}`, {
    fix: "Name a JSON file that this user can read.",
    cause,
  });
}

function isNotFound(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function isRecord(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
