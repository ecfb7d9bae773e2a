import { describe, expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../src/core/http/http-message.js";
import { apiRoutes } from "../../../src/node/server/api-routes.js";
import type { StatusInput } from "../../../src/node/server/status-body.js";
import { BROKEN, factsOf } from "./facts.js";

const GUARDED = ["/api/ready", "/api/status", "/api/config"];

async function get(
  facts: StatusInput,
  path: string,
  {
    headers = {},
    query = {},
    method = "GET",
  }: Partial<Record<"headers" | "query", Record<string, string>>> & {
    method?: string;
  } = {},
): Promise<HttpResponse | undefined> {
  const request: HttpRequest = {
    method,
    path,
    query: new Map(Object.entries(query)),
    header: (name) => headers[name],
  };
  return await apiRoutes(() => facts).route(request);
}

const json = (response: HttpResponse | undefined): unknown => JSON.parse(String(response?.body));

describe("without a token", () => {
  test.each(["/api/health", ...GUARDED])("%s answers 200 with JSON that nobody caches", async (path) => {
    const response = await get(factsOf(), path);
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    });
    expect(json(response)).toMatchObject({ status: "ok", product: "floe", service: "floe-server" });
  });

  test("the facts are asked for at each request", () => {
    let uptimeUs = 0;
    const routes = apiRoutes(() => ({ ...factsOf(), uptimeUs }));
    const request: HttpRequest = { method: "GET", path: "/api/status", query: new Map(), header: () => undefined };
    const uptime = (): unknown => json(routes.route(request) as HttpResponse);
    expect(uptime()).toMatchObject({ uptimeSec: 0 });
    uptimeUs = 5_000_000;
    expect(uptime()).toMatchObject({ uptimeSec: 5 });
  });
});

describe("with a token", () => {
  const facts = factsOf({ auth: { token: "s3cret" } });

  test("health stays open, for those who only ask whether the server lives", async () => {
    expect(json(await get(facts, "/api/health"))).toEqual({
      status: "ok",
      product: "floe",
      service: "floe-server",
      version: expect.any(String),
    });
  });

  test.each(GUARDED)("%s answers 401 without it, and says how to present it (RFC 6750 3)", async (path) => {
    for (const headers of [{}, { authorization: "Bearer wrong" }, { "x-floe-token": "wrong" }]) {
      const response = await get(facts, path, { headers });
      expect(response).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer realm="floe"' } });
      expect(json(response)).toEqual({ status: "error", error: "unauthorized" });
    }
    expect(await get(facts, path, { query: { token: "wrong" } })).toMatchObject({ status: 401 });
    expect(await get(facts, path, { method: "HEAD" })).toMatchObject({ status: 401 });
  });

  test.each(GUARDED)("%s takes it as Bearer, as X-Floe-Token and as ?token=", async (path) => {
    for (const presented of [
      { headers: { authorization: "Bearer s3cret" } },
      { headers: { "x-floe-token": "s3cret" } },
      { query: { token: "s3cret" } },
    ]) {
      const response = await get(facts, path, presented);
      expect(response?.status).toBe(200);
      expect(response?.body).not.toContain("s3cret");
    }
  });
});

test("ready is 503 while the source cannot be opened; status still answers", async () => {
  const facts = factsOf({ media: { source: "clip.mp4" } }, { lastError: BROKEN });
  const ready = await get(facts, "/api/ready");
  expect([ready?.status, json(ready)]).toMatchObject([503, { ready: false, source: { error: { code: BROKEN.code } } }]);
  expect((await get(facts, "/api/status"))?.status).toBe(200);
});

test.each(["/api", "/api/", "/api/nothing", "/api/status/", "/"])("%s is no route of the API", async (path) => {
  expect(await get(factsOf(), path)).toBeUndefined();
});
