import { describe, expect, test } from "vitest";
import { configBody, product, statusBody } from "../../../src/node/server/status-body.js";
import { BROKEN, factsOf } from "./facts.js";

test("the product says its name, its service and the package's version", () => {
  expect(product()).toEqual({
    product: "floe",
    service: "floe-server",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
});

describe("the status", () => {
  test("of a server that waits for viewers is ready, with the source closed and nobody there", () => {
    expect(statusBody(factsOf())).toEqual({
      ...product(),
      status: "ok",
      ready: true,
      mode: "stream",
      host: "127.0.0.1",
      port: 4711,
      http: { host: "127.0.0.1", port: 4711, scheme: "http", tls: false },
      source: { value: "test", kind: "test", remote: false, state: "closed" },
      peer: { id: "floe-server", name: "floe", type: "server" },
      sessions: { total: 0, active: 0, viewers: [] },
      stream: { source: "test", sourceKind: "test", loop: true },
      kernels: { kind: "wasm", reason: undefined, counters: { "rtp-stamp": { calls: 1, bytes: 12 } } },
      runtime: { state: "running" },
      uptimeSec: 61,
    });
  });

  test("counts as active only the viewers whose media flows", () => {
    const viewer = (peer: string, state: "active" | "negotiating") => ({
      peer,
      state,
      notes: [],
      tracks: [],
      malformed: 0,
    });
    const viewers = [viewer("a|1", "active"), viewer("b|2", "negotiating"), viewer("c|3", "active")];
    expect(statusBody(factsOf({}, { sessions: () => viewers }))).toMatchObject({
      sessions: { total: 3, active: 2, viewers },
    });
  });

  test("is not ready while the source cannot be opened, and says why and what to do", () => {
    expect(statusBody(factsOf({ media: { source: "clip.mp4" } }, { lastError: BROKEN }))).toMatchObject({
      ready: false,
      status: "error",
      source: {
        state: "closed",
        error: { code: "source/not-found", message: "clip.mp4 does not exist", fix: "Check the path." },
      },
    });
  });

  test("holds neither the token nor a folder of the machine, and is plain JSON", () => {
    const facts = factsOf({
      auth: { token: "s3cret-token" },
      media: { source: "/srv/private/films/clip.mp4" },
      webRoot: "/srv/private/page",
    });
    for (const body of [statusBody(facts), configBody(facts)]) {
      expect(JSON.stringify(body)).not.toMatch(/s3cret|private/);
      expect(JSON.parse(JSON.stringify(body))).toMatchObject({ product: "floe" });
    }
  });
});

test("the page's configuration names the peer to call and the source", () => {
  expect(configBody(factsOf({ signalling: { user: "cam", id: "cam-1", name: "Camera" } }))).toEqual({
    status: "ok",
    ...product(),
    mode: "stream",
    source: { value: "test", kind: "test", remote: false },
    http: { host: "127.0.0.1", port: 4711, scheme: "http", tls: false },
    peer: { address: "cam|cam-1", id: "cam-1", name: "Camera", type: "server" },
    iceServers: [],
  });
});
