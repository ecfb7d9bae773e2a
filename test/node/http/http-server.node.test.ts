import { once } from "node:events";
import { Agent, request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { jsonResponse } from "../../../src/core/http/http-message.js";
import type { HttpRoute } from "../../../src/core/http/router.js";
import { SECURITY_HEADERS } from "../../../src/node/http/security-headers.js";
import { startHttp, webRoot } from "./http-harness.js";
import { ask, exchange, openSocket } from "./raw-http.js";

const ROUTES: readonly HttpRoute[] = [
  { method: "GET", path: "/api/fine", handler: () => jsonResponse(200, { fine: true }) },
  {
    method: "GET",
    path: "/api/echo",
    handler: (incoming) =>
      jsonResponse(200, {
        path: incoming.path,
        query: [...incoming.query],
        headers: ["x-one", "cookie", "__proto__", "constructor"].map((name) => incoming.header(name) ?? null),
      }),
  },
  {
    method: "GET",
    path: "/api/throws",
    handler: () => {
      throw new Error("handler fell over token=s3cret-of-the-handler");
    },
  },
  { method: "GET", path: "/api/rejects", handler: () => Promise.reject(new Error("handler gave up")) },
];

describe("requests", () => {
  test("are answered by the route of their path, in JSON, with the query apart", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    const answer = await ask(port, "/api/echo?a=1&b=%20two&__proto__=x", { headers: { "X-One": "1", Cookie: "c=d" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("content-length")).toBe(String(answer.body.length));
    expect(JSON.parse(answer.body)).toEqual({
      path: "/api/echo",
      query: [
        ["a", "1"],
        ["b", " two"],
        ["__proto__", "x"],
      ],
      headers: ["1", "c=d", null, null],
    });
  });

  test("of the method HEAD get the headers of GET and no body", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    const get = await ask(port, "/api/fine");
    const head = await ask(port, "/api/fine", { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
  });

  test("for a path that nobody knows get 404: JSON under /api/, text elsewhere", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    const api = await ask(port, "/api/nothing");
    expect([api.status, JSON.parse(api.body)]).toEqual([404, { status: "error", error: "not_found" }]);
    const page = await ask(port, "/nothing");
    expect([page.status, page.body, page.headers.get("content-type")]).toEqual([
      404,
      "Not found\n",
      "text/plain; charset=utf-8",
    ]);
  });

  test.each([
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
  ])("of the method %s get 405 and what is allowed, for routes and for files", async (method) => {
    const { port } = await startHttp({ routes: ROUTES });
    for (const path of ["/api/fine", "/index.html", "/nothing"]) {
      const answer = await ask(port, path, { method });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
  });

  test("in the absolute form are answered as if they came in the usual one (RFC 9112 3.2.2)", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    expect((await ask(port, `http://127.0.0.1:${port}/api/fine?x=1`)).status).toBe(200);
    expect((await ask(port, `http://127.0.0.1:${port}`)).body).toBe("<p>page");
    expect((await ask(port, "http://evil.example/api/fine")).status).toBe(403);
  });

  test("with a body that nobody takes are answered, and the connection goes on", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const answer = await exchange(
      port,
      `POST /api/fine HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello` +
        `GET /api/fine HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    );
    expect(answer.status).toBe(405);
    expect(answer.body).toContain('{"fine":true}');
  });
});

test("every answer carries the security headers, whatever its status", async () => {
  const { port } = await startHttp({ routes: ROUTES });
  const answers = [
    await ask(port, "/"),
    await ask(port, "/api/fine"),
    await ask(port, "/api/throws"),
    await ask(port, "/nothing"),
    await ask(port, "/%zz"),
    await ask(port, "/", { method: "POST" }),
    await ask(port, "/", { headers: { Host: "evil.example" } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 500, 404, 400, 405, 403]);
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject(SECURITY_HEADERS);
  }
  expect(SECURITY_HEADERS).toMatchObject({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "x-content-type-options": "nosniff",
  });
});

describe("what is no proper request", () => {
  test.each([
    "/%",
    "/%z",
    "/%zz",
    "/%c3%28",
    "/%ff",
    "/%80",
    "/%ed%a0%80",
    "/%f8%88%80%80%80",
    "/a%2",
    "/%u002e%u002e/x",
    "*",
  ])("has a target that is no path, or escapes that do not decode: %s is answered with 400", async (target) => {
    const { port } = await startHttp({ routes: ROUTES });
    const { status, body } = await ask(port, target);
    expect([status, JSON.parse(body)]).toEqual([400, { status: "error", error: "bad_request" }]);
  });

  test.each([
    ["no HTTP at all", "hello there\r\n\r\n", 400],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["an unknown method", "BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400],
    ["a space in the target", "GET /a b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400],
    ["a raw NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400],
    ["no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400],
    ["bare line feeds", "GET / HTTP/1.1\nHost: 127.0.0.1\n\n", 400],
    ["a folded header", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", 400],
    [
      "both a length and chunks (request smuggling)",
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    [
      "two lengths (request smuggling)",
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      400,
    ],
    ["HTTP/2 in clear", "GET / HTTP/2.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 505],
    ["a target of 9 KiB", `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`, 414],
    ["headers of 20 KiB", `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
    ["101 headers", `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${"X: 1\r\n".repeat(99)}\r\n`, 431],
  ])("is refused: %s", async (_what, text, status) => {
    const { port } = await startHttp({ routes: ROUTES });
    expect((await exchange(port, text)).status).toBe(status);
    expect((await ask(port, "/api/fine")).status).toBe(200);
  });

  test("is not refused: 100 headers, a target of 8 KiB", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    const headers = Object.fromEntries(Array.from({ length: 98 }, (_, i) => [`X-${i}`, "1"]));
    expect((await ask(port, "/api/fine", { headers })).status).toBe(200);
    expect((await ask(port, `/api/fine?${"a".repeat(8192 - 10)}`)).status).toBe(200);
  });

  test("frees its socket although the other end keeps its half open", async () => {
    const { server, port } = await startHttp();
    const socket = await openSocket(port);
    onTestFinished(() => void socket.destroy());
    const [connection] = await Promise.all([
      new Promise((resolve) => server.raw.once("clientError", (_error, ours) => ours.once("close", resolve))),
      socket.write("no HTTP at all\r\n\r\n"),
    ]);
    expect(connection).toBeDefined();
    expect(await new Promise((resolve) => server.raw.getConnections((_error, count) => resolve(count)))).toBe(0);
  });

  test("in the middle of an answer cuts the connection instead of writing into the answer", async () => {
    const big = new Uint8Array(4 * 1024 * 1024).fill(65);
    const { port } = await startHttp({ root: webRoot({ "big.txt": big }).root });
    const { status, body } = await exchange(
      port,
      `GET /big.txt HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\nno HTTP at all\r\n\r\n`,
    );
    expect([status === 0 || status === 200, body]).toEqual([true, expect.stringMatching(/^A*$/)]);
  });
});

test("a client that does not finish its headers is told so with 408 and cut", async () => {
  const { server, port } = await startHttp();
  expect([server.raw.headersTimeout, server.raw.requestTimeout, server.raw.keepAliveTimeout]).toEqual([
    10_000, 30_000, 5000,
  ]);
  server.raw.headersTimeout = 1; // The server looks every two seconds; ten more would teach us nothing.
  expect((await exchange(port, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")).status).toBe(408);
});

describe("the Host header of a server that only this machine can reach", () => {
  test.each([
    "evil.example",
    "evil.example:4500",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "",
  ])("refuses %j", async (host) => {
    const { port } = await startHttp({ routes: ROUTES });
    for (const path of ["/", "/api/fine"]) {
      const { status, body } = await ask(port, path, { headers: { Host: host } });
      expect([status, JSON.parse(body)]).toEqual([403, { status: "error", error: "host_not_allowed" }]);
    }
  });

  test("is asked for even where the protocol knows none: HTTP/1.0 without a Host is refused", async () => {
    const { port } = await startHttp({ routes: ROUTES });
    expect((await exchange(port, "GET /api/fine HTTP/1.0\r\n\r\n")).status).toBe(403);
  });

  test.each(["localhost", "LOCALHOST", "127.0.0.1:1", "[::1]:9"])("lets %s in", async (host) => {
    const { port } = await startHttp({ routes: ROUTES });
    expect((await ask(port, "/api/fine", { headers: { Host: host } })).status).toBe(200);
  });
});

test.each([
  "/api/throws",
  "/api/rejects",
])("a handler that fails (%s) gives 500 without a word of why, the log has it, and the next request is served", async (path) => {
  const { port, log } = await startHttp({ routes: ROUTES });
  const failed = await ask(port, path);
  expect([failed.status, JSON.parse(failed.body)]).toEqual([500, { status: "error", error: "internal" }]);
  expect(log.join("\n")).toMatch(/a request failed.*handler (fell over|gave up)/s);
  expect((await ask(port, "/api/fine")).status).toBe(200);
});

test("a failing handler is logged once a second, not once a request", async () => {
  const { port, log } = await startHttp({ routes: ROUTES });
  for (let i = 0; i < 20; i++) {
    await ask(port, "/api/throws");
  }
  expect(log.length).toBeLessThan(5);
});

describe("listening", () => {
  test("on a busy port rejects with http/port-in-use and a fix, and the server can be closed", async () => {
    const { port } = await startHttp();
    const { server: second } = await startHttp();
    await second.close();
    await expect(second.listen("127.0.0.1", port)).rejects.toMatchObject({
      code: "http/port-in-use",
      message: expect.stringContaining(String(port)),
      fix: expect.stringContaining("--port"),
    });
    expect(second.raw.listening).toBe(false);
    await second.close();
  });

  test("on an address that this machine does not have rejects with http/listen-failed", async () => {
    const { server } = await startHttp();
    await server.close();
    await expect(server.listen("192.0.2.1", 0)).rejects.toMatchObject({
      code: "http/listen-failed",
      fix: expect.stringContaining("--host"),
    });
  });

  test("survives that connections cannot be accepted (too many open files), as often as it happens", async () => {
    const { server, port, log } = await startHttp({ routes: ROUTES });
    for (let i = 0; i < 3; i++) {
      server.raw.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    }
    expect(log.join("\n")).toContain("EMFILE");
    expect((await ask(port, "/api/fine")).status).toBe(200);
  });
});

describe("closing", () => {
  test("ends keep-alive sockets and those in the middle of a request, and frees the port", async () => {
    const { server, port } = await startHttp({ routes: ROUTES });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const kept = request({ port, host: "127.0.0.1", path: "/api/fine", agent }).end();
    const [response] = await once(kept, "response");
    response.resume();
    await once(response, "end");
    const keptClosed = once(kept.socket!, "close");
    const half = await openSocket(port);
    half.resume();
    half.write("GET / HTTP/1.1\r\nHost: ");
    const halfClosed = once(half, "end");
    const answered = ask(port, "/api/fine"); // By now the server has seen the half request too.
    await answered;
    await server.close();
    await Promise.all([keptClosed, halfClosed]);
    half.destroy();
    await server.listen("127.0.0.1", port);
    expect((await ask(port, "/api/fine")).status).toBe(200);
  });

  test("twice, or before it ever listened, is quiet", async () => {
    const { server } = await startHttp();
    await server.close();
    await server.close();
  });
});
