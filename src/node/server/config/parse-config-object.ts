// The configuration of a program: the object that FloeServer.start takes, checked like a file, without files or flags.
import { FloeError } from "../../../core/error/floe-error.js";
import { buildConfig, type ConfigSources } from "./build-config.js";
import { badSection } from "./config-error.js";
import { type RawConfig, rawValue, type UnknownKey, unknownKeys } from "./config-file.js";
import { suggestion } from "./nearest-name.js";
import type { PartialServerConfig, ServerConfig } from "./server-config.js";

/** How a program's configuration is read. */
export type ConfigObjectOptions = {
  /** Relative paths count from here; the working directory by default. */
  readonly folder?: string;
};

/**
 * Completes and checks a configuration. Throws FloeError config/unknown-key, config/bad-value, config/not-built or
 * config/insecure; a whole ServerConfig passes unchanged.
 */
export function parseConfigObject(config: PartialServerConfig = {}, options: ConfigObjectOptions = {}): ServerConfig {
  return resolveConfigObject(config, options).config;
}

/** As `parseConfigObject`, and tells which keys the object gave. */
export function resolveConfigObject(
  config: PartialServerConfig,
  { folder = process.cwd() }: ConfigObjectOptions = {},
): { readonly config: ServerConfig; readonly sources: ConfigSources } {
  const origin = { kind: "object" } as const;
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw badSection("", config, origin);
  }
  const content = config as RawConfig;
  const [stranger] = unknownKeys(content);
  if (stranger !== undefined) {
    throw unknownKey(stranger);
  }
  return buildConfig(
    [
      {
        folder,
        valueOf: (key) => {
          const value = rawValue(content, key, origin);
          return value === undefined ? undefined : { value, origin };
        },
      },
    ],
    { folder },
  );
}

/** A file's unknown key may be another version's; a program's is a slip in the program. */
function unknownKey({ path, isLater, nearest }: UnknownKey): FloeError {
  return isLater
    ? new FloeError("config/not-built", `the key '${path}' is not built yet`, { fix: "Leave it out." })
    : new FloeError("config/unknown-key", `the key '${path}' is unknown`, {
        fix: suggestion(nearest && `'${nearest}'`, "Leave it out; the type ServerConfig has all keys."),
      });
}
