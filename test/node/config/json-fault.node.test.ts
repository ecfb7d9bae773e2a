import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonFault } from "../../../src/node/server/config/json-fault.js";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("findJsonFault", () => {
  test.each([
    ["", 1, 1, "the text ends where a value should be"],
    ['{\n  "a": 1,\n}', 2, 9, "there is a comma before }"],
    ["[1, 2,]", 1, 6, "there is a comma before ]"],
    ['{"a" 1}', 1, 6, "expected a colon"],
    ["{'a': 1}", 1, 2, "expected a name in double quotes"],
    ['{"a": 1 "b": 2}', 1, 9, "expected a comma or }"],
    ['{\n// note\n"a": 1}', 2, 1, "JSON has no comments"],
    ['{"a": "x}', 1, 7, "this string is not closed, or holds a bad escape"],
    ['{"a": 01}', 1, 7, "expected a value"],
    ['{"a": tru}', 1, 7, "expected a value"],
    ['{"a": 1', 1, 8, "the text ends where a comma or } should be"],
    ["{} {}", 1, 4, "there is something behind the end of the value"],
    ["[".repeat(300), 1, 202, "the values are nested too deeply"],
  ])("%j", (text, line, column, what) => {
    expect(findJsonFault(text)).toEqual({ line, column, what });
  });

  test("finds nothing in any JSON text", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (json, indent) => {
        expect(findJsonFault(JSON.stringify(JSON.parse(json), null, indent))).toBeUndefined();
      }),
    );
  });

  test("agrees with the engine about damaged text", () => {
    const damaged = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "]", "\\", "0", "\n", "'", ":"));
    fc.assert(
      fc.property(damaged, ([json, at, insert]) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + insert + json.slice(place + 1);
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 500 },
    );
  });
});
