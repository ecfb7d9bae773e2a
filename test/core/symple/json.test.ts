import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_JSON_DEPTH,
  mergeJson,
  objectAt,
  parseJsonObject,
  textAt,
  textsAt,
} from "../../../src/core/symple/json.js";

describe("JSON from strangers", () => {
  test("any JSON object survives a round trip, but for keys named __proto__", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (object) => {
        const { ["__proto__"]: _, ...rest } = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
        const hasProto = JSON.stringify(rest).includes('"__proto__"');
        if (!hasProto) {
          expect(JSON.parse(JSON.stringify(parseJsonObject(JSON.stringify(object))))).toEqual(rest);
        }
      }),
    );
  });

  test("any text at all gives an object without a prototype, or undefined", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" })), (text) => {
        const object = parseJsonObject(text);
        expect(object === undefined || Object.getPrototypeOf(object) === null).toBe(true);
      }),
    );
  });

  test("nesting has a limit, and what is within it can be written again", () => {
    const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    expect(JSON.stringify(parseJsonObject(nested(MAX_JSON_DEPTH)))).toBe(nested(MAX_JSON_DEPTH));
    expect(parseJsonObject(nested(MAX_JSON_DEPTH + 1))).toBeUndefined();
    expect(parseJsonObject(nested(10_000))).toBeUndefined();
  });

  test("keys of Object.prototype read as missing", () => {
    const object = parseJsonObject("{}");
    expect(object?.["constructor"]).toBeUndefined();
    expect(object?.["toString"]).toBeUndefined();
  });

  test("the readers give empty values for what is missing or of another type", () => {
    const object = parseJsonObject('{"n":1,"t":"x","o":{"a":1},"l":["a",1,"b"]}') ?? {};
    expect([textAt(object, "t"), textAt(object, "n"), textAt(object, "q")]).toEqual(["x", "", ""]);
    expect([objectAt(object, "o"), objectAt(object, "l"), objectAt(object, "t")]).toEqual([{ a: 1 }, {}, {}]);
    expect([textsAt(object, "l"), textsAt(object, "o")]).toEqual([["a", "b"], []]);
  });

  test("merging lets later keys win and leaves undefined out", () => {
    expect(mergeJson({ a: 1, b: 2 }, { b: 3, c: undefined })).toEqual({ a: 1, b: 3 });
  });
});
