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

  test("takes anything but an empty part for a name in braces, and a path of its own before that", async () => {
    const named = new HttpRouter([
      { method: "GET", path: "/api/things/{id}", handler: (_, parameters) => jsonResponse(200, [...parameters]) },
      { method: "DELETE", path: "/api/things/{id}", handler: () => jsonResponse(200, { gone: true }) },
      {
        method: "GET",
        path: "/api/things/{id}/parts/{part}",
        handler: (_, parameters) => jsonResponse(200, [...parameters]),
      },
      { method: "GET", path: "/api/things/all", handler: () => jsonResponse(200, { all: true }) },
    ]);
    const answer = async (path: string, method = "GET"): Promise<unknown> => {
      const routed = await named.route(request(method, path));
      return routed === undefined ? undefined : body(routed);
    };
    expect(await answer("/api/things/7")).toEqual([["id", "7"]]);
    expect(await answer("/api/things/..")).toEqual([["id", ".."]]);
    expect(await answer("/api/things/__proto__/parts/a b")).toEqual([
      ["id", "__proto__"],
      ["part", "a b"],
    ]);
    expect(await answer("/api/things/all")).toEqual({ all: true });
    expect(await answer("/api/things/7", "DELETE")).toEqual({ gone: true });
    for (const path of [
      "/api/things/",
      "/api/things",
      "/api/things/7/",
      "/api/things/7/parts",
      "/api/things//parts/1",
    ]) {
      expect(await answer(path)).toBeUndefined();
    }
    expect(await named.route(request("POST", "/api/things/7"))).toMatchObject({
      status: 405,
      headers: { allow: "GET, DELETE, HEAD" },
    });
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
