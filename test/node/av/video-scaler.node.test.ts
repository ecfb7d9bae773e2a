import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readStampLuma } from "../../../src/core/media/read-stamp.js";
import { PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import type { VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { VideoScaler } from "../../../src/node/av/video-scaler.js";
import { pictureMaker, until } from "./rig.js";

beforeAll(async () => {
  await loadNodeAv();
});

function setup(options: Partial<ConstructorParameters<typeof VideoScaler>[0]> = {}) {
  const scaler = new VideoScaler({ width: 640, height: 360, fps: 30, ...options });
  onTestFinished(() => scaler.close());
  const seen: { width: number; height: number; timeUs: number; number: number | undefined }[] = [];
  const emit = (packet: VideoFramePacket) => {
    const { width, height, timeUs } = packet;
    const [strideBytes] = packet.strides;
    const number = readStampLuma(packet.planes[0], { width, height, strideBytes })?.frameNumber;
    seen.push({ width, height, timeUs, number });
    packet.release?.();
  };
  return { scaler, seen, emit };
}

describe("sizes", () => {
  test("a larger picture is fitted into the target, and its stamp survives", async () => {
    const { scaler, seen, emit } = setup();
    const picture = pictureMaker(1280, 720);
    for (let index = 0; index < 5; index++) {
      scaler.process(picture(index), emit);
      await until(() => seen.length > index);
    }
    expect(seen.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    expect(seen[0]).toMatchObject({ width: 640, height: 360 });
    expect(seen[4].timeUs).toBe(133_333);
  });

  test("the aspect is kept and nothing is enlarged", async () => {
    const { scaler, seen, emit } = setup();
    scaler.process(pictureMaker(480, 640)(0), emit);
    await scaler.stop();
    scaler.process(pictureMaker(320, 180)(1), emit);
    await scaler.stop();
    expect(seen.map(({ width, height }) => [width, height])).toEqual([
      [270, 360],
      [320, 180],
    ]);
  });

  test("a picture that fits passes at once, without a copy in native memory", () => {
    const { scaler, seen, emit } = setup();
    const before = liveHandles();
    scaler.process(pictureMaker(640, 360)(0), emit);
    expect(seen.length).toBe(1);
    expect(liveHandles()).toEqual(before);
  });

  test("one that fits does not overtake one that is being scaled", async () => {
    const { scaler, seen, emit } = setup();
    scaler.process(pictureMaker(1280, 720)(0), emit);
    scaler.process(pictureMaker(640, 360)(1), emit);
    await scaler.stop();
    expect(seen.map(({ timeUs }) => timeUs)).toEqual([0, 33_333]);
  });
});

test("other layouts become i420", async () => {
  const scaler = new VideoScaler({ width: 640, height: 360, fps: 30 });
  onTestFinished(() => scaler.close());
  const formats: string[] = [];
  const luma = new Uint8Array(64 * 32).fill(100);
  const chroma = new Uint8Array(64 * 16).fill(128);
  const nv12 = new PlainVideoFrame({
    width: 64,
    height: 32,
    format: "nv12",
    planes: [luma, chroma],
    strides: [64, 64],
    timeUs: 0,
  });
  scaler.process(nv12, (packet) => {
    formats.push(`${packet.format} ${packet.planes[0][70]} ${packet.planes[2][3]}`);
    packet.release?.();
  });
  await scaler.stop();
  expect(formats).toEqual(["i420 100 128"]);
});

describe("bounds", () => {
  test("more pictures than the target's rate are thinned and counted", async () => {
    const { scaler, seen, emit } = setup();
    const picture = pictureMaker(320, 180, 60);
    for (let index = 0; index < 60; index++) {
      scaler.process(picture(index), emit);
    }
    await scaler.stop();
    expect(seen.length).toBe(30);
    expect(scaler.counters).toEqual({ thinned: 30, dropped: 0 });
  });

  test("the newest is dropped and counted while too many are in flight", async () => {
    const { scaler, seen, emit } = setup({ maxInFlight: 2 });
    const picture = pictureMaker(1280, 720);
    for (let index = 0; index < 6; index++) {
      scaler.process(picture(index), emit);
    }
    await scaler.stop();
    expect(seen.map(({ timeUs }) => timeUs)).toEqual([0, 33_333]);
    expect(scaler.counters.dropped).toBe(4);
  });

  test("twenty rounds with pictures in flight leave nothing behind", async () => {
    const before = liveHandles();
    const picture = pictureMaker(1280, 720);
    for (let round = 0; round < 20; round++) {
      const scaler = new VideoScaler({ width: 320, height: 180, fps: 30 });
      scaler.process(picture(0), (packet) => packet.release?.());
      scaler.process(picture(1), (packet) => packet.release?.());
      await scaler.close();
      await scaler.close();
    }
    expect(liveHandles()).toEqual(before);
  });
});
