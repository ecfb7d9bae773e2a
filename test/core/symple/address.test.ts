import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, isName, parseAddress, parseTarget } from "../../../src/core/symple/address.js";

describe("Symple addresses", () => {
  test("user|id is written and read back", () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter(isName);
    fc.assert(
      fc.property(fc.oneof(name, fc.constant("")), name, (user, id) => {
        expect(parseAddress(formatAddress({ user, id }))).toEqual({ user, id });
      }),
    );
  });

  test.each(["", "ada", "|", "ada|", "a|b|c", "a\nb|c", `${"x".repeat(129)}|a`])("%j is no address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("`to` has four forms", () => {
    expect(parseTarget(undefined)).toEqual({ kind: "everyone" });
    expect(parseTarget("ada|1")).toEqual({ kind: "session", address: { user: "ada", id: "1" } });
    expect(parseTarget("|1")).toEqual({ kind: "session", address: { user: "", id: "1" } });
    expect(parseTarget("lab")).toEqual({ kind: "name", name: "lab" });
    expect(parseTarget(["lab", "cafe"])).toEqual({ kind: "rooms", rooms: ["lab", "cafe"] });
  });

  test("anything else is none of them, and nothing throws", () => {
    fc.assert(
      fc.property(fc.anything(), (to) => {
        const target = parseTarget(to);
        if (typeof to === "number" || typeof to === "boolean") {
          expect(target).toBeUndefined();
        }
      }),
    );
  });
});
