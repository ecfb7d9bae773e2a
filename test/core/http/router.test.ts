import { describe, expect, test } from "vitest";
import { type HttpRequest, type HttpResponse, jsonResponse } from "../../../src/core/http/http-message.js";
import { HttpRouter, methodNotAllowed } from "../../../src/core/http/router.js";

const request = (method: string, path: string): HttpRequest => ({
  method,
  path,
  query: new Map(),
  header: () => undefined,
});

const router = new HttpRouter([
  { method: "GET", path: "/api/things", handler: () => jsonResponse(200, { things: [] }) },
  { method: "POST", path: "/api/things", handler: async () => jsonResponse(201, { made: true }) },
  { method: "POST", path: "/api/only-post", handler: () => jsonResponse(200, {}) },
]);

const body = (response: HttpResponse | undefined): unknown => JSON.parse(String(response?.body));

describe("HttpRouter", () => {
  test("answers by path and method, at once or with a promise", async () => {
    expect(body((await router.route(request("GET", "/api/things"))) as HttpResponse)).toEqual({ things: [] });
    expect(await router.route(request("POST", "/api/things"))).toMatchObject({ status: 201 });
  });

  test("gives HEAD to the handler of GET", async () => {
    expect(await router.route(request("HEAD", "/api/things"))).toMatchObject({ status: 200 });
  });

  test("hands the request on as it came", () => {
    let seen: HttpRequest | undefined;
    const echo = new HttpRouter([
      {
        method: "GET",
        path: "/",
        handler: (incoming) => {
          seen = incoming;
          return jsonResponse(200, {});
        },
      },
    ]);
    const sent = { ...request("GET", "/"), query: new Map([["token", "t"]]) };
    void echo.route(sent);
    expect(seen).toBe(sent);
  });

  test("refuses another method with 405 and what is allowed (RFC 9110 15.5.6)", async () => {
    const refusal = await router.route(request("DELETE", "/api/things"));
    expect(refusal).toMatchObject({ status: 405, headers: { allow: "GET, POST, HEAD" } });
    expect(await router.route(request("HEAD", "/api/only-post"))).toMatchObject({
      status: 405,
      headers: { allow: "POST" },
    });
  });

  test.each([
    "/api/thing",
    "/api/things/",
    "/API/THINGS",
    "/",
    "",
    "__proto__",
    "constructor",
  ])("leaves the path %j, which is not in its table, to others", (path) => {
    expect(router.route(request("GET", path))).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString", "get"])("knows no method %s", async (method) => {
    expect(await router.route(request(method, "/api/things"))).toMatchObject({ status: 405 });
  });
});

test("405 names HEAD wherever GET is allowed, and nowhere else", () => {
  expect(methodNotAllowed(["GET"]).headers?.allow).toBe("GET, HEAD");
  expect(methodNotAllowed(["PUT", "DELETE"]).headers?.allow).toBe("PUT, DELETE");
});

test("a JSON response is one line in UTF-8 that nobody caches, with the headers that were added", () => {
  const response = jsonResponse(418, { name: "Zoë" }, { "x-extra": "1" });
  expect(response.body).toBe('{"name":"Zoë"}\n');
  expect(response.headers).toEqual({
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-extra": "1",
  });
});
