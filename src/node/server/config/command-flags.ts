// The flags of `floe serve`, read with node:util's parseArgs after a list made from the configuration keys.
import { parseArgs } from "node:util";
import { FloeError } from "../../../core/error/floe-error.js";
import { show } from "./config-error.js";
import { type ConfigKey, configKeys, flagText } from "./config-key.js";
import { laterFlags } from "./later-names.js";
import { nearestName, suggestion } from "./nearest-name.js";

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

type Known = { readonly key?: ConfigKey; readonly takesValue: boolean; readonly switchTo?: boolean };

const known: ReadonlyMap<string, Known> = new Map([
  ...commandFlags.map(({ name, value }): [string, Known] => [name, { takesValue: value !== undefined }]),
  ...configKeys.flatMap(knownFlags),
]);

/** Reads the arguments behind the command. Throws FloeError `usage/…` for the first thing that it cannot take. */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const values = new Map<string, { flag: string; value: string | boolean }>();
  const said = { json: false, help: false, version: false };
  let config: ParsedFlags["config"];
  for (const token of tokenize(argv)) {
    if (token.kind === "option-terminator") {
      continue;
    }
    if (token.kind === "positional") {
      throw unexpectedArgument(token.value);
    }
    const flag = known.get(token.name);
    if (flag === undefined) {
      throw unknownFlag(token.rawName);
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
  if (!flag.takesValue) {
    if (token.value !== undefined) {
      throw new FloeError("usage/unexpected-value", `flag '${token.rawName}' takes no value`, {
        fix: `Write ${token.rawName} alone.`,
      });
    }
    return flag.switchTo ?? true;
  }
  const { value } = token;
  if (value === undefined || value === "" || (token.inlineValue !== true && isNextFlag(value, flag))) {
    const placeholder = flag.key?.flag?.value ?? "PATH";
    throw new FloeError("usage/missing-value", `flag '${token.rawName}' requires a value`, {
      fix: `Write ${token.rawName} ${placeholder}.`,
    });
  }
  return value;
}

/** "--host --port 80": the next flag is no host. But "--port -1" is a number, if a bad one. */
function isNextFlag(value: string, { key }: Known): boolean {
  return value.startsWith("-") && value !== "-" && !(key?.kind.text === "number" && /^-[\d.]/.test(value));
}

function tokenize(argv: readonly string[]) {
  const options: { [name: string]: { type: "string" | "boolean"; short?: string } } = {};
  for (const [name, flag] of known) {
    const short = commandFlags.find((candidate) => candidate.name === name)?.short;
    options[name] = { type: flag.takesValue ? "string" : "boolean", ...(short === undefined ? {} : { short }) };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function knownFlags(key: ConfigKey): [string, Known][] {
  const { flag } = key;
  if (flag === undefined) {
    return [];
  }
  const positive: [string, Known] = [flag.name, { key, takesValue: flag.value !== undefined, switchTo: true }];
  return flag.hasNegative === true
    ? [positive, [`no-${flag.name}`, { key, takesValue: false, switchTo: false }]]
    : [positive];
}

function unknownFlag(rawName: string): FloeError {
  const name = rawName.replace(/^-+/, "");
  if (laterFlags.has(name)) {
    return new FloeError("usage/not-built", `flag '${show(rawName, "")}' is not built yet`, { fix: "Leave it out." });
  }
  const secret = configKeys.find((key) => key.kind.isSecret === true && key.path.replace(".", "-").endsWith(name));
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
    fix: suggestion(nearest === undefined ? undefined : `--${nearest}`, "See floe --help."),
  });
}

function unexpectedArgument(text: string): FloeError {
  const source = configKeys.find((key) => key.kind.isSource === true)?.flag;
  const isMedia = source !== undefined && /[./:\\]/.test(text);
  return new FloeError("usage/unexpected-argument", `argument ${show(text, "'")} has no meaning here`, {
    fix: isMedia ? `To play it, write ${flagText(source)} ${show(text, "")}.` : "See floe --help.",
  });
}
