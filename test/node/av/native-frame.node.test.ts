import { beforeAll, expect, onTestFinished, test } from "vitest";
import { policePackets } from "../../../src/core/stream/policing.js";
import { FramePool } from "../../../src/node/av/frame-pool.js";
import { liveHandles, referenceFrame } from "../../../src/node/av/live-handles.js";
import { loadNodeAv, type NodeAv } from "../../../src/node/av/load-node-av.js";
import { NativeAudioFrame } from "../../../src/node/av/native-audio-frame.js";
import { NativeVideoFrame } from "../../../src/node/av/native-video-frame.js";

let av: NodeAv;
beforeAll(async () => {
  av = await loadNodeAv();
});

function videoPool(maxFrames = 2) {
  const shape = { kind: "video", width: 64, height: 32, format: av.AV_PIX_FMT_YUV420P } as const;
  const pool = new FramePool({ shape, maxFrames, remember: () => undefined });
  onTestFinished(() => pool.close());
  return pool;
}

test("a picture shows its planes, and a clone shares them", () => {
  const entry = videoPool().acquire();
  using packet = new NativeVideoFrame(referenceFrame(entry!.frame), { timeUs: 40_000 });
  expect([packet.width, packet.height, packet.format, packet.timeUs, packet.byteLength]).toEqual([
    64,
    32,
    "i420",
    40_000,
    3072,
  ]);
  expect(packet.planes.length).toBe(3);
  expect(packet.strides[0]).toBeGreaterThanOrEqual(64);
  using clone = packet.clone();
  entry!.frame.data?.[0].fill(77);
  expect([packet.planes[0][5], clone.planes[0][5], clone.timeUs]).toEqual([77, 77, 40_000]);
});

test("a released picture throws on reading; releasing twice is quiet; clones live on", () => {
  const entry = videoPool().acquire();
  const packet = new NativeVideoFrame(referenceFrame(entry!.frame), { timeUs: 0 });
  const clone = packet.clone();
  packet.release();
  packet.release();
  expect(() => packet.planes).toThrow(expect.objectContaining({ code: "packet/released" }));
  expect(() => packet.avFrame).toThrow(expect.objectContaining({ code: "packet/released" }));
  expect(() => packet.clone()).toThrow(expect.objectContaining({ code: "packet/released" }));
  expect(clone.planes.length).toBe(3);
  clone.release();
});

test("while packets are policed, every field of a released one throws", () => {
  policePackets(true);
  onTestFinished(() => policePackets(false));
  const entry = videoPool().acquire();
  const packet = new NativeVideoFrame(referenceFrame(entry!.frame), { timeUs: 0 });
  packet.release();
  expect(() => packet.width).toThrow(expect.objectContaining({ code: "packet/released" }));
});

test("a pool gives a frame again only when nobody holds its pixels, and never more than its bound", () => {
  const pool = videoPool(2);
  const first = pool.acquire();
  const held = new NativeVideoFrame(referenceFrame(first!.frame), { timeUs: 0 });
  const clone = held.clone();
  const second = pool.acquire();
  expect(second).not.toBe(first);
  const heldToo = new NativeVideoFrame(referenceFrame(second!.frame), { timeUs: 0 });
  expect(pool.acquire()).toBeUndefined();
  held.release();
  expect(pool.acquire()).toBeUndefined();
  clone.release();
  expect(pool.acquire()).toBe(first);
  heldToo.release();
});

test("sound shows exactly its samples", () => {
  const before = liveHandles().frames;
  const shape = { kind: "audio", sampleRateHz: 48_000, channels: 2, sampleCount: 960 } as const;
  const pool = new FramePool({ shape, maxFrames: 1, remember: () => undefined });
  const packet = new NativeAudioFrame(referenceFrame(pool.acquire()!.frame), { timeUs: 20_000 });
  expect([packet.format, packet.channels, packet.sampleCount, packet.byteLength]).toEqual(["f32", 2, 960, 7680]);
  expect(packet.planes.map((plane) => plane.byteLength)).toEqual([7680]);
  packet.release();
  expect(() => packet.planes).toThrow(expect.objectContaining({ code: "packet/released" }));
  pool.close();
  expect(liveHandles().frames).toBe(before);
});
