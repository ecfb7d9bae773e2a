// The flags of `floe serve` and `floe turn`, read with node:util's parseArgs after a list made from the configuration keys.
import { parseArgs } from "node:util";
import { FloeError } from "../../../core/error/floe-error.js";
import { show } from "./config-error.js";
import { type ConfigKey, configKeys, flagText } from "./config-key.js";
import type { FlagAbout } from "./config-schema.js";
import { laterFlags } from "./later-names.js";
import { nearestName, suggestion } from "./nearest-name.js";

/** The commands that take the configuration. */
export type ConfigCommand = "serve" | "turn";

/** Flags that say something about the command, not about the server. */
export const commandFlags: readonly CommandFlag[] = [
  {
    name: "config",
    short: "c",
    value: "PATH",
    help: "Configuration file, JSON. Default: ./config.json when it exists.",
  },
  { name: "json", help: "Print events as JSON, one object a line." },
  { name: "help", short: "h", help: "Show this help." },
  { name: "version", help: "Show the version." },
];

/** A flag that no configuration key stands behind. */
export type CommandFlag = {
  readonly name: "config" | "json" | "help" | "version";
  readonly short?: string;
  /** What stands for the value in the help; without it the flag is a switch. */
  readonly value?: string;
  readonly help: string;
};

/** A command line, read. */
export type ParsedFlags = {
  /** Explicit configuration file, and the flag as typed. */
  readonly config?: { readonly flag: string; readonly value: string };
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** What flags say about keys, by the key's path: a switch's boolean or the text of a value. The last one counts. */
  readonly values: ReadonlyMap<string, { readonly flag: string; readonly value: string | boolean }>;
};

/** A key, and the flag that sets it. */
export type KeyFlag = { readonly key: ConfigKey; readonly flag: FlagAbout };

/** The flags of a command that set keys. `floe turn` has no page: its host and its port are the relay's. */
export function keyFlags(command: ConfigCommand): readonly KeyFlag[] {
  const all = configKeys.flatMap((key) => (key.flag === undefined ? [] : [{ key, flag: key.flag }]));
  if (command === "serve") {
    return all;
  }
  const own = all.filter(({ key }) => /^(?:turn|log)\./.test(key.path) && key.path !== "turn.enabled");
  return [...TURN_ALIASES.map(({ path, flag }) => ({ key: keyOf(path), flag })), ...own];
}

const TURN_ALIASES: readonly { readonly path: string; readonly flag: FlagAbout }[] = [
  { path: "turn.host", flag: { name: "host", value: "HOST" } },
  { path: "turn.port", flag: { name: "port", value: "PORT" } },
];

function keyOf(path: string): ConfigKey {
  const key = configKeys.find((candidate) => candidate.path === path);
  if (key === undefined) {
    throw new Error(`there is no key ${path}`);
  }
  return key;
}

type Known = {
  readonly key?: ConfigKey;
  /** What stands for the value in words; without it the flag takes none. */
  readonly value?: string | undefined;
  readonly switchTo?: boolean;
};

/** Every flag of a command by its name. */
function knownFlags(command: ConfigCommand): ReadonlyMap<string, Known> {
  return new Map([
    ...commandFlags.map(({ name, value }): [string, Known] => [name, { value }]),
    ...keyFlags(command).flatMap(({ key, flag }) => namesOf(key, flag)),
  ]);
}

/** Reads the arguments behind the command. Throws FloeError `usage/…` for the first thing that it cannot take. */
export function parseFlags(argv: readonly string[], command: ConfigCommand = "serve"): ParsedFlags {
  const known = knownFlags(command);
  const values = new Map<string, { flag: string; value: string | boolean }>();
  const said = { json: false, help: false, version: false };
  let config: ParsedFlags["config"];
  for (const token of tokenize(argv, known)) {
    if (token.kind === "option-terminator") {
      continue;
    }
    if (token.kind === "positional") {
      throw unexpectedArgument(token.value, command);
    }
    const flag = known.get(token.name);
    if (flag === undefined) {
      throw unknownFlag(token.rawName, command, known);
    }
    const value = tokenValue(token, flag);
    if (flag.key !== undefined) {
      values.set(flag.key.path, { flag: token.rawName, value });
    } else if (token.name === "config") {
      config = { flag: token.rawName, value: String(value) };
    } else {
      said[token.name as "json" | "help" | "version"] = true;
    }
  }
  return { ...(config === undefined ? {} : { config }), ...said, values };
}

type OptionToken = {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
};

function tokenValue(token: OptionToken, flag: Known): string | boolean {
  if (flag.value === undefined) {
    if (token.value !== undefined) {
      throw new FloeError("usage/unexpected-value", `flag '${token.rawName}' takes no value`, {
        fix: `Write ${token.rawName} alone.`,
      });
    }
    return flag.switchTo ?? true;
  }
  const { value } = token;
  if (value === undefined || value === "" || (token.inlineValue !== true && isNextFlag(value, flag))) {
    throw new FloeError("usage/missing-value", `flag '${token.rawName}' requires a value`, {
      fix: `Write ${token.rawName} ${flag.value}.`,
    });
  }
  return value;
}

/** "--host --port 80": the next flag is no host. But "--port -1" is a number, if a bad one. */
function isNextFlag(value: string, { key }: Known): boolean {
  return value.startsWith("-") && value !== "-" && !(key?.kind.text === "number" && /^-[\d.]/.test(value));
}

function tokenize(argv: readonly string[], known: ReadonlyMap<string, Known>) {
  const options: { [name: string]: { type: "string" | "boolean"; short?: string } } = {};
  for (const [name, flag] of known) {
    const short = commandFlags.find((candidate) => candidate.name === name)?.short;
    options[name] = {
      type: flag.value === undefined ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function namesOf(key: ConfigKey, { name, value, hasNegative }: FlagAbout): [string, Known][] {
  const positive: [string, Known] = [name, { key, value, switchTo: true }];
  return hasNegative === true ? [positive, [`no-${name}`, { key, switchTo: false }]] : [positive];
}

function unknownFlag(rawName: string, command: ConfigCommand, known: ReadonlyMap<string, Known>): FloeError {
  const name = rawName.replace(/^-+/, "");
  if (command === "turn" && knownFlags("serve").has(name)) {
    return new FloeError("usage/other-command", `flag '${show(rawName, "")}' is not for floe turn`, {
      fix: "Leave it out, or run floe serve.",
    });
  }
  if (laterFlags.has(name)) {
    return new FloeError("usage/not-built", `flag '${show(rawName, "")}' is not built yet`, { fix: "Leave it out." });
  }
  const secret = configKeys.find((key) => key.kind.isSecret === true && key.path.replaceAll(".", "-").endsWith(name));
  if (secret !== undefined && name.length > 3) {
    return new FloeError(
      "usage/secret-flag",
      `flag '${show(rawName, "")}' does not exist: other users can read flags`,
      {
        fix: `Set ${secret.env}, or '${secret.path}' in the configuration file.`,
      },
    );
  }
  const nearest = nearestName(name, known.keys());
  return new FloeError("usage/unknown-flag", `flag '${show(rawName, "")}' is unknown`, {
    fix: suggestion(nearest === undefined ? undefined : `--${nearest}`, seeHelp(command)),
  });
}

function seeHelp(command: ConfigCommand): string {
  return command === "serve" ? "See floe --help." : `See floe ${command} --help.`;
}

function unexpectedArgument(text: string, command: ConfigCommand): FloeError {
  const source = keyFlags(command).find(({ key }) => key.kind.isSource === true)?.flag;
  const isMedia = source !== undefined && /[./:\\]/.test(text);
  return new FloeError("usage/unexpected-argument", `argument ${show(text, "'")} has no meaning here`, {
    fix: isMedia ? `To play it, write ${flagText(source)} ${show(text, "")}.` : seeHelp(command),
  });
}
