// WebCodecs as stages, with Chromium's own codecs.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CanvasSink } from "../../../src/browser/av/canvas-sink.js";
import { WebVideoDecoder } from "../../../src/browser/av/web-video-decoder.js";
import { WebVideoEncoder } from "../../../src/browser/av/web-video-encoder.js";
import { WebVideoFrame } from "../../../src/browser/av/web-video-frame.js";
import { PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import type { EncodedVideoPacket, VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { policePackets } from "../../../src/core/stream/policing.js";

beforeEach(() => policePackets(true));
afterEach(() => policePackets(false));

/** A picture of one brightness, as i420. */
function gray(luma: number, timeUs: number, width = 320, height = 180): PlainVideoFrame {
  const chroma = (width / 2) * (height / 2);
  return new PlainVideoFrame({
    width,
    height,
    format: "i420",
    planes: [
      new Uint8Array(width * height).fill(luma),
      new Uint8Array(chroma).fill(128),
      new Uint8Array(chroma).fill(128),
    ],
    strides: [width, width / 2, width / 2],
    timeUs,
    ownsData: true,
  });
}

/** Encodes pictures, none of them dropped. */
async function encoded(
  frames: readonly VideoFramePacket[],
  encoder = new WebVideoEncoder({ maxInFlight: 100 }),
): Promise<EncodedVideoPacket[]> {
  const units: EncodedVideoPacket[] = [];
  const stream = new PacketStream<VideoFramePacket>({ name: "encode" })
    .via(encoder)
    .to((packet) => units.push(packet.clone() as EncodedVideoPacket));
  await stream.start();
  for (const frame of frames) {
    stream.write(frame);
  }
  await stream.close();
  return units;
}

const times = (packets: readonly { readonly timeUs: number }[]): number[] => packets.map(({ timeUs }) => timeUs);

test("what is encoded is decoded: the same times, in order, and the brightness of each picture on the canvas", async () => {
  const lumas = [30, 70, 110, 150, 190, 230];
  const units = await encoded(lumas.map((luma, i) => gray(luma, i * 33_333)));
  expect(times(units)).toEqual(lumas.map((_, i) => i * 33_333));
  expect(units.map(({ isKey }) => isKey)).toEqual([true, false, false, false, false, false]);

  const canvas = document.createElement("canvas");
  const screen = new CanvasSink(canvas);
  const seen: number[] = [];
  const decoder = new WebVideoDecoder();
  const stream = new PacketStream<EncodedVideoPacket>({ name: "decode" })
    .via(decoder)
    .to(screen)
    .to(() => seen.push(canvas.getContext("2d")?.getImageData(160, 90, 1, 1).data[0] ?? -1));
  await stream.start();
  for (const unit of units) {
    stream.write(unit);
  }
  await stream.close();
  expect([canvas.width, canvas.height, screen.counters.frames]).toEqual([320, 180, 6]);
  for (const [i, luma] of lumas.entries()) {
    // Studio range to full range.
    expect(Math.abs(seen[i] - ((luma - 16) * 255) / 219)).toBeLessThan(12);
  }
  expect(decoder.counters).toEqual({ decoded: 6, dropped: 0, errors: 0, opened: 1 });
});

describe("WebVideoEncoder", () => {
  test("key frames come at their interval, and with another size", async () => {
    const encoder = new WebVideoEncoder({ keyFrameIntervalMs: 100, maxInFlight: 100 });
    const frames = [0, 40, 80, 120, 160].map((ms) => gray(90, ms * 1000));
    const units = await encoded([...frames, gray(90, 180_000, 192, 108)], encoder);
    expect(units.map(({ isKey }) => isKey)).toEqual([true, false, false, true, false, true]);
    expect(encoder.counters).toEqual({ encoded: 6, keyFrames: 3, dropped: 0, opened: 2 });
  });

  test("a key frame comes when it is asked for, and behind each stop", async () => {
    const encoder = new WebVideoEncoder();
    const keys: boolean[] = [];
    const write = (timeUs: number): void => encoder.process(gray(90, timeUs), ({ isKey }) => keys.push(isKey));
    write(0);
    write(1000);
    encoder.requestKeyFrame();
    write(2000);
    await encoder.stop();
    write(3000);
    await encoder.stop();
    expect(keys).toEqual([true, false, true, true]);
    encoder.close();
    encoder.close();
  });

  test("drops what comes while too much is in flight", async () => {
    const encoder = new WebVideoEncoder({ maxInFlight: 1 });
    for (let i = 0; i < 20; i++) {
      encoder.process(gray(90, i * 1000), () => {});
    }
    await encoder.stop();
    expect(encoder.counters.dropped).toBeGreaterThan(0);
    expect(encoder.counters.encoded + encoder.counters.dropped).toBe(20);
    encoder.close();
  });

  test("a size that no encoder has fails the stream, and says so", async () => {
    const encoder = new WebVideoEncoder();
    const stream = new PacketStream<VideoFramePacket>({ name: "too large" }).via(encoder);
    const failed = new Promise<Error>((resolve) => stream.failed.on(resolve));
    await stream.start();
    stream.write(gray(0, 0, 16_384, 8192));
    expect(await failed).toMatchObject({ code: "codec/unsupported" });
    expect(() => encoder.process(gray(0, 1), () => {})).toThrow(expect.objectContaining({ code: "codec/unsupported" }));
    await stream.close();
  });

  test("refuses pictures that only another runtime understands", () => {
    const foreign = new PlainVideoFrame({ width: 2, height: 2, format: "other", planes: [], strides: [], timeUs: 0 });
    const encoder = new WebVideoEncoder();
    expect(() => encoder.process(foreign, () => {})).toThrow(expect.objectContaining({ code: "video/format" }));
    encoder.close();
  });
});

describe("WebVideoDecoder", () => {
  async function decode(units: readonly EncodedVideoPacket[], options = {}) {
    const decoder = new WebVideoDecoder(options);
    const log: (number | string)[] = [];
    decoder.keyFrameNeeded.on(() => log.push("key!"));
    for (const unit of units) {
      decoder.process(unit, (frame) => {
        log.push(frame.timeUs);
        frame.release?.();
      });
    }
    await decoder.stop();
    decoder.close();
    return { log, counters: decoder.counters };
  }

  test("puts parameter sets that stand apart in front of their picture", async () => {
    const [{ data, isKey, timeUs }] = await encoded([gray(100, 0)]);
    const idrAt = data.findIndex((byte, i) => byte === 0 && data[i + 3] === 1 && (data[i + 4] & 0x1f) === 5);
    const parameterSets = data.slice(0, idrAt);
    const apart = new PlainEncodedVideo({ codec: "h264", data: data.slice(idrAt), parameterSets, isKey, timeUs });
    expect(idrAt).toBeGreaterThan(0);
    expect(await decode([apart])).toMatchObject({ log: [0], counters: { decoded: 1, opened: 1 } });
  });

  test("waits for a key frame", async () => {
    const units = await encoded([0, 1, 2].map((i) => gray(90, i * 33_333)));
    const nothing = { log: [], counters: { decoded: 0, dropped: 2, errors: 0, opened: 0 } };
    expect(await decode(units.slice(1))).toEqual(nothing);
  });

  test("what calls itself a key frame and is none is refused, and the next one taken", async () => {
    const encoder = new WebVideoEncoder({ keyFrameIntervalMs: 60, maxInFlight: 100 });
    const units = await encoded(
      [0, 1, 2, 3].map((i) => gray(90, i * 33_333)),
      encoder,
    );
    expect(units.map(({ isKey }) => isKey)).toEqual([true, false, true, false]);
    const decoder = new WebVideoDecoder();
    const log: (number | string)[] = [];
    decoder.keyFrameNeeded.on(() => log.push("key!"));
    const write = (unit: EncodedVideoPacket): void =>
      decoder.process(unit, (frame) => {
        log.push(frame.timeUs);
        frame.release?.();
      });
    write(units[0]);
    await decoder.stop();
    const data = Uint8Array.of(9, 9, 9, 9);
    write(new PlainEncodedVideo({ codec: "h264", data, isKey: true, timeUs: 20_000 }));
    for (const unit of units.slice(1)) {
      write(unit);
    }
    await decoder.stop();
    decoder.close();
    expect(log).toEqual([0, "key!", 66_666, 99_999]);
    expect(decoder.counters).toEqual({ decoded: 3, dropped: 1, errors: 1, opened: 1 });
  });

  test("a decoder that broke is opened again for the next key frame", async () => {
    const encoder = new WebVideoEncoder({ keyFrameIntervalMs: 60, maxInFlight: 100 });
    const units = await encoded(
      [0, 1, 2, 3].map((i) => gray(90, i * 33_333)),
      encoder,
    );
    const decoder = new WebVideoDecoder();
    const shown: number[] = [];
    const write = (unit: EncodedVideoPacket): void =>
      decoder.process(unit, (frame) => {
        shown.push(frame.timeUs);
        frame.release?.();
      });
    const needed = new Promise<void>((resolve) => decoder.keyFrameNeeded.on(resolve));
    // Its parameter sets are in order, its picture is not.
    const { data } = units[0];
    const sliceAt = data.findIndex((byte, i) => byte === 1 && data[i - 1] === 0 && (data[i + 1] & 31) === 5) + 2;
    const broken = data.slice();
    broken.fill(0xff, sliceAt);
    write(new PlainEncodedVideo({ codec: "h264", data: broken, isKey: true, timeUs: 0, ownsData: true }));
    await needed;
    for (const unit of units.slice(1)) {
      write(unit);
    }
    await decoder.stop();
    decoder.close();
    expect(shown).toEqual([66_666, 99_999]);
    expect(decoder.counters).toEqual({ decoded: 2, dropped: 1, errors: 1, opened: 2 });
  });

  test("follows another size without being told", async () => {
    const small = await encoded([gray(90, 0)]);
    const large = await encoded([gray(90, 33_333, 640, 360)]);
    expect((await decode([...small, ...large])).log).toEqual([0, 33_333]);
  });

  test("drops up to the next key frame when too much is in flight", async () => {
    const units = await encoded(Array.from({ length: 12 }, (_, i) => gray(90, i * 33_333)));
    const { log, counters } = await decode(units, { maxInFlight: 1 });
    expect(log).toContain("key!");
    expect(counters.decoded + counters.dropped).toBe(12);
  });

  test("refuses other codecs", () => {
    const vp8 = new PlainEncodedVideo({ codec: "vp8", data: Uint8Array.of(0), isKey: true, timeUs: 0 });
    const decoder = new WebVideoDecoder();
    expect(() => decoder.process(vp8, () => {})).toThrow(expect.objectContaining({ code: "stage/codec" }));
  });
});

test("a WebVideoFrame's clone lives on when the first is released, and release is final", () => {
  const frame = new VideoFrame(new Uint8Array(6), { format: "I420", codedWidth: 2, codedHeight: 2, timestamp: 5 });
  const packet = new WebVideoFrame(frame);
  const copy = packet.clone();
  packet.release();
  packet.release();
  expect([copy.timeUs, copy.width, copy.height, copy.byteLength, copy.frame.format]).toEqual([5, 2, 2, 6, "I420"]);
  expect(() => packet.frame).toThrow(expect.objectContaining({ code: "packet/released" }));
  copy.release();
});
