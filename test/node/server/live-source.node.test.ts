// What becomes of a source once it is open: rings, codecs, who makes key frames, what is encoded and what is not.
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import {
  AudioFrame,
  EncodedAudio,
  EncodedVideo,
  VideoFrame,
  type VideoFramePacket,
} from "../../../src/core/stream/media-packet.js";
import { openSource } from "../../../src/node/av/open-source.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { LiveSource } from "../../../src/node/server/modes/stream/live-source.js";
import { StreamMemory } from "../../../src/node/server/modes/stream/stream-memory.js";
import type {
  StreamSink,
  StreamSource,
  StreamSourceInfo,
} from "../../../src/node/server/modes/stream/stream-source.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { makeClip } from "../av/make-clip.js";
import { FakeSource, H264_INFO } from "./fake-source.js";
import { temporaryFolder } from "./server-fixture.js";

const TARGETS = {
  video: { width: 320, height: 180, fps: 30, bitrateBps: 500_000 },
  audio: { sampleRateHz: 48_000, channels: 2, bitrateBps: 96_000 },
} as const;

const DECODED: StreamSourceInfo = {
  name: "fake",
  video: { width: 64, height: 48, fps: 30, codec: "h264", delivery: "decoded" },
  passthrough: { video: false, audio: false, words: "passthrough: no, because the stream has B-frames" },
};

async function open(source: StreamSource, sinks: readonly StreamSink[] = []): Promise<LiveSource> {
  const live = await LiveSource.open({
    openSource: () => source,
    media: parseConfigObject().media,
    memory: await StreamMemory.create(2_000_000),
    clock: new NodeClock(),
    logger: Logger.silent(),
    sinks,
  });
  onTestFinished(() => live.close());
  return live;
}

/** Resolves when `isSo` has become true; the test's timeout is the bound. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("H.264 that passes through", () => {
  test("goes into the ring byte for byte, and nothing is there that could encode", async () => {
    const source = new FakeSource();
    const live = await open(source);
    const bytes = source.picture({ isKey: true }).length + source.picture({ isKey: false }).length;
    expect(live.codecs).toEqual({ video: "h264" });
    const report = live.report();
    expect(report.encoder).toBeUndefined();
    expect(report.graph.nodes.map(({ id }) => id)).toEqual(["fake", "video-ring"]);
    expect(report.tracks).toMatchObject([{ kind: "video", encodingName: "H264", frames: 2, keyFrames: 1, bytes }]);
  });

  test.each([
    "clip.mp4",
    "clip.mkv",
  ])("from %s is written twice and no more, parameter sets that stand apart included", async (name) => {
    const path = join(temporaryFolder(), name);
    await makeClip({ path, width: 320, height: 180, seconds: 1, bFrames: 0, keyFrameEvery: 5, audio: false });
    const source = await openSource(path, { ...TARGETS, loop: true, clock: new NodeClock(), passthrough: "always" });
    const live = await open(source);
    await until(() => live.report().tracks[0].keyFrames >= 3);
    const { tracks, sourceCounters } = live.report();
    const [{ bytes, nativeToArenaBytes, arenaToSlotBytes }] = tracks;
    expect(sourceCounters).toMatchObject({ copiedBytes: 0 });
    expect(nativeToArenaBytes).toBe(bytes);
    // Start codes stay behind, and fragments carry two bytes of their own each.
    expect(Math.abs(arenaToSlotBytes / bytes - 1)).toBeLessThan(0.02);
    const { slots, frames: log } = live.tracks[0].ring;
    expect(slots.payload(log.firstIndex(log.latestKey))[0] & 0x1f).toBe(24);
  });

  test("has nobody to make key frames, and asking is harmless", async () => {
    const live = await open(new FakeSource());
    const [video] = live.tracks;
    expect(video.canForceKeyFrame).toBe(false);
    live.requestKeyFrame(video, 0);
    expect(live.report().tracks[0]).toMatchObject({ canForceKeyFrame: false, keyFramesForced: 0 });
  });

  test("of a program that makes key frames when asked: it is asked at most twice a second", async () => {
    const source = new FakeSource();
    let asked = 0;
    source.requestKeyFrame = () => asked++;
    const live = await open(source);
    const [video] = live.tracks;
    live.requestKeyFrame(video, 1_000_000);
    live.requestKeyFrame(video, 1_100_000);
    expect([video.canForceKeyFrame, asked]).toEqual([true, 1]);
  });

  test("in another codec than viewers get is refused, and the source is closed", async () => {
    const video = { width: 64, height: 48, fps: 30, codec: "vp8", delivery: "passthrough" } as const;
    const source = new FakeSource({ info: { name: "fake", video } });
    await expect(open(source)).rejects.toMatchObject({ code: "source/unsupported-codec" });
    expect(source.calls).toEqual(["close"]);
  });
});

describe("a source that loses its pass-through while it runs", () => {
  test("goes on in the same track, encoded here, and key frames can be forced from then on", async () => {
    const source = new FakeSource({ emits: [EncodedVideo, VideoFrame] });
    const live = await open(source);
    const [video] = live.tracks;
    source.picture({ isKey: true });
    source.picture({ isKey: false });
    expect([video.canForceKeyFrame, live.report().encoder?.opened]).toEqual([false, 0]);
    let changes = 0;
    live.changed.on(() => changes++);
    source.become(DECODED);
    expect([video.canForceKeyFrame, changes, live.info.passthrough?.words]).toEqual([
      true,
      1,
      "passthrough: no, because the stream has B-frames",
    ]);
    source.frame();
    await until(() => video.counters.frames === 3);
    // The first picture of our own is one to begin with.
    expect(video.counters.keyFrames).toBe(2);
    expect(live.report().encoder).toMatchObject({ opened: 1, keyFrames: 1 });
    live.requestKeyFrame(video, 1_000_000);
    source.frame();
    await until(() => video.counters.frames === 4);
    expect(video.counters.keyFrames).toBe(3);
  });

  test("and gets it back has nobody to make key frames again", async () => {
    const source = new FakeSource({ info: DECODED, emits: [EncodedVideo, VideoFrame] });
    const live = await open(source);
    source.become(H264_INFO);
    expect(live.tracks[0].canForceKeyFrame).toBe(false);
  });
});

describe("sound", () => {
  const info = (codec: "opus" | "pcmu" | "pcma"): StreamSourceInfo => ({
    name: "fake",
    audio: { sampleRateHz: codec === "opus" ? 48_000 : 8000, channels: 1, codec, delivery: "passthrough" },
  });

  test.each([
    ["opus", "opus", 48_000],
    ["pcmu", "PCMU", 8000],
    ["pcma", "PCMA", 8000],
  ] as const)("in %s goes out as %s with a clock of %i Hz", async (codec, encodingName, clockRateHz) => {
    const source = new FakeSource({ info: info(codec) });
    const live = await open(source);
    source.sound(codec, new Uint8Array(160), 0);
    expect(live.codecs).toEqual({ audio: codec });
    expect(live.tracks.map((track) => [track.encodingName, track.clockRateHz, track.counters.frames])).toEqual([
      [encodingName, clockRateHz, 1],
    ]);
  });

  test("of G.711 in long runs goes out in pieces that each have their own time", async () => {
    const source = new FakeSource({ info: info("pcma") });
    const { ring } = (await open(source)).tracks[0];
    source.sound("pcma", new Uint8Array(2000), 40_000);
    expect([0, 1, 2].map((frame) => [ring.frames.timeUs(frame), ring.slots.payloadLength(frame)])).toEqual([
      [40_000, 960],
      [160_000, 960],
      [280_000, 80],
    ]);
  });

  test("in a codec that nobody has negotiated is left out and counted", async () => {
    const source = new FakeSource({ info: info("pcma") });
    const live = await open(source);
    source.sound("opus", new Uint8Array(100), 0);
    expect([live.tracks[0].counters.frames, live.report().foreignPackets]).toEqual([0, 1]);
  });
});

describe("the end", () => {
  test("is told once: without an error when the source ended, with it when it broke", async () => {
    const source = new FakeSource();
    const live = await open(source);
    const told: unknown[] = [];
    live.finished.on((error) => told.push(error));
    source.ended.emit();
    source.failed.emit(new Error("late"));
    expect(told).toEqual([undefined]);
    const broken = new FakeSource();
    const second = await open(broken);
    second.finished.on((error) => told.push(error?.toString()));
    broken.failed.emit(new Error("the cable is out"));
    expect(told[1]).toBe("source/failed: the source failed: the cable is out.");
  });

  test("of a source that goes away and comes back has not come: health is told, and pictures go on", async () => {
    const source = new FakeSource();
    const live = await open(source);
    let isFinished = false;
    let changes = 0;
    live.finished.on(() => {
      isFinished = true;
    });
    live.changed.on(() => changes++);
    source.picture({ isKey: true });
    source.feel({ kind: "reconnecting", sinceUs: 0, attempt: 1, reason: "source/timeout: it is silent" });
    expect(live.health).toMatchObject({ kind: "reconnecting", attempt: 1 });
    source.feel({ kind: "ok" });
    source.picture({ isKey: true });
    expect([changes, isFinished, live.tracks[0].counters.frames]).toEqual([2, false, 2]);
  });

  test("closes the source", async () => {
    const source = new FakeSource();
    const live = await open(source);
    await live.close();
    expect(source.calls).toEqual(["start", "stop", "close"]);
  });
});

describe("sinks of a program", () => {
  test("get what the viewers get, each packet their own", async () => {
    const seen: string[] = [];
    const source = new FakeSource();
    await open(source, [({ kind, byteLength }) => seen.push(`${kind.name} ${byteLength}`)]);
    const { length } = source.picture({ isKey: true });
    await until(() => seen.length > 0);
    expect(seen).toEqual([`encoded-video ${length}`]);
  });

  test("that want frames get them before they are encoded", async () => {
    const sizes: string[] = [];
    const source = new FakeSource({ info: DECODED, emits: [VideoFrame, AudioFrame] });
    const sink = {
      name: "watcher",
      accepts: [VideoFrame],
      write: ({ width, height }: VideoFramePacket) => void sizes.push(`${width}x${height}`),
    };
    await open(source, [sink]);
    source.frame();
    await until(() => sizes.length > 0);
    expect(sizes).toEqual(["64x48"]);
  });

  test("that want frames of a source that hands on encoded packets get nothing, and viewers do", async () => {
    const source = new FakeSource({ emits: [EncodedVideo, EncodedAudio] });
    const live = await open(source, [{ accepts: [VideoFrame], write: () => expect.unreachable() }]);
    source.picture({ isKey: true });
    expect(live.tracks[0].counters.frames).toBe(1);
  });

  test("that break are left out; viewers and other sinks go on", async () => {
    const source = new FakeSource();
    let good = 0;
    let broken = 0;
    const live = await open(source, [
      () => {
        broken++;
        throw new Error("disk full");
      },
      () => good++,
    ]);
    source.picture({ isKey: true });
    await until(() => good === 1);
    source.picture({ isKey: false });
    await until(() => good === 2);
    expect([broken, live.tracks[0].counters.frames, live.report().graph.state]).toEqual([1, 2, "active"]);
  });
});

describe("a source that", () => {
  test("ends while it starts is refused, and nothing stays open", async () => {
    const source = new FakeSource();
    source.start = () => source.ended.emit();
    await expect(open(source)).rejects.toMatchObject({ code: "source/ended" });
    expect(source.calls).toContain("close");
  });

  test("breaks while it starts is refused with its own error", async () => {
    const source = new FakeSource();
    source.start = () => source.failed.emit(new Error("no signal"));
    await expect(open(source)).rejects.toMatchObject({
      code: "source/failed",
      message: expect.stringContaining("no signal"),
    });
  });
});
