import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { tokenAuthenticator } from "../../../src/node/symple/authenticate.js";
import { readUpgradeRequest } from "../../../src/node/symple/upgrade-request.js";

const request = { user: "ada", name: "", rooms: [], data: {}, remoteAddress: "", origin: "" };

describe("the token", () => {
  test("lets in who knows it and nobody else", () => {
    for (const authenticate of [tokenAuthenticator("s3cret"), tokenAuthenticator(new Secret("s3cret"))]) {
      expect(authenticate({ ...request, token: "s3cret" })).toEqual({ accepted: true });
      for (const token of ["", "s3cre", "s3cret ", "S3CRET", "x".repeat(5000)]) {
        expect(authenticate({ ...request, token })).toEqual({ accepted: false });
      }
    }
  });

  test("must not be empty", () => {
    expect(() => tokenAuthenticator("")).toThrow(/let everybody in/);
  });

  test("is read from the query, from Authorization or from X-Floe-Token, in this order", () => {
    const read = (url: string, headers: object): string =>
      readUpgradeRequest({ url, headers, socket: {} } as unknown as IncomingMessage).token;
    expect(read("/ws?token=a%20b", { authorization: "Bearer x" })).toBe("a b");
    expect(read("/ws", { authorization: "bearer xyz", "x-floe-token": "q" })).toBe("xyz");
    expect(read("/ws", { "x-floe-token": "q" })).toBe("q");
    expect(read("/ws", { authorization: "Basic abc" })).toBe("");
    expect(read("/ws?tokens=1", {})).toBe("");
    expect(read(`/ws?token=${"x".repeat(5000)}`, {})).toBe("");
  });

  test("an upgrade to a strange URL is read without harm", () => {
    for (const url of ["", "?", "//", "/%zz?token=%zz", "http://[", "*"]) {
      expect(readUpgradeRequest({ url, headers: {}, socket: {} } as unknown as IncomingMessage).path).toBeTypeOf(
        "string",
      );
    }
  });
});
