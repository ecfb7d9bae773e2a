// The kinds of values that configuration keys hold: what is allowed, in words and as a schema, and how text becomes one.
import { isIP } from "node:net";
import * as v from "valibot";
import { Secret } from "../../../core/diagnosis/secret.js";
import { isName, MAX_NAME_LENGTH } from "../../../core/symple/address.js";
import type { PlayoutDelay, PlayoutDelayInput } from "./server-config.js";

/** A kind of value. `Input` is what files and library users give, `Output` what the code gets. */
export type ValueKind<Input, Output = Input> = {
  readonly schema: v.GenericSchema<Input, Output>;
  /** The allowed values in words, fit to follow "must be": `a whole number from 1 to 120`. */
  readonly allowed: string;
  /** How the text of a flag or an environment variable is read before the schema sees it. */
  readonly text: "string" | "number" | "boolean" | "list";
  /** A path: relative ones count from the folder of the file that names them. */
  readonly isPath?: true;
  /** Like a path when the source noun is a file. */
  readonly isSource?: true;
  /** Never printed. */
  readonly isSecret?: true;
  /** What a file may hold, as JSON Schema, where the schema is code and cannot tell. */
  readonly shape?: JsonShape;
  /** Values that a later version will take. */
  readonly later?: readonly string[];
};

/** A JSON Schema (draft 07), or a part of one. */
export type JsonShape = { readonly [keyword: string]: unknown };

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): ValueKind<number> {
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    allowed: `a whole number from ${min} to ${max}`,
    text: "number",
  };
}

/** An even number from `min` to `max`: pictures are cut into 2x2 blocks of colour. */
export function evenNumber(min: number, max: number): ValueKind<number> {
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max), v.multipleOf(2)),
    allowed: `an even number from ${min} to ${max}`,
    text: "number",
  };
}

/** One of a few numbers. */
export function oneNumberOf<const Option extends number>(options: readonly Option[]): ValueKind<Option> {
  return { schema: v.picklist(options), allowed: enumerate(options.map(String)), text: "number" };
}

/** One of a few words. `later` are words that a later version takes: refused, with a word about it. */
export function oneOf<const Option extends string>(
  options: readonly Option[],
  later: readonly string[] = [],
): ValueKind<Option> {
  return { schema: v.picklist(options), allowed: enumerate(options), text: "string", later };
}

/** true or false. */
export function yesOrNo(): ValueKind<boolean> {
  return { schema: v.boolean(), allowed: "true or false", text: "boolean" };
}

/** A host name or an IP address, without a port. */
export function hostName(): ValueKind<string> {
  const isHost = (text: string): boolean => isIP(text) !== 0 || /^[a-z0-9](?:[a-z0-9.-]{0,252})$/i.test(text);
  return {
    schema: v.pipe(v.string(), v.check(isHost)),
    allowed: "a host name or an IP address without a port, such as 127.0.0.1",
    text: "string",
  };
}

/** Web origins (RFC 6454): scheme, host and port, nothing behind; or "*" for all of them. */
export function originList(): ValueKind<readonly string[]> {
  const isOrigin = (text: string): boolean =>
    text === "*" || (URL.canParse(text) && new URL(text).origin === text.toLowerCase());
  return {
    schema: v.pipe(v.array(v.pipe(v.string(), v.check(isOrigin), v.toLowerCase())), v.readonly()),
    allowed: "a list of origins without a path, such as https://example.org, or * for every page",
    text: "list",
  };
}

/** A secret that fits into a header and a URL: visible ASCII, at most 512 characters. Empty means none. */
export function secretText(): ValueKind<Secret | string, Secret> {
  const isToken = (text: string): boolean => /^[!-~]{0,512}$/.test(text);
  return {
    schema: v.pipe(
      v.union([v.string(), v.instance(Secret)]),
      v.check((given) => isToken(typeof given === "string" ? given : given.reveal())),
      v.transform((given) => (typeof given === "string" ? new Secret(given) : given)),
    ),
    allowed: "up to 512 visible ASCII characters without spaces",
    text: "string",
    isSecret: true,
  };
}

/** A user, an id or a name of a Symple peer. */
export function sympleName(): ValueKind<string> {
  return {
    schema: v.pipe(v.string(), v.check(isName)),
    allowed: `1 to ${MAX_NAME_LENGTH} characters without a pipe`,
    text: "string",
  };
}

/** The path of a folder. */
export function folderPath(): ValueKind<string> {
  return { schema: v.pipe(v.string(), v.check(isOneLine)), allowed: "a path", text: "string", isPath: true };
}

/** The path of a file. */
export function filePath(): ValueKind<string> {
  return folderPath();
}

/** A source noun; what it names is looked at when the source is opened. */
export function sourceText(): ValueKind<string> {
  return {
    schema: v.pipe(v.string(), v.check(isOneLine)),
    allowed: "test, the path of a media file, a URL such as rtsp://…, or a device such as /dev/video0",
    text: "string",
    isSource: true,
  };
}

/** The playout-delay range: 12 bits in steps of 10 ms each way, or no extension at all. */
export function playoutDelay(): ValueKind<PlayoutDelayInput, PlayoutDelay | "off"> {
  return {
    schema: v.pipe(
      v.custom<PlayoutDelayInput>((given) => toPlayoutDelay(given) !== undefined),
      v.transform((given) => toPlayoutDelay(given) ?? "off"),
    ),
    allowed: "off, or MIN/MAX in milliseconds from 0 to 40950 in steps of 10, such as 0/200",
    text: "string",
    shape: {
      anyOf: [
        { type: "string", pattern: "^(off|\\d{1,4}0/\\d{1,4}0|0/\\d{1,4}0|\\d{1,4}0/0|0/0)$" },
        {
          type: "object",
          properties: { minMs: { type: "integer" }, maxMs: { type: "integer" } },
          required: ["minMs", "maxMs"],
          additionalProperties: false,
        },
      ],
    },
  };
}

const delayObject = v.strictObject({ minMs: v.number(), maxMs: v.number() });

function toPlayoutDelay(given: unknown): PlayoutDelay | "off" | undefined {
  if (given === "off") {
    return "off";
  }
  const written = typeof given === "string" ? /^(\d{1,5})\/(\d{1,5})$/.exec(given) : null;
  const delay = written === null ? given : { minMs: Number(written[1]), maxMs: Number(written[2]) };
  if (!v.is(delayObject, delay)) {
    return undefined;
  }
  const isStep = (ms: number): boolean => ms >= 0 && ms <= 40_950 && ms % 10 === 0;
  return isStep(delay.minMs) && isStep(delay.maxMs) && delay.minMs <= delay.maxMs ? { ...delay } : undefined;
}

function isOneLine(text: string): boolean {
  return text.trim() !== "" && !/[\0\r\n]/.test(text);
}

function enumerate(options: readonly string[]): string {
  return options.length === 1 ? options[0] : `one of ${options.join(", ")}`;
}
