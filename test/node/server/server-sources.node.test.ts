// Whole servers and their sources: cameras that are away, sources that die under a viewer, a program's own.
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { EncodedAudio, EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { NodeSympleClient } from "../../../src/node/symple/node-symple-client.js";
import { cameraClip, FakeCamera } from "../av/fake-camera.js";
import { until } from "../av/rig.js";
import { FakeSource } from "./fake-source.js";
import { api, call, event, freePort, hungUp, joinServer, startServer } from "./server-fixture.js";

describe("a camera that cannot be reached", () => {
  test("does not keep the server from starting; ready is 503 and says why, viewers are told, its password nowhere", async () => {
    const url = `rtsp://ada:s3cret@127.0.0.1:${await freePort()}/1`;
    const server = await startServer({ media: { source: url, rtsp: { timeoutMs: 2000 } } });
    const told = await event(server, ({ state }) => state === "error");
    expect(told).toMatchObject({
      event: "source-changed",
      words: expect.stringMatching(/^source\/refused: .+\. .+\.$/),
    });
    const ready = await api(server, "/api/ready");
    expect(ready).toMatchObject({
      status: 503,
      body: { ready: false, status: "error", source: { state: "error", error: { code: "source/refused" } } },
    });
    expect(ready.body.checks).toContainEqual({ name: "source", result: "fail", detail: told.words });
    expect((await api(server, "/api/status")).status).toBe(200);
    const client = await joinServer(server);
    expect(client.roster.get("floe-server")?.data).toMatchObject({ source: { state: "error", words: told.words } });
    const refusal = await call(client);
    expect(refusal).toMatchObject({
      control: "reject",
      reason: expect.stringMatching(/^source unavailable: source\/refused: /),
    });
    expect(`${ready.text}${JSON.stringify([told, refusal])}`).not.toContain("s3cret");
  });
});

describe("a camera that is still being opened", () => {
  const seconds = 60;

  test("is let go of when the last viewer leaves, and when the server closes", async () => {
    const camera = await FakeCamera.start(await cameraClip());
    const config = { media: { source: camera.url(), graceMs: 0, rtsp: { timeoutMs: seconds * 1000 } } };
    const server = await startServer(config);
    // It was tried out, and closed again.
    await event(server, ({ state }) => state === "idle");
    await camera.stop();
    await camera.restart({ deafTo: "DESCRIBE" });
    const asked = (): number => camera.requests.filter((request) => request.startsWith("DESCRIBE")).length;
    for (const leave of [(client: NodeSympleClient) => client.close(), () => server.close()]) {
      const before = asked();
      const client = await joinServer(server);
      void call(client);
      await until(() => asked() > before && camera.connections === 1);
      const beganMs = performance.now();
      void leave(client);
      await until(() => camera.connections === 0);
      expect(performance.now() - beganMs).toBeLessThan(seconds * 500);
    }
    expect(server.status()).toMatchObject({ source: { state: "idle" } });
  });
});

describe("a program's own source", () => {
  test("is opened for the first viewer, again after it was closed, and named as such", async () => {
    const opened: FakeSource[] = [];
    const server = await startServer(
      { media: { graceMs: 0 } },
      {
        source: () => {
          opened.push(new FakeSource());
          return opened[opened.length - 1];
        },
      },
    );
    expect([opened.length, server.status()]).toMatchObject([
      0,
      { ready: true, source: { kind: "custom", state: "idle" } },
    ]);
    for (const round of [1, 2]) {
      const client = await joinServer(server);
      expect(await call(client)).toMatchObject({ control: "accept" });
      expect([opened.length, server.status()]).toMatchObject([
        round,
        { source: { state: "open", passthrough: "passthrough: yes", video: { codec: "h264" } } },
      ]);
      const closed = event(server, ({ state }) => state === "idle");
      client.close();
      await closed;
    }
    await server.close();
    expect(opened.map(({ calls }) => calls)).toEqual([
      ["start", "stop", "close"],
      ["start", "stop", "close"],
    ]);
  });

  test("that cannot be opened is told to the viewer, and tried again for the next", async () => {
    let attempts = 0;
    const server = await startServer(
      {},
      {
        source: () => {
          if (attempts++ === 0) {
            throw new FloeError("source/busy", "the sensor is taken");
          }
          return new FakeSource();
        },
      },
    );
    expect(await call(await joinServer(server))).toMatchObject({
      control: "reject",
      reason: "source unavailable: source/busy: the sensor is taken.",
    });
    expect((await api(server, "/api/ready")).status).toBe(503);
    expect(await call(await joinServer(server))).toMatchObject({ control: "accept" });
    expect((await api(server, "/api/ready")).status).toBe(200);
  });

  test("that dies is told to who watches, in a hangup; one that ends, too", async () => {
    const source = new FakeSource();
    const server = await startServer({}, { source: () => source });
    const first = await joinServer(server);
    await call(first);
    const died = hungUp(first);
    source.failed.emit(new FloeError("source/gone", "the sensor was unplugged", { fix: "Plug it in." }));
    expect(await died).toBe("source unavailable: source/gone: the sensor was unplugged. Plug it in.");
    const second = await joinServer(server);
    await call(second);
    const ended = hungUp(second);
    source.ended.emit();
    expect(await ended).toBe("the source has ended");
  });

  test("that goes away and comes back keeps its viewers; presence and status tell", async () => {
    const source = new FakeSource();
    const server = await startServer({}, { source: () => source });
    const client = await joinServer(server);
    await call(client);
    const seen: unknown[] = [];
    client.roster.peerChanged.on(({ data }) => seen.push(data.source));
    const back = new Promise<void>((resolve) => {
      client.roster.peerChanged.on(({ data }) => {
        if (seen.length > 1 && JSON.stringify(data.source).includes('"open"')) {
          resolve();
        }
      });
    });
    source.feel({ kind: "reconnecting", sinceUs: 1, attempt: 1, reason: "source/timeout: the sensor is silent." });
    expect(server.status()).toMatchObject({
      ready: true,
      status: "degraded",
      sessions: { total: 1 },
      source: { state: "reconnecting", health: { attempt: 1 } },
      warnings: ["source: it is away and is being opened again. source/timeout: the sensor is silent."],
    });
    source.feel({ kind: "ok" });
    await back;
    expect(seen).toMatchObject([
      { state: "reconnecting", words: "source/timeout: the sensor is silent." },
      { state: "open" },
    ]);
    expect(server.status()).toMatchObject({ status: "ok", sessions: { total: 1 } });
  });
});

test("a program's sink hears what the viewers get while somebody watches", async () => {
  const source = new FakeSource({ emits: [EncodedVideo, EncodedAudio] });
  const heard: string[] = [];
  let hear = (): void => {};
  const server = await startServer(
    {},
    {
      source: () => source,
      sinks: [
        ({ kind }) => {
          heard.push(kind.name);
          hear();
        },
      ],
    },
  );
  await call(await joinServer(server));
  const heardOne = new Promise<void>((resolve) => {
    hear = resolve;
  });
  source.picture({ isKey: true });
  await heardOne;
  expect(heard).toEqual(["encoded-video"]);
});
