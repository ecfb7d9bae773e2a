import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";

describe("Secret", () => {
  const secret = new Secret("hunter2");

  test("prints as *** wherever text is made of it", () => {
    expect(String(secret)).toBe("***");
    expect(`${secret}`).toBe("***");
    expect(["token", secret].join(" ")).toBe("token ***");
    expect(JSON.stringify({ token: secret })).toBe('{"token":"***"}');
  });

  test("has no property that holds the text", () => {
    expect(Object.keys(secret)).toEqual([]);
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(secret))).not.toContain("hunter2");
    expect(JSON.stringify({ ...secret })).toBe("{}");
  });

  test("reveals the text to the one who asks", () => {
    expect(secret.reveal()).toBe("hunter2");
  });

  test("an empty secret says so", () => {
    const empty = new Secret("");
    expect(empty.isEmpty).toBe(true);
    expect(secret.isEmpty).toBe(false);
  });
});
