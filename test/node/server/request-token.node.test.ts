import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import type { HttpRequest } from "../../../src/core/http/http-message.js";
import { isAuthorized, tokenOf } from "../../../src/node/server/request-token.js";

function request(headers: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, string>> = {}) {
  return {
    method: "GET",
    path: "/api/status",
    query: new Map(Object.entries(query)),
    header: (name: string) => headers[name],
  } satisfies HttpRequest;
}

describe("the token of a request", () => {
  test.each([
    ["Authorization: Bearer", request({ authorization: "Bearer s3cret" })],
    ["the scheme in any case, with spaces", request({ authorization: "bearer   s3cret  " })],
    ["X-Floe-Token", request({ "x-floe-token": "s3cret" })],
    ["?token=", request({}, { token: "s3cret" })],
    ["X-Floe-Token beside another scheme", request({ authorization: "Basic dTpw", "x-floe-token": "s3cret" })],
    [
      "the Authorization before the others",
      request({ authorization: "Bearer s3cret", "x-floe-token": "x" }, { token: "y" }),
    ],
  ])("is read from %s", (_what, from) => {
    expect(tokenOf(from)).toBe("s3cret");
  });

  test.each([
    ["no token", request()],
    ["a Bearer without one", request({ authorization: "Bearer " })],
    ["a Bearer of two words", request({ authorization: "Bearer s3 cret" })],
    ["another scheme", request({ authorization: "Basic s3cret" })],
  ])("is empty where there is %s", (_what, from) => {
    expect(tokenOf(from)).toBe("");
  });
});

describe("a request", () => {
  test("may see everything where no token is set", () => {
    expect(isAuthorized(request(), new Secret(""))).toBe(true);
    expect(isAuthorized(request({ "x-floe-token": "anything" }), new Secret(""))).toBe(true);
  });

  test("needs exactly the token where one is set", () => {
    const secret = new Secret("s3cret-ä");
    expect(isAuthorized(request({ "x-floe-token": "s3cret-ä" }), secret)).toBe(true);
    for (const wrong of ["", "s3cret", "s3cret-ä ", "S3CRET-Ä", "s3cret-a", "***", "x".repeat(100_000)]) {
      expect(isAuthorized(request({ "x-floe-token": wrong }), secret)).toBe(false);
    }
  });
});
