import { getEventListeners, once } from "node:events";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import { FloeServer } from "../../../src/node/server/floe-server.js";
import type { ServerEvent } from "../../../src/node/server/server-event.js";
import { makeClip } from "../av/make-clip.js";
import { ask } from "../http/raw-http.js";
import {
  answers,
  api,
  call,
  freePort,
  joinServer,
  listeners,
  startServer,
  temporaryFolder,
  untilListeners,
  webRoot,
} from "./server-fixture.js";

const GUARDED = ["/api/ready", "/api/status", "/api/config"];

describe("a server with the test source", () => {
  test("listens on the port that its url tells, on this machine only", async () => {
    const server = await startServer();
    const port = Number(new URL(server.url).port);
    expect(server.url).toBe(`http://127.0.0.1:${port}/`);
    expect(port).toBeGreaterThan(0);
    expect(await answers(port)).toBe(true);
  });

  test("answers health, status, config and ready in JSON", async () => {
    const server = await startServer();
    const port = Number(new URL(server.url).port);
    const product = { status: "ok", product: "floe", service: "floe-server", version: expect.any(String) };
    expect(await api(server, "/api/health")).toMatchObject({ status: 200, body: product });
    const status = {
      ...product,
      ready: true,
      mode: "stream",
      host: "127.0.0.1",
      port,
      source: { value: "test", kind: "test", remote: false, state: "idle" },
      sessions: { total: 0, active: 0, viewers: [] },
      kernels: { kind: "wasm" },
    };
    expect(await api(server, "/api/status")).toMatchObject({ status: 200, body: status });
    expect(await api(server, "/api/ready")).toMatchObject({ status: 200, body: status });
    expect(await api(server, "/api/config")).toMatchObject({
      status: 200,
      body: { ...product, http: { port }, peer: { address: "floe|floe-server" }, iceServers: [{}, {}] },
    });
    expect(server.status()).toMatchObject({ ready: true, port });
  });

  test("serves a web root of its own, and refuses a page of another name", async () => {
    const mine = temporaryFolder();
    writeFileSync(join(mine, "index.html"), "<p>mine");
    const server = await startServer({ webRoot: mine, auth: { allowedOrigins: ["https://cam.example.org"] } });
    const port = Number(new URL(server.url).port);
    expect((await ask(port, "/")).body).toBe("<p>mine");
    expect((await ask(port, "/", { headers: { Host: "evil.example" } })).status).toBe(403);
    expect((await ask(port, "/", { headers: { Host: "cam.example.org" } })).status).toBe(200);
  });

  test("is a peer on the signalling, takes a call, and tells who came and went", async () => {
    const server = await startServer({ signalling: { user: "cam", id: "cam-1", name: "Camera" } });
    const events: ServerEvent[] = [];
    server.events.on((event) => events.push(event));
    const client = await joinServer(server);
    expect(client.roster.get("cam-1")).toMatchObject({
      address: "cam|cam-1",
      name: "Camera",
      type: "server",
      data: { mode: "stream", capabilities: ["view"] },
    });
    expect(await call(client, "cam|cam-1")).toMatchObject({ kind: "control", control: "accept" });
    expect(server.status()).toMatchObject({
      sessions: { total: 1, active: 0 },
      source: { state: "open" },
      stream: { source: "test", sourceCounters: { faults: 0 } },
      signalling: { peers: 2, counters: { malformed: 0 } },
    });
    const left = new Promise((resolve) => server.events.on(({ event }) => event === "viewer-left" && resolve(event)));
    client.close();
    await left;
    expect(events).toMatchObject([
      { event: "viewer-joined", peer: expect.stringMatching(/^node\|/) },
      { event: "source-changed", name: "test", state: "open", words: "" },
      { event: "viewer-left", reason: expect.any(String) },
    ]);
    expect(server.status()).toMatchObject({ sessions: { total: 0 } });
  });
});

test.each(["0.0.0.0", "::"])("a server on all addresses (%s) has a url that can be opened here", async (host) => {
  const server = await startServer({ http: { host, insecure: true } });
  expect(server.url).toMatch(host === "::" ? /^http:\/\/\[::1\]:\d+\/$/ : /^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect((await fetch(server.url)).status).toBe(200);
  expect(server.status()).toMatchObject({ host });
});

test("a listener of events that throws stops neither calls nor closing", async () => {
  const server = await startServer();
  const heard: string[] = [];
  server.events.on(({ event }) => {
    heard.push(event);
    throw new Error("the program's own fault");
  });
  const client = await joinServer(server);
  expect(await call(client)).toMatchObject({ control: "accept" });
  await server.close();
  expect(heard).toContain("viewer-joined");
  expect(heard).toContain("viewer-left");
});

test("a viewer whom the server hung up on left for the server's reason", async () => {
  const server = await startServer();
  const client = await joinServer(server);
  await call(client);
  const left = new Promise((resolve) =>
    server.events.on((event) => event.event === "viewer-left" && resolve(event.reason)),
  );
  await server.close();
  expect(await left).toBe("the server is shutting down");
});

describe("with a token", () => {
  const config: PartialServerConfig = { auth: { token: new Secret("t0p-s3cret") } };

  test("the API answers 401 without it; with it by header, by ours and by query; health is open", async () => {
    const server = await startServer(config);
    expect((await api(server, "/api/health")).status).toBe(200);
    for (const path of GUARDED) {
      expect((await api(server, path)).status).toBe(401);
      expect((await api(server, path, { authorization: "Bearer wrong" })).status).toBe(401);
      expect((await api(server, path, { authorization: "Bearer t0p-s3cret" })).status).toBe(200);
      expect((await api(server, path, { "x-floe-token": "t0p-s3cret" })).status).toBe(200);
      expect((await api(server, `${path}?token=t0p-s3cret`)).status).toBe(200);
    }
  });

  test("signalling takes it too, and nobody without it", async () => {
    const server = await startServer(config);
    await joinServer(server, { token: "t0p-s3cret" });
    await expect(joinServer(server, { token: "wrong" })).rejects.toMatchObject({ code: "symple/unauthorized" });
    await expect(joinServer(server)).rejects.toMatchObject({ code: "symple/unauthorized" });
  });

  test("no answer holds the secret, whoever asks", async () => {
    const server = await startServer(config);
    for (const path of ["/api/health", ...GUARDED, "/api/nothing", "/", "/nothing"]) {
      for (const headers of [{}, { "x-floe-token": "t0p-s3cret" }]) {
        const response = await fetch(new URL(path, server.url), { headers });
        const shown = `${[...response.headers].join("\n")}\n${await response.text()}`;
        expect(shown).not.toContain("s3cret");
      }
    }
    expect(JSON.stringify(server.status())).not.toContain("s3cret");
  });

  test("a name that is not this machine's is served: the token guards, not the name", async () => {
    const server = await startServer(config);
    const { status } = await ask(Number(new URL(server.url).port), "/api/status?token=t0p-s3cret", {
      headers: { Host: "cam.example.org" },
    });
    expect(status).toBe(200);
  });
});

describe("start", () => {
  const folder = (): string => {
    const path = temporaryFolder();
    mkdirSync(join(path, "folder.mp4"));
    writeFileSync(join(path, "notes.mp4"), "these are notes, not pictures\n".repeat(100));
    writeFileSync(join(path, "empty.mp4"), "");
    return path;
  };

  test.each([
    ["missing.mp4", "source/not-found"],
    ["folder.mp4", "source/is-directory"],
    ["notes.mp4", "source/unreadable"],
    ["empty.mp4", "source/no-media"],
  ])("rejects for the source %s with %s and a fix, and nothing listens", async (name, code) => {
    const port = await freePort();
    const before = listeners();
    await expect(
      FloeServer.start({ webRoot, http: { port }, media: { source: join(folder(), name) } }),
    ).rejects.toMatchObject({
      code,
      fix: expect.stringMatching(/\w+\.$/),
    });
    expect(await answers(port)).toBe(false);
    await untilListeners(before);
  });

  test.each([
    ["gopher://user:s3cret@camera/1", "source/unsupported"],
    ["screen:0", "source/unsupported"],
  ])("rejects for the source %s with %s, without its password", async (source, code) => {
    const error = await FloeServer.start({ webRoot, http: { port: 0 }, media: { source } }).catch(
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain("s3cret");
  });

  test("rejects for a configuration that cannot be, before anything is opened", async () => {
    await expect(FloeServer.start({ http: { port: 70_000 } })).rejects.toMatchObject({ code: "config/bad-value" });
    await expect(FloeServer.start({ htpp: {} } as PartialServerConfig)).rejects.toMatchObject({
      code: "config/unknown-key",
    });
    await expect(FloeServer.start({ http: { host: "0.0.0.0" } })).rejects.toMatchObject({ code: "config/insecure" });
  });

  test("rejects for a web root without a page before anything listens, and plays no source", async () => {
    const port = await freePort();
    const before = listeners();
    const empty = temporaryFolder();
    for (const root of [join(empty, "nowhere"), empty]) {
      const config = { http: { port }, webRoot: root, media: { source: join(empty, "missing.mp4") } };
      await expect(FloeServer.start(config)).rejects.toMatchObject({ code: "web-root/no-page" });
    }
    expect(await answers(port)).toBe(false);
    await untilListeners(before);
  });

  test("rejects for a busy port with http/port-in-use and gives every handle back", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const before = listeners();
    for (let i = 0; i < 3; i++) {
      await expect(FloeServer.start({ webRoot, http: { port } })).rejects.toMatchObject({ code: "http/port-in-use" });
    }
    await untilListeners(before);
    const server = await startServer();
    expect(await answers(Number(new URL(server.url).port))).toBe(true);
  });
});

describe("an AbortSignal", () => {
  test("that was aborted before rejects start with its reason", async () => {
    const reason = new Error("not today");
    await expect(startServer({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("aborted while the server starts rejects with its reason, and nothing listens", async () => {
    const port = await freePort();
    const abort = new AbortController();
    const starting = FloeServer.start({ webRoot, http: { port } }, { signal: abort.signal });
    abort.abort(new Error("changed my mind"));
    await expect(starting).rejects.toThrow("changed my mind");
    expect(await answers(port)).toBe(false);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  test("aborted later closes the server", async () => {
    const abort = new AbortController();
    const server = await startServer({}, { signal: abort.signal });
    abort.abort();
    await server.close();
    expect(await answers(Number(new URL(server.url).port))).toBe(false);
  });

  test("is let go of when the server closes, so that it may outlive many servers", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 2; i++) {
      const server = await startServer({}, { signal });
      expect(getEventListeners(signal, "abort").length).toBe(1);
      await server.close();
      expect(getEventListeners(signal, "abort")).toEqual([]);
    }
  });
});

describe("close", () => {
  test("is the same promise each time, also as a disposal", async () => {
    const server = await startServer();
    const closing = server.close();
    expect(server.close()).toBe(closing);
    expect(server[Symbol.asyncDispose]()).toBe(closing);
    await closing;
    expect(server.close()).toBe(closing);
  });

  test("tells a viewer and frees the port, although the viewer is in a call", async () => {
    const server = await startServer();
    const port = Number(new URL(server.url).port);
    const client = await joinServer(server);
    expect(await call(client)).toMatchObject({ control: "accept" });
    const told = new Promise((resolve) =>
      client.signaller().received.on((message) => {
        if (message.kind === "control" && message.control === "hangup") {
          resolve(message.reason);
        }
      }),
    );
    await server.close();
    expect(await told).toMatch(/shutting down/);
    expect(await answers(port)).toBe(false);
  });

  test("does not wait for a WebSocket that never answers", async () => {
    const server = await startServer();
    const socket = new WebSocket(`${server.url.replace("http", "ws")}ws`);
    socket.on("error", () => {});
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    socket.pause();
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test("leaves a start on the same port free, as often as one likes", async () => {
    const port = await freePort();
    for (let i = 0; i < 3; i++) {
      const server = await startServer({ http: { port } });
      expect(await call(await joinServer(server))).toMatchObject({ control: "accept" });
      await server.close();
    }
    expect(await answers(port)).toBe(false);
  });
});

test("two servers live in one process, and closing one leaves the other at work", async () => {
  const [first, second] = [await startServer(), await startServer()];
  expect(first.url).not.toBe(second.url);
  expect(await call(await joinServer(first))).toMatchObject({ control: "accept" });
  const watching = await joinServer(second);
  expect(await call(watching)).toMatchObject({ control: "accept" });
  await first.close();
  expect(await api(second, "/api/status")).toMatchObject({
    status: 200,
    body: { ready: true, sessions: { total: 1 }, source: { state: "open" } },
  });
  expect(await call(await joinServer(second))).toMatchObject({ control: "accept" });
});

test("a file that goes away is told to callers and in the status by its name, and one that comes back is played", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "clip.mp4");
  await makeClip({ path, width: 160, height: 90, seconds: 0.5, audio: false });
  const server = await startServer({ media: { source: path, graceMs: 0 } });
  renameSync(path, `${path}.away`);
  const refusal = await call(await joinServer(server));
  expect(refusal).toMatchObject({ control: "reject", reason: expect.stringMatching(/source\/not-found: clip\.mp4 /) });
  expect(JSON.stringify(refusal)).not.toContain(folder);
  const ready = await api(server, "/api/ready");
  expect(ready).toMatchObject({
    status: 503,
    body: { ready: false, source: { value: "clip.mp4", error: { code: "source/not-found" } } },
  });
  expect(ready.text).not.toContain(folder);
  renameSync(`${path}.away`, path);
  expect(await call(await joinServer(server))).toMatchObject({ control: "accept" });
  expect((await api(server, "/api/ready")).status).toBe(200);
});
