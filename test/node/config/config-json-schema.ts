// The JSON Schema of the configuration file, for editors: made from the valibot schema, so that both allow the same.
import { toJsonSchema } from "@valibot/to-json-schema";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { type ConfigKey, configKeys } from "../../../src/node/server/config/config-key.js";

type JsonObject = { [name: string]: unknown };

/** The whole text of config.schema.json. Ends with a line feed. */
export function renderConfigJsonSchema(): string {
  const root = section("Configuration of floe. Keys that are not set have their defaults.");
  propertiesOf(root).$schema = { type: "string", description: "This schema, for editors." };
  for (const key of configKeys) {
    let at = root;
    for (const name of key.segments.slice(0, -1)) {
      propertiesOf(at)[name] ??= section();
      at = propertiesOf(at)[name] as JsonObject;
    }
    propertiesOf(at)[key.segments.at(-1) ?? ""] = describe(key);
  }
  return `${JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", title: "floe", ...root }, null, 2)}\n`;
}

function section(description?: string): JsonObject {
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties: {},
    additionalProperties: false,
  };
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return properties as JsonObject;
}

function describe({ kind, help, env, fallback }: ConfigKey): JsonObject {
  const { $schema, ...json } = toJsonSchema(kind.schema, {
    typeMode: "input",
    // What is checked by code alone stands in the description, in words.
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "custom" ? {} : undefined),
  });
  const { anyOf, ...rest } = json;
  // A secret is text in a file; the class is for programs.
  const told = kind.isSecret === true ? { type: "string" } : { ...rest, ...(anyOf === undefined ? {} : { anyOf }) };
  const shape = kind.shape ?? told;
  return {
    ...shape,
    ...(fallback === undefined || fallback instanceof Secret ? {} : { default: fallback }),
    description: `${help} Allowed: ${kind.allowed}. Environment: ${env}.`,
  };
}
