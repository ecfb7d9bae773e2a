import { createServer, type Server } from "node:net";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { FloeError } from "../../../src/core/error/floe-error.js";
import { EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { AvSourcePacket, SourceHealth } from "../../../src/node/av/av-source.js";
import type { LiveAvSource } from "../../../src/node/av/live-av-source.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { type NetworkSourceOptions, openNetworkSource } from "../../../src/node/av/network-source.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { nalTypes, wholeOf } from "./decode-back.js";
import { type CameraClip, cameraClip, FakeCamera } from "./fake-camera.js";
import { until } from "./rig.js";

const clock = new NodeClock();
let clip: CameraClip;

beforeAll(async () => {
  await loadNodeAv();
});

async function sharedClip(): Promise<CameraClip> {
  clip ??= await cameraClip();
  return clip;
}

async function open(url: string, options: Partial<NetworkSourceOptions> = {}): Promise<LiveAvSource> {
  const source = await openNetworkSource({ url, loop: false, clock, passthrough: "auto", timeoutMs: 5000, ...options });
  onTestFinished(() => source.close());
  return source;
}

/** Starts a source and keeps what is to be known of its packets. */
function watch(source: LiveAvSource) {
  const packets: { readonly kind: string; readonly timeUs: number; readonly types: number[] }[] = [];
  const health: SourceHealth[] = [];
  const failures: FloeError[] = [];
  source.healthChanged.on((now) => health.push(now));
  source.failed.on((error) => failures.push(error));
  const of = (kind: string) => packets.filter((packet) => packet.kind === kind);
  source.start((packet: AvSourcePacket) => {
    const types = EncodedVideo.is(packet) ? nalTypes(wholeOf(packet)) : [];
    packets.push({ kind: packet.kind.name, timeUs: packet.timeUs, types });
  });
  return { packets, health, failures, of };
}

async function failure(url: string, options: Partial<NetworkSourceOptions> = {}): Promise<FloeError> {
  return await open(url, options).then(
    () => {
      throw new Error("it opened");
    },
    (error: FloeError) => error,
  );
}

/** A server that does what `serve` does, on a port of its own. */
async function listen(serve: (server: Server) => void): Promise<number> {
  const server = createServer();
  serve(server);
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe("a camera that works", () => {
  test("hands its H.264 on untouched, decodable from every key frame, at its own pace", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url());
    expect(source.info).toMatchObject({
      name: camera.url(),
      video: { width: 160, height: 90, delivery: "passthrough", codec: "h264" },
      passthrough: { video: true, words: expect.stringMatching(/^passthrough: yes/) },
    });
    const { of } = watch(source);
    await until(() => of("encoded-video").length >= 60);
    const units = of("encoded-video");
    for (const { types } of units.filter((unit) => unit.types.includes(5))) {
      expect(types.slice(0, 2)).toEqual([7, 8]);
    }
    const steps = units.slice(31).map(({ timeUs }, index) => timeUs - units[30 + index].timeUs);
    // The line may still be moving to the least delay; a second in, that is no more than a few milliseconds in all.
    expect(steps.every((step) => Math.abs(step - 40_000) < 20_000)).toBe(true);
    expect(Math.abs(steps.reduce((sum, step) => sum + step, 0) / steps.length - 40_000)).toBeLessThan(1000);
    expect(source.health).toEqual({ kind: "ok" });
  });

  test("is decoded where frames are asked for, and the sound of a telephone goes through as it is", async () => {
    const camera = await FakeCamera.start(await cameraClip({ audio: true }));
    const decoded = watch(await open(camera.url(), { passthrough: "never" }));
    const passed = await open(camera.url(), { explicitVideoKeys: ["media.video.width"] });
    expect(passed.info.video?.delivery).toBe("decoded");
    expect(passed.info.audio).toMatchObject({
      delivery: "passthrough",
      codec: "pcmu",
      sampleRateHz: 8000,
      channels: 1,
    });
    const { of } = watch(passed);
    await until(() => of("encoded-audio").length >= 20 && decoded.of("audio-frame").length >= 5);
    await until(() => of("video-frame").length >= 20 && decoded.of("video-frame").length >= 20);
    const sound = of("encoded-audio").map(({ timeUs }) => timeUs);
    expect(sound.every((timeUs, i) => i === 0 || timeUs > sound[i - 1])).toBe(true);
  });

  test("with B-frames is decoded, and says why", async () => {
    const camera = await FakeCamera.start(await cameraClip({ bFrames: 2 }));
    const source = await open(camera.url());
    expect(source.info.passthrough).toMatchObject({
      video: false,
      words: "passthrough: no, because the stream has B-frames",
    });
    const { of } = watch(source);
    await until(() => of("video-frame").length >= 30);
    const times = of("video-frame").map(({ timeUs }) => timeUs);
    expect(times.every((timeUs, i) => i === 0 || timeUs > times[i - 1])).toBe(true);
  });

  test("that refreshes bit by bit is decoded as soon as that is plain, and at once when it comes back", async () => {
    const refreshing = await cameraClip({
      seconds: 4,
      keyFrameEvery: 5,
      videoOptions: { preset: "ultrafast", "x264-params": "intra-refresh=1:repeat-headers=1" },
    });
    const camera = await FakeCamera.start(refreshing);
    const source = await open(camera.url());
    const { of } = watch(source);
    const words = "passthrough: no, because it has too few IDR pictures to begin at";
    await until(() => source.info.passthrough.words === words);
    await until(() => of("video-frame").length >= 5);
    const passed = of("encoded-video").length;
    await camera.stop();
    await until(() => source.health.kind === "reconnecting");
    await camera.restart();
    const decoded = of("video-frame").length;
    await until(() => of("video-frame").length >= decoded + 5);
    expect([source.info.passthrough.words, of("encoded-video").length]).toEqual([words, passed]);
  });

  test.each(["basic", "digest"] as const)("is let into with the %s credentials of its URL", async (kind) => {
    const auth = { kind, user: "joe", password: "s3cret!" };
    const camera = await FakeCamera.start(await sharedClip(), { auth });
    const { of } = watch(await open(camera.url("joe:s3cret!")));
    await until(() => of("encoded-video").length >= 5);
  });

  test("leaves nothing behind when it is closed, however often", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const before = liveHandles();
    for (let round = 0; round < 5; round++) {
      const source = await open(camera.url());
      const { of } = watch(source);
      await until(() => of("encoded-video").length >= 3);
      await source.close();
      await source.close();
    }
    await until(() => camera.connections === 0);
    expect(liveHandles()).toEqual(before);
  });

  test("is connected to anew after stop and start, on the same timeline", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url());
    const first = watch(source);
    await until(() => first.packets.length >= 5);
    await source.stop();
    const stoppedAt = first.packets.length;
    await until(() => camera.connections === 0);
    const second = watch(source);
    await until(() => second.packets.length >= 5);
    expect(first.packets.length).toBe(stoppedAt);
    expect(second.packets[0].timeUs).toBeGreaterThan(first.packets[stoppedAt - 1].timeUs);
  });
});

describe("what cannot be opened says why", () => {
  test("a wrong password: source/auth, and nobody reads it anywhere", async () => {
    const auth = { kind: "digest", user: "joe", password: "right" } as const;
    const camera = await FakeCamera.start(await sharedClip(), { auth });
    const error = await failure(camera.url("joe:hunter2"));
    expect(error.code).toBe("source/auth");
    expect(`${error.toString()} ${error.stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
    expect(error.message).toContain("rtsp://***@127.0.0.1");
  });

  test.each([
    ["404 Not Found", "source/not-found"],
    ["403 Forbidden", "source/auth"],
    ["454 Session Not Found", "source/unreadable"],
    ["503 Service Unavailable", "source/unreadable"],
  ])("%s: %s", async (status, code) => {
    const camera = await FakeCamera.start(await sharedClip(), { status });
    expect(await failure(camera.url())).toMatchObject({ code, fix: expect.stringMatching(/\w/) });
  });

  test("nobody there: source/refused", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    await camera.stop();
    expect((await failure(camera.url())).code).toBe("source/refused");
  });

  test("no such host: source/unreachable", async () => {
    expect((await failure("rtsp://no-such-host.invalid/1")).code).toBe("source/unreachable");
  });

  test.each(["all", "DESCRIBE", "SETUP", "PLAY"])("no answer to %s: source/timeout, in time", async (deafTo) => {
    const camera = await FakeCamera.start(await sharedClip(), { deafTo });
    const beganUs = clock.nowUs();
    expect(await failure(camera.url(), { timeoutMs: 500 })).toMatchObject({ code: "source/timeout" });
    // Far from the 15 s that are waited by default.
    expect(clock.nowUs() - beganUs).toBeLessThan(10_000_000);
  });

  test("a server of another kind: source/unreadable", async () => {
    const port = await listen((server) =>
      server.on("connection", (socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    expect(await failure(`rtsp://127.0.0.1:${port}/`)).toMatchObject({ code: "source/unreadable" });
  });

  test("a description without media: source/no-video", async () => {
    const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n";
    const camera = await FakeCamera.start(await sharedClip(), { sdp });
    expect((await failure(camera.url(), { timeoutMs: 1500 })).code).toBe("source/no-video");
  });

  test("video that nobody can decode: source/unsupported-codec", async () => {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 X-NOTHING/90000\r\na=control:track0\r\n`;
    const camera = await FakeCamera.start(await sharedClip(), { sdp });
    expect((await failure(camera.url(), { timeoutMs: 1500 })).code).toBe("source/unsupported-codec");
  });

  test("B-frames where everything has to go through: source/unsupported-codec", async () => {
    const camera = await FakeCamera.start(await cameraClip({ bFrames: 2 }));
    expect((await failure(camera.url(), { passthrough: "always" })).code).toBe("source/unsupported-codec");
  });
});

describe("a camera that goes away", () => {
  test("is told as reconnecting, and is back by itself when it returns, on the same timeline", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url("joe:hunter2"));
    const { of, health } = watch(source);
    await until(() => of("encoded-video").length >= 40);
    await camera.stop();
    await until(() => source.health.kind === "reconnecting" && source.health.attempt >= 2);
    expect(source.health).toMatchObject({ reason: expect.stringMatching(/^source\/refused: .*\*\*\*@.*refuses/) });
    const before = of("encoded-video");
    const lostUs = clock.nowUs();
    await camera.restart();
    const backUs = clock.nowUs();
    await until(() => source.health.kind === "ok");
    await until(() => of("encoded-video").length >= before.length + 10);
    const [next] = of("encoded-video").slice(before.length);
    const gapUs = next.timeUs - before[before.length - 1].timeUs;
    expect(gapUs).toBeGreaterThan(backUs - lostUs);
    expect(gapUs).toBeLessThan(clock.nowUs() - lostUs + 3_000_000);
    expect(health.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1])).toEqual([
      "reconnecting",
      "ok",
    ]);
    expect(JSON.stringify(health)).not.toContain("hunter2");
  });

  test("that says nothing more counts as gone after the timeout", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url(), { timeoutMs: 600 });
    const { packets, health } = watch(source);
    await until(() => packets.length >= 10);
    camera.mute();
    await until(() => health.length > 0);
    expect(health[0]).toMatchObject({
      kind: "reconnecting",
      attempt: 1,
      reason: expect.stringMatching(/^source\/timeout: .*600 ms/),
    });
    const count = packets.length;
    await camera.stop();
    await camera.restart();
    await until(() => packets.length > count + 5);
    expect(source.health).toEqual({ kind: "ok" });
  });

  test("that has forgotten the password is asked rarely", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url("joe:old"));
    const { packets } = watch(source);
    await until(() => packets.length >= 10);
    await camera.stop();
    await camera.restart({ auth: { kind: "basic", user: "joe", password: "new" } });
    await until(() => source.health.kind === "reconnecting" && source.health.reason.startsWith("source/auth"));
    expect(camera.requests.filter((request) => request.startsWith("DESCRIBE")).length).toBeLessThanOrEqual(4);
  });

  test("and comes back with B-frames is decoded from then on, and says so", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url());
    const { of } = watch(source);
    const words: string[] = [];
    source.infoChanged.on(({ passthrough }) => words.push(passthrough.words));
    await until(() => of("encoded-video").length >= 10);
    await camera.stop();
    await camera.restart({}, await cameraClip({ bFrames: 2 }));
    await until(() => of("video-frame").length >= 10);
    expect(words).toEqual(["passthrough: no, because the stream has B-frames"]);
    expect(source.info.video?.delivery).toBe("decoded");
    expect(of("video-frame")[0].timeUs).toBeGreaterThan(of("encoded-video").at(-1)?.timeUs as number);
  });

  test("and comes back with another kind of sound than viewers agreed on breaks; without sound it does not", async () => {
    const withSound = await cameraClip({ audio: true });
    const camera = await FakeCamera.start(withSound);
    const source = await open(camera.url());
    const { of, failures } = watch(source);
    await until(() => of("encoded-audio").length >= 10);
    await camera.stop();
    await camera.restart({}, await sharedClip());
    await until(() => source.health.kind === "reconnecting");
    await until(() => source.health.kind === "ok");
    expect(failures).toEqual([]);
    await camera.stop();
    await camera.restart({}, { ...withSound, audioFormat: 8 });
    await until(() => failures.length > 0);
    expect(failures[0].code).toBe("source/changed");
  });
});

describe("closing", () => {
  test.each(["all", "DESCRIBE"])("while an answer to %s is waited for does not take as long", async (deafTo) => {
    const camera = await FakeCamera.start(await sharedClip(), { deafTo });
    const stopping = new AbortController();
    const opening = open(camera.url(), { timeoutMs: 60_000, signal: stopping.signal });
    await until(() => camera.requests.some((request) => deafTo === "all" || request.startsWith(deafTo)));
    const beganUs = clock.nowUs();
    stopping.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    // Far from the minute that the camera may take to answer.
    expect(clock.nowUs() - beganUs).toBeLessThan(20_000_000);
  });

  test("while a read hangs does not wait for it, and nothing comes after it", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const before = liveHandles();
    const source = await open(camera.url(), { timeoutMs: 60_000 });
    const { packets } = watch(source);
    await until(() => packets.length >= 5);
    camera.mute();
    const beganUs = clock.nowUs();
    await source.close();
    // Far from the minute that the camera may take to answer.
    expect(clock.nowUs() - beganUs).toBeLessThan(20_000_000);
    const count = packets.length;
    await until(() => camera.connections === 0);
    expect(packets.length).toBe(count);
    expect(liveHandles()).toEqual(before);
  });

  test("while it is gone ends the attempts", async () => {
    const camera = await FakeCamera.start(await sharedClip());
    const source = await open(camera.url());
    const { packets } = watch(source);
    await until(() => packets.length >= 5);
    await camera.stop();
    await until(() => source.health.kind === "reconnecting");
    await source.close();
    await camera.restart();
    const count = camera.requests.length;
    const laterUs = clock.nowUs() + 1_500_000;
    await until(() => clock.nowUs() > laterUs);
    expect(camera.requests.length).toBe(count);
  });
});

test("a stage that throws breaks the source instead of being tried again", async () => {
  const camera = await FakeCamera.start(await sharedClip());
  const source = await open(camera.url());
  const failures: FloeError[] = [];
  source.failed.on((error) => failures.push(error));
  source.start(() => {
    throw new RangeError("no room");
  });
  await until(() => failures.length > 0);
  expect(failures[0].message).toContain("no room");
});
