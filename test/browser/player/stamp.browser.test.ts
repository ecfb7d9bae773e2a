import { expect, test, vi } from "vitest";
import { StampLatency } from "../../../src/browser/player/stamp-latency.js";
import { StampReader } from "../../../src/browser/player/stamp-reader.js";
import { drawStamp, liveCanvas, makeCanvas } from "./stamped-canvas.js";

const PATIENCE = { timeout: 10_000 };

test.each([
  [1280, 720],
  [1920, 1080],
  [640, 360],
  [320, 240],
  [854, 480],
  [1000, 562],
])("a stamp is read from a picture of %i by %i", (width, height) => {
  const canvas = makeCanvas(width, height);
  const reader = new StampReader();
  for (const captureMs of [0, 1, 0x8000_0000, 0xffff_ffff, 0x5a5a_a5a5, 1_700_000_000_123 % 2 ** 32]) {
    drawStamp(canvas, captureMs, captureMs & 0xffff);
    expect(reader.read(canvas, width)).toEqual({ captureMs, frameNumber: captureMs & 0xffff });
  }
});

test("a picture without a stamp, a wrong parity and an empty picture read as nothing", () => {
  const canvas = makeCanvas(1280, 720);
  const reader = new StampReader();
  expect(reader.read(canvas, 1280)).toBeUndefined();
  drawStamp(canvas, 123_456, 7);
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.fillStyle = "#fff";
    context.fillRect(10 * 16, 0, 16, 16);
  }
  expect(reader.read(canvas, 1280)).toBeUndefined();
  expect(reader.read(canvas, 0)).toBeUndefined();
});

async function play(stream: MediaStream): Promise<HTMLVideoElement & Disposable> {
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  document.body.append(video);
  await video.play();
  return Object.assign(video, {
    [Symbol.dispose]: () => {
      video.srcObject = null;
      video.remove();
    },
  });
}

test("latency is the age of the stamps that are on the screen", async () => {
  const canvas = makeCanvas(640, 360);
  const agedMs = 1000;
  using live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now() - agedMs, n));
  using video = await play(live.stream);
  const latency = new StampLatency(video);
  expect(latency.read()).toEqual({ kind: "none" });
  latency.start();
  await vi.waitFor(() => expect(latency.read()).toMatchObject({ kind: "measured" }), PATIENCE);
  const reading = latency.read();
  expect(reading.kind === "measured" && reading.medianMs).toBeGreaterThanOrEqual(agedMs);
  latency.stop();
  expect(latency.read()).toEqual({ kind: "none" });
});

test("stamps of the future or of another hour mean that the clocks differ", async () => {
  const canvas = makeCanvas(640, 360);
  using live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now() + 3_600_000, n));
  using video = await play(live.stream);
  const latency = new StampLatency(video);
  latency.start();
  await vi.waitFor(() => expect(latency.read().kind).toBe("clocks-differ"), PATIENCE);
  latency.stop();
});

test.each([
  [1280, 720],
  [854, 480],
  [642, 362],
])("a stamp is read from the frame of a playing video of %i by %i", async (width, height) => {
  const canvas = makeCanvas(width, height);
  using live = liveCanvas(canvas, () => drawStamp(canvas, 0x5a5a_a5a5, 77));
  using video = await play(live.stream);
  const reader = new StampReader();
  const byCanvas = vi.spyOn(reader, "read");
  await vi.waitFor(async () => {
    expect(await reader.readVideo(video)).toEqual({ captureMs: 0x5a5a_a5a5, frameNumber: 77 });
  }, PATIENCE);
  expect(byCanvas).not.toHaveBeenCalled();
});

test("a video without a frame reads as nothing", async () => {
  expect(await new StampReader().readVideo(document.createElement("video"))).toBeUndefined();
});

test("where frames cannot be read the canvas does it", async () => {
  const canvas = makeCanvas(640, 360);
  using live = liveCanvas(canvas, () => drawStamp(canvas, 5, 6));
  using video = await play(live.stream);
  vi.stubGlobal("VideoFrame", undefined);
  try {
    await vi.waitFor(async () => {
      expect(await new StampReader().readVideo(video)).toEqual({ captureMs: 5, frameNumber: 6 });
    }, PATIENCE);
  } finally {
    vi.unstubAllGlobals();
  }
});
