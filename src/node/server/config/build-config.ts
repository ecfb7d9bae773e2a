// Layers of raw values become one checked configuration: each value is checked against its own key, the last layer wins,
// then the rules that tie keys together.
import { resolve } from "node:path";
import * as v from "valibot";
import { parseSourceNoun } from "../../../core/media/source-noun.js";
import type { ConfigCommand } from "./command-flags.js";
import { badValue, type ValueOrigin } from "./config-error.js";
import { type ConfigKey, configKeys } from "./config-key.js";
import { serverConfigSchema } from "./config-schema.js";
import { requireSecureBind } from "./exposure.js";
import { requireRecordAccess, requireRecordRules } from "./record-rules.js";
import type { ServerConfig } from "./server-config.js";
import { requireTurnCredentials, requireTurnRules } from "./turn-rules.js";

/** One place that may give a key a value; later layers win. */
export type ConfigLayer = {
  /** The raw value of a key and where exactly it stands, or undefined. */
  valueOf(key: ConfigKey): { readonly value: unknown; readonly origin: ValueOrigin } | undefined;
  /** The folder that relative paths of this layer count from. */
  readonly folder: string;
};

/** Where each key's value comes from, by the key's path. */
export type ConfigSources = { readonly [path: string]: ValueOrigin };

/** The `media.video` keys that somebody set: who asks for a certain picture gets it encoded. */
export function explicitVideoKeys(sources: ConfigSources): string[] {
  return Object.keys(sources).filter((path) => path.startsWith("media.video.") && sources[path].kind !== "default");
}

/** What a configuration is built for. */
export type BuildOptions = {
  readonly command?: ConfigCommand;
  /** The folder that paths of defaults count from. */
  readonly folder: string;
};

/** Builds the configuration of a command. Throws FloeError usage/… for a flag's value, config/… for anything else. */
export function buildConfig(
  layers: readonly ConfigLayer[],
  { command = "serve", folder }: BuildOptions,
): {
  readonly config: ServerConfig;
  readonly sources: ConfigSources;
} {
  const raw: RawNode = {};
  const sources: { [path: string]: ValueOrigin } = {};
  for (const key of configKeys) {
    sources[key.path] = { kind: "default" };
    if (key.kind.isPath === true && key.fallback !== undefined) {
      setValue(raw, key, inFolder(key, key.fallback, folder));
    }
    for (const layer of layers) {
      const given = layer.valueOf(key);
      if (given !== undefined) {
        if (!v.is(key.kind.schema, given.value)) {
          throw badValue(key, given.value, given.origin);
        }
        setValue(raw, key, inFolder(key, given.value, layer.folder));
        sources[key.path] = given.origin;
      }
    }
  }
  const config = v.parse(serverConfigSchema, raw);
  requireTurnRules(config);
  if (command === "serve") {
    requireRecordRules(config);
    requireRecordAccess(config);
    requireSecureBind(config);
  } else {
    requireTurnCredentials(config);
  }
  return { config, sources };
}

type RawNode = { [name: string]: unknown };

function setValue(root: RawNode, key: ConfigKey, value: unknown): void {
  let node = root;
  for (const segment of key.segments.slice(0, -1)) {
    node[segment] ??= {};
    node = node[segment] as RawNode;
  }
  node[key.segments[key.segments.length - 1]] = value;
}

function inFolder(key: ConfigKey, value: unknown, folder: string): unknown {
  if (typeof value !== "string") {
    return value;
  }
  if (key.kind.isPath === true) {
    return resolve(folder, value);
  }
  if (key.kind.isSource === true) {
    const noun = parseSourceNoun(value);
    return noun.kind === "file" ? resolve(folder, noun.path) : value.trim();
  }
  return value;
}
