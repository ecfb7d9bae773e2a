// The configuration of the command: defaults < file < environment < flags.
import { dirname } from "node:path";
import { buildConfig, type ConfigLayer, type ConfigSources } from "./build-config.js";
import { type ConfigCommand, type ParsedFlags, parseFlags } from "./command-flags.js";
import { show } from "./config-error.js";
import {
  type GivenConfigFile,
  loadConfigFile,
  type ReadFile,
  rawValue,
  type UnknownKey,
  unknownKeys,
} from "./config-file.js";
import { configKeys } from "./config-key.js";
import { describeExposure, isLoopback } from "./exposure.js";
import { isLaterEnv } from "./later-names.js";
import { nearestName } from "./nearest-name.js";
import { readText } from "./read-text.js";
import type { ServerConfig } from "./server-config.js";

/** Names the configuration file when `--config` does not. */
const CONFIG_FILE_ENV = "FLOE_CONFIG";

/** Variables that the project's own tests and benches read. */
const TEST_ENV: readonly string[] = ["FLOE_CHROMIUM", "FLOE_SOAK_SECONDS"];

/** What the configuration is made of. */
export type ResolveConfigOptions = {
  /** Which command it is for; each has flags and rules of its own. */
  readonly command?: ConfigCommand;
  /** The arguments behind the command. */
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  /** The folder that paths of flags and environment count from. */
  readonly cwd: string;
  readonly readFile: ReadFile;
};

/** A configuration and how it came about. */
export type ResolvedConfig = {
  readonly config: ServerConfig;
  /** What deserves a word although it is no error: unknown keys, a server that is open to all. One line each. */
  readonly warnings: readonly string[];
  /** Where each key's value comes from, by the key's path. */
  readonly sources: ConfigSources;
  /** The configuration file that was read, absolute. */
  readonly file?: string;
};

/** Resolves the configuration. Throws FloeError: usage/… when the command line is at fault, config/… otherwise. */
export function resolveConfig({ command = "serve", argv, env, cwd, readFile }: ResolveConfigOptions): ResolvedConfig {
  const flags = parseFlags(argv, command);
  const file = loadConfigFile(givenFile(flags, env), { cwd, readFile });
  const layers: ConfigLayer[] = [];
  const warnings: string[] = [];
  if (file !== undefined) {
    const { path, content } = file;
    warnings.push(...unknownKeys(content).map((key) => unknownKeyWarning(key, path)));
    layers.push({
      folder: dirname(path),
      valueOf: (key) => {
        const origin = { kind: "file", path } as const;
        const value = rawValue(content, key, origin);
        return value === undefined ? undefined : { value, origin };
      },
    });
  }
  warnings.push(...unknownEnv(env));
  layers.push({
    folder: cwd,
    valueOf: (key) => {
      const text = textOf(env, key.env);
      return text === undefined
        ? undefined
        : { value: readText(text, key.kind), origin: { kind: "env", name: key.env } };
    },
  });
  layers.push({
    folder: cwd,
    valueOf: (key) => {
      const given = flags.values.get(key.path);
      return given === undefined
        ? undefined
        : {
            value: typeof given.value === "string" ? readText(given.value, key.kind) : given.value,
            origin: { kind: "flag", name: given.flag },
          };
    },
  });
  const { config, sources } = buildConfig(layers, { command, folder: cwd });
  if (command === "serve" && !isLoopback(config.http.host) && config.auth.token.isEmpty) {
    warnings.push(`${describeExposure(config)} (--insecure).`);
  }
  return { config, warnings, sources, ...(file === undefined ? {} : { file: file.path }) };
}

function givenFile(flags: ParsedFlags, env: ResolveConfigOptions["env"]): GivenConfigFile | undefined {
  if (flags.config !== undefined) {
    return { path: flags.config.value, by: flags.config.flag };
  }
  const path = textOf(env, CONFIG_FILE_ENV);
  return path === undefined ? undefined : { path, by: CONFIG_FILE_ENV };
}

function unknownKeyWarning({ path, isLater, nearest }: UnknownKey, file: string): string {
  const effect = isLater ? "It is not built yet and has no effect." : withoutEffect(nearest && `'${nearest}'`);
  return `unknown key '${path}' in ${show(file, "")}. ${effect}`;
}

function withoutEffect(nearest: string | undefined): string {
  return nearest === undefined ? "It has no effect." : `It has no effect. Did you mean ${nearest}?`;
}

/** An empty variable counts as unset: that is how compose files and shells leave one out. */
function textOf(env: ResolveConfigOptions["env"], name: string): string | undefined {
  const text = env[name];
  return text === undefined || text.trim() === "" ? undefined : text;
}

/** Variables that begin as ours do and that are not there, or not yet. */
function unknownEnv(env: ResolveConfigOptions["env"]): string[] {
  const known = [...configKeys.map((key) => key.env), CONFIG_FILE_ENV];
  const ignored = [...known, ...TEST_ENV];
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith("FLOE_") || ignored.includes(name) || textOf(env, name) === undefined) {
      return [];
    }
    if (isLaterEnv(name)) {
      return [`environment variable ${name} is not built yet and has no effect.`];
    }
    const nearest = nearestName(
      name.slice(5),
      known.map((other) => other.slice(5)),
    );
    return [`unknown environment variable ${show(name, "")}. ${withoutEffect(nearest && `FLOE_${nearest}`)}`];
  });
}
