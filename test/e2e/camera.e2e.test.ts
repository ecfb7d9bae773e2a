// A network camera all the way, against an independent RTSP server: what it sends arrives in a real Chromium, it may drop
// and come back under its viewers, and what is wrong is said in one code, without the password.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import type { PartialServerConfig } from "../../src/node/server/config/server-config.js";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { RtspCamera, type RtspCameraOptions } from "../setup/rtsp-camera.js";
import type { ViewerGlobal } from "../viewer-page/viewer-page.js";
import { heard, keptLog, openDescriptors, SourcePresence } from "./source-fixture.js";
import { eventually, nothingLost, numbered, shown, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const FPS = 25;
const fixture = viewerFixture();

type Matter = {
  readonly title: string;
  readonly camera: RtspCameraOptions;
  readonly media?: PartialServerConfig["media"];
  readonly sound: string;
  readonly words: RegExp;
};

const GOES_THROUGH = /^passthrough: yes/;
const MATTERS: readonly Matter[] = [
  { title: "Opus over TCP", camera: { audio: "opus", protocols: "tcp" }, sound: "opus", words: GOES_THROUGH },
  { title: "PCMU", camera: { audio: "pcmu", profile: "main" }, sound: "PCMU", words: GOES_THROUGH },
  { title: "AAC", camera: { audio: "aac", profile: "high", slices: 4 }, sound: "opus", words: GOES_THROUGH },
  {
    title: "UDP",
    camera: { audio: "opus", protocols: "udp" },
    media: { rtsp: { transport: "udp" } },
    sound: "opus",
    words: GOES_THROUGH,
  },
  {
    title: "B-frames",
    camera: { audio: "opus", profile: "main", bframes: 2 },
    sound: "opus",
    words: /^passthrough: no, because the stream has B-frames$/,
  },
  {
    title: "H.265",
    camera: { audio: "pcma", codec: "h265" },
    sound: "PCMA",
    words: /^passthrough: no, because the codec is hevc$/,
  },
];

for (const { title, camera: options, media, sound, words } of MATTERS) {
  test(`Chromium watches a camera, ${title}: frames in order, with sound, and the words say how`, async () => {
    await using camera = await RtspCamera.start({ gop: FPS, ...options });
    const server = await fixture.start({ media: { source: camera.url, ...media } });
    const page = await fixture.open(server);
    await watch(page);
    const { disorder } = await numbered(page, 2 * FPS);
    expect(disorder).toBe(0);
    await nothingLost(page);
    await heard(page);
    const { source, stream } = await statusOf(server);
    expect(source.passthrough).toMatch(words);
    expect((stream.encoder?.encoded ?? 0) === 0).toBe(words === GOES_THROUGH);
    expect(stream.tracks?.map(({ encodingName }) => encodingName)).toEqual(["H264", sound]);
  });
}

test("two viewers are one connection to the camera, and the last one's leaving closes it", async () => {
  await using camera = await RtspCamera.start({ gop: FPS });
  const server = await fixture.start({ media: { source: camera.url, graceMs: 200 } });
  const pages = [await fixture.open(server), await fixture.open(server)];
  await Promise.all(pages.map(watch));
  await Promise.all(pages.map((page) => shown(page, FPS)));
  await eventually(
    async () => camera.connections,
    ({ open }) => open === 1,
  );
  await Promise.all(pages.map((page) => page.close()));
  await eventually(
    async () => camera.connections,
    ({ open }) => open === 0,
  );
  await eventually(
    () => statusOf(server),
    ({ sessions }) => sessions.total === 0,
  );
});

test("a camera that is killed and comes back, three times: viewers keep their sessions, the picture is back by itself", async () => {
  await using camera = await RtspCamera.start({ gop: FPS });
  const server = await fixture.start({ media: { source: camera.url } });
  using presence = new SourcePresence(server);
  const pages = [await fixture.open(server), await fixture.open(server)];
  await Promise.all(pages.map(watch));
  await Promise.all(pages.map((page) => shown(page, FPS)));
  const before = (await statusOf(server)).sessions.viewers.map(({ peer }) => peer);
  const descriptors = openDescriptors();
  for (let i = 0; i < 3; i++) {
    await camera.kill();
    const { words } = await presence.is("reconnecting");
    expect(words).toMatch(/^source\//);
    expect((await statusOf(server)).source.state).toBe("reconnecting");
    await camera.restart();
    await presence.is("open");
    await Promise.all(pages.map(begin));
    const { stream } = await statusOf(server);
    expect(stream.tracks?.map(({ kind }) => kind)).toEqual(["video", "audio"]);
    await Promise.all(pages.map((page) => shown(page, FPS)));
  }
  const { sessions } = await statusOf(server);
  expect(sessions.viewers.map(({ peer }) => peer)).toEqual(before);
  expect(sessions.active).toBe(2);
  // Idle connections of the tests' own questions come and go; what leaks never goes.
  await eventually(
    async () => openDescriptors(),
    (now) => now <= descriptors,
  );
  await Promise.all(pages.map(heard));
});

test("a camera that hangs is noticed by the read timeout, and its picture returns when it was switched off and on", async () => {
  await using camera = await RtspCamera.start({ gop: FPS });
  const server = await fixture.start({ media: { source: camera.url, rtsp: { timeoutMs: 3000 } } });
  using presence = new SourcePresence(server);
  const page = await fixture.open(server);
  await watch(page);
  await shown(page, FPS);
  camera.freeze();
  await presence.is("reconnecting");
  await camera.kill();
  await camera.restart();
  await begin(page);
  await shown(page, FPS);
  await presence.is("open");
  expect((await statusOf(server)).sessions.active).toBe(1);
});

for (const auth of ["basic", "digest"] as const) {
  test(`${auth} auth: the URL's password opens the camera; a wrong one is source/auth, and nobody reads it anywhere`, async () => {
    const password = "pass/w0rd@the:gate";
    await using camera = await RtspCamera.start({ gop: FPS, auth, password });
    const server = await fixture.start({ media: { source: camera.url } });
    const page = await fixture.open(server);
    await watch(page);
    await shown(page, 10);
    const wrong = "open sesame 4711";
    const log = keptLog();
    const refused = await fixture.start(
      { media: { source: camera.urlFor(`viewer:${encodeURIComponent(wrong)}@`) } },
      { logger: log.logger },
    );
    using presence = new SourcePresence(refused);
    const words = await failureOf(refused);
    expect(words).toContain("source/auth");
    await presence.is("error");
    const status = await statusOf(refused);
    expect(status.source.error?.code).toBe("source/auth");
    const everything = [words, JSON.stringify(status), JSON.stringify(presence.history), log.text()].join("\n");
    expect(log.text()).toContain("source/auth");
    for (const secret of [wrong, encodeURIComponent(wrong), "sesame"]) {
      expect(everything).not.toContain(secret);
    }
  });
}

test("nobody at the address is source/refused", async () => {
  const camera = await RtspCamera.start();
  await camera.close();
  const server = await fixture.start({ media: { source: camera.url } });
  expect(await failureOf(server)).toContain("source/refused");
  expect((await statusOf(server)).source.error?.code).toBe("source/refused");
});

test("a camera without that path is source/not-found", async () => {
  await using camera = await RtspCamera.start();
  const server = await fixture.start({ media: { source: camera.urlFor("", "/elsewhere") } });
  expect(await failureOf(server)).toContain("source/not-found");
});

test("a host that takes the connection and says nothing is source/timeout, in the time that was set", async () => {
  using host = await SilentHost.open();
  const server = await fixture.start({ media: { source: host.url, rtsp: { timeoutMs: 1000 } } });
  const startedMs = performance.now();
  expect(await failureOf(server)).toContain("source/timeout");
  // Far from the 15 s that are waited by default.
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(host.connections).toBeGreaterThan(0);
});

/** Watches, and answers the words with which that failed. */
async function failureOf(server: FloeServer): Promise<string> {
  const page = await fixture.open(server);
  return await watch(page).then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
}

function begin(page: Page): Promise<void> {
  return page.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.begin());
}

/** Takes connections and never answers. */
class SilentHost {
  readonly #server: Server;
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.connections++;
      socket.on("error", () => {}).resume();
    });
  }

  static async open(): Promise<SilentHost> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SilentHost(server);
  }

  get url(): string {
    return `rtsp://127.0.0.1:${(this.#server.address() as AddressInfo).port}/stream1`;
  }

  [Symbol.dispose](): void {
    this.#server.close();
  }
}
