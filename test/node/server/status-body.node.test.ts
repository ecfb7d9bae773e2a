import { describe, expect, test } from "vitest";
import type { TrackSenderStats } from "../../../src/core/webrtc/track-sender.js";
import { viewerStatus } from "../../../src/node/server/modes/stream/viewer-status.js";
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
      tls: { configured: false, enabled: false },
      webrtc: {
        addresses: ["127.0.0.1"],
        externalIp: [],
        udpPort: undefined,
        iceTcp: { available: false, reason: expect.stringContaining("TURN over TCP") },
        transport: { library: "node-datachannel", instead: undefined },
      },
      turn: { enabled: false, running: false },
      web: { root: "built-in" },
      source: { value: "test", kind: "test", remote: false, state: "idle", words: "", passthrough: "" },
      peer: { id: "floe-server", name: "floe", type: "server" },
      sessions: { total: 0, active: 0, viewers: [] },
      stream: { source: "test", sourceKind: "test", loop: true, cachePackets: 2048 },
      signalling: { peers: 1 },
      kernels: { kind: "wasm", reason: "", counters: { "rtp-stamp": { calls: 1, bytes: 12 } } },
      checks: [
        { name: "source", result: "pass", detail: "it is opened when somebody watches" },
        { name: "kernels", result: "pass", detail: "packets are made by WebAssembly" },
        { name: "access", result: "pass", detail: "only this machine can connect (127.0.0.1)" },
        { name: "transport", result: "pass", detail: "media goes by node-datachannel" },
        { name: "network", result: "pass", detail: "media is offered at 127.0.0.1, any UDP port" },
        { name: "turn", result: "pass", detail: "none (turn.enabled is off)" },
      ],
      warnings: [],
      runtime: { state: "running" },
      uptimeSec: 61,
    });
  });

  test("counts as active only the viewers whose media flows", () => {
    const viewer = (peer: string, state: "active" | "negotiating") =>
      viewerStatus({ peer, state, notes: [], malformed: 0 }, []);
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
        state: "error",
        words: BROKEN.toString(),
        error: { code: "source/not-found", message: "clip.mp4 does not exist", fix: "Check the path." },
      },
    });
  });

  test("of a camera that is away and being opened again is ready, degraded, and says why, without its password", () => {
    const reason = "source/timeout: rtsp://ada:s3cret@cam/1 is silent.";
    const away = { name: "cam", state: "reconnecting", words: reason, passthrough: "passthrough: yes" } as const;
    const body = statusBody(factsOf({ media: { source: "rtsp://cam/1" } }, { sourceFacts: away }));
    expect(body).toMatchObject({
      ready: true,
      status: "degraded",
      source: { kind: "rtsp", state: "reconnecting", passthrough: "passthrough: yes" },
      warnings: ["source: it is away and is being opened again. source/timeout: rtsp://***@cam/1 is silent."],
    });
    expect(JSON.stringify(body)).not.toContain("s3cret");
  });

  test("warns of a server that is open to all, of a web root without a page, and of a library in another's stead, of kernels that are not WebAssembly", () => {
    const memory = {
      videoSlots: { slotCount: 2048 },
      kernels: { kind: "twin", reason: "no WebAssembly", counters: {} },
    } as const;
    const facts = factsOf({ http: { host: "0.0.0.0", insecure: true }, webRoot: "/nowhere/page" }, { memory });
    const body = statusBody({ ...facts, transport: { library: "werift", instead: "there is no binary, so werift" } });
    expect(body).toMatchObject({
      ready: true,
      status: "degraded",
      web: { root: "page" },
      warnings: [
        "kernels: packets are made by JavaScript: no WebAssembly",
        expect.stringContaining(
          "access: listening on all addresses (0.0.0.0): anyone who reaches one of them can watch",
        ),
        "transport: there is no binary, so werift",
        "page: page has no index.html, so there is no page at /",
      ],
    });
  });

  test("gathers a viewer's numbers over its tracks: the worst loss, the newest estimate, the sum of what was asked again", () => {
    const track = (numbers: Partial<TrackSenderStats>): TrackSenderStats => ({
      kind: "video",
      state: "sending",
      ssrc: 1,
      packets: 0,
      octets: 0,
      frames: 0,
      framesSkipped: 0,
      queuedPackets: 0,
      nackedPackets: 0,
      resent: 0,
      tooLate: 0,
      refused: 0,
      views: 0,
      keyFrameRequests: 0,
      roundTripMs: undefined,
      fractionLost: undefined,
      cumulativeLost: undefined,
      estimateBps: undefined,
      ...numbers,
    });
    const session = { peer: "a|1", state: "active", notes: [], malformed: 2 } as const;
    const video = track({
      fractionLost: 0.25,
      nackedPackets: 3,
      keyFrameRequests: 1,
      estimateBps: 900_000,
      queuedPackets: 7,
    });
    const audio = track({ kind: "audio", roundTripMs: 20, fractionLost: 0, nackedPackets: 1 });
    expect(viewerStatus(session, [video, audio])).toMatchObject({
      roundTripMs: 20,
      fractionLost: 0.25,
      nackedPackets: 4,
      keyFrameRequests: 1,
      estimateBps: 900_000,
      queuedPackets: 7,
      malformed: 2,
    });
    expect(viewerStatus(session, [])).toMatchObject({
      roundTripMs: undefined,
      estimateBps: undefined,
      queuedPackets: 0,
    });
  });

  test("holds neither the token nor a folder of the machine, and is plain JSON", () => {
    const facts = factsOf({
      auth: { token: "s3cret-token" },
      media: { source: "/srv/private/films/clip.mp4" },
      webRoot: "/srv/private/page",
    });
    for (const body of [statusBody(facts), configBody(facts, undefined)]) {
      expect(JSON.stringify(body)).not.toMatch(/s3cret|private/);
      expect(JSON.parse(JSON.stringify(body))).toMatchObject({ product: "floe" });
    }
  });
});

test("the page's configuration names the peer to call and the source", () => {
  expect(configBody(factsOf({ signalling: { user: "cam", id: "cam-1", name: "Camera" } }), undefined)).toEqual({
    status: "ok",
    ...product(),
    mode: "stream",
    source: { value: "test", kind: "test", remote: false },
    http: { host: "127.0.0.1", port: 4711, scheme: "http", tls: false },
    peer: { address: "cam|cam-1", id: "cam-1", name: "Camera", type: "server" },
    iceServers: [],
  });
});
