import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { configKeys } from "../../../src/node/server/config/config-key.js";
import { renderConfigDocs } from "../../../src/node/server/config/render-config-docs.js";
import { renderHelp } from "../../../src/node/server/config/render-help.js";
import { renderConfigJsonSchema } from "./config-json-schema.js";

type JsonSchema = {
  readonly properties: {
    readonly [section: string]: {
      readonly properties: { readonly [name: string]: { readonly anyOf?: readonly { readonly type: string }[] } };
    };
  };
};

const folder = new URL("../../../src/node/server/config/", import.meta.url);

describe("one source for everything that people read about a key", () => {
  test("the committed table is what the schema says", async () => {
    await expect(renderConfigDocs()).toMatchFileSnapshot(new URL("README.md", folder).pathname);
  });

  test("the committed JSON Schema is what the schema says, key by key", async () => {
    await expect(renderConfigJsonSchema()).toMatchFileSnapshot(
      new URL("../../../config.schema.json", import.meta.url).pathname,
    );
  });

  test("a key whose schema is code has a shape of its own for editors", () => {
    const { properties } = JSON.parse(renderConfigJsonSchema()) as JsonSchema;
    const typesOf = (section: string, name: string): unknown[] =>
      properties[section].properties[name].anyOf?.map(({ type }) => type) ?? [];
    expect(typesOf("webrtc", "playoutDelay")).toEqual(["string", "object"]);
    expect(typesOf("webrtc", "udpPort")).toEqual(["integer", "string", "object"]);
    expect(typesOf("webrtc", "iceServers")).toEqual(["string", "array"]);
    expect(typesOf("turn", "users")).toEqual(["string", "object", "array"]);
    const codeOnly = configKeys.filter(({ kind }) => JSON.stringify(kind.schema).includes('"type":"custom"'));
    expect(codeOnly.filter(({ kind }) => kind.shape === undefined)).toEqual([]);
  });

  test("the docs of the type are the help of the schema, key by key", () => {
    const types = readFileSync(new URL("server-config.ts", folder), "utf8");
    const body = types.slice(types.indexOf("export type ServerConfig"), types.indexOf("export type PlayoutDelayInput"));
    const documented = [...body.matchAll(/\/\*\* (.+) \*\/\n\s+readonly (\w+)\??:/g)].map(([, help, name]) => [
      name,
      help,
    ]);
    expect(documented).toEqual(configKeys.map((key) => [key.segments.at(-1), key.help]));
  });
});

describe("help", () => {
  const help = renderHelp();

  test("names every flag, with its default and variable", () => {
    for (const key of configKeys) {
      if (key.flag !== undefined) {
        expect(help).toContain(`--${key.flag.name}`);
        expect(help).toContain(`[${key.env}]`);
      }
    }
    expect(help).toMatch(/--loop, --no-loop +Start a file again when it ends\. Default: on\. \[FLOE_LOOP\]/);
    expect(help).toMatch(/--port PORT .*\n? *.*Default: 4500\./);
  });

  test("fits a terminal of 100 columns and shows examples", () => {
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(help).toContain("Examples:\n  floe ");
  });

  test("speaks of nothing that is not built, and has no flag for a secret", () => {
    expect(help).not.toMatch(/--(?:tls|doctor)|--\S*(?:token|secret)/i);
  });

  test("of floe turn names its own flags and those of the log, and no other's", () => {
    const turn = renderHelp("turn");
    for (const flag of [
      "--host HOST",
      "--port PORT",
      "--turn-port PORT",
      "--turn-external-ip IP",
      "--log-level LEVEL",
    ]) {
      expect(turn).toContain(`${flag} `);
    }
    expect(turn).not.toMatch(/--(?:source|mode|insecure|web-root|no-turn)/);
    expect(Math.max(...turn.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
