import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { defaultAudioTarget } from "../../../src/core/media/audio-target.js";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import { PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import { type EncodedVideoPacket, VideoFrame } from "../../../src/core/stream/media-packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { H264Encoder, type H264EncoderOptions } from "../../../src/node/av/h264-encoder.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { TestSource } from "../../../src/node/av/test-source.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { H264Back, nalTypes } from "./decode-back.js";
import { nextTurn, pictureMaker, until } from "./rig.js";

beforeAll(async () => {
  await loadNodeAv();
});

/** What came out, copied. */
type Unit = { readonly timeUs: number; readonly isKey: boolean; readonly bytes: Uint8Array; readonly types: number[] };

function setup(options: H264EncoderOptions = {}) {
  const encoder = new H264Encoder(options);
  onTestFinished(() => encoder.close());
  const units: Unit[] = [];
  const emit = (packet: EncodedVideoPacket) => {
    const bytes = packet.data.slice();
    units.push({ timeUs: packet.timeUs, isKey: packet.isKey, bytes, types: nalTypes(bytes) });
    packet.release?.();
  };
  /** Encodes one picture and waits for it. */
  const encode = async (packet: PlainVideoFrame) => {
    const before = units.length;
    encoder.process(packet, emit);
    await until(() => units.length > before);
  };
  return { encoder, units, emit, encode };
}

test("the test source encoded and decoded back shows every frame number and capture time, in order", async () => {
  const clock = new ManualClock();
  const video = { ...defaultVideoTarget, width: 640, height: 360 };
  const source = await TestSource.open({ video, audio: defaultAudioTarget, clock });
  const { encoder, units, emit } = setup();
  let sent = 0;
  source.start((packet) => {
    if (VideoFrame.is(packet)) {
      sent++;
      encoder.process(packet, emit);
    }
  });
  while (sent < 90) {
    clock.advance(10_000);
    await until(() => units.length === sent);
  }
  await source.close();
  const back = new H264Back();
  const stamps = units.map(({ bytes }) => back.decode(bytes, ({ stamp }) => stamp));
  back.close();
  expect(stamps.map((stamp) => stamp?.frameNumber)).toEqual(stamps.map((_, index) => index));
  const origin = stamps[0]?.captureMs ?? 0;
  expect(stamps.every((stamp, i) => Math.abs((stamp?.captureMs ?? 0) - origin - (i * 1000) / 30) <= 11)).toBe(true);
  expect(units.map(({ timeUs }) => timeUs)).toEqual(units.map((_, index) => Math.round((index * 1_000_000) / 30)));
});

describe("key frames", () => {
  test("come first, at the interval, and exactly where they are asked for, with their parameter sets", async () => {
    const { encoder, units, encode } = setup({ keyFrameIntervalMs: 1000 });
    const picture = pictureMaker();
    for (let index = 0; index < 60; index++) {
      if (index === 7 || index === 40) {
        encoder.requestKeyFrame();
        encoder.requestKeyFrame();
      }
      await encode(picture(index));
    }
    const keys = units.flatMap((unit, index) => (unit.isKey ? [index] : []));
    // A forced key frame starts the interval anew.
    expect(keys).toEqual([0, 7, 37, 40]);
    for (const [index, { types, isKey }] of units.entries()) {
      if (isKey) {
        expect(types.filter((type) => type !== 6)).toEqual([7, 8, 5]);
      } else {
        expect([index, ...types]).toEqual([index, 1]);
      }
    }
    expect(encoder.counters).toEqual({ encoded: 60, keyFrames: 4, dropped: 0, opened: 1 });
  });

  test("say constrained baseline", async () => {
    const { units, encode } = setup();
    await encode(pictureMaker()(0));
    const { bytes, types } = units[0];
    expect(types[0]).toBe(7);
    const sps = bytes.findIndex((value, i) => value === 0x67 && bytes[i - 1] === 1);
    expect([bytes[sps + 1], bytes[sps + 2] & 0xc0]).toEqual([66, 0xc0]);
  });
});

describe("the bit rate", () => {
  test("is kept, and follows a change while running within a second or so", async () => {
    const random = new SeededRandom(3);
    const noise = Array.from({ length: 8 }, () => random.bytes(320 * 180));
    const chroma = new Uint8Array(160 * 90).fill(128);
    const { encoder, units, encode } = setup({ bitrateBps: 1_000_000 });
    const kbpsOf = (from: number, to: number) =>
      (units.slice(from, to).reduce((sum, { bytes }) => sum + bytes.length, 0) * 8 * 30) / (to - from) / 1000;
    for (let index = 0; index < 270; index++) {
      if (index === 90) {
        encoder.setBitrate(300_000);
      }
      if (index === 180) {
        encoder.setBitrate(1_500_000);
      }
      await encode(
        new PlainVideoFrame({
          width: 320,
          height: 180,
          format: "i420",
          planes: [noise[index % 8], chroma, chroma],
          strides: [320, 160, 160],
          timeUs: Math.round((index * 1_000_000) / 30),
        }),
      );
    }
    expect(encoder.bitrateBps).toBe(1_500_000);
    const [first, second, third] = [kbpsOf(45, 90), kbpsOf(135, 180), kbpsOf(225, 270)];
    expect(first).toBeGreaterThan(750);
    expect(first).toBeLessThan(1250);
    expect(second).toBeLessThan(400);
    expect(third).toBeGreaterThan(1000);
    expect(encoder.counters.opened).toBe(1);
  });
});

describe("changes on the way", () => {
  test("another size begins a new sequence with a key frame, and nothing is lost", async () => {
    const { encoder, units, encode } = setup();
    const [small, large] = [pictureMaker(320, 180), pictureMaker(640, 360)];
    for (let index = 0; index < 10; index++) {
      await encode(index < 5 ? small(index) : large(index));
    }
    expect(units.map(({ isKey }) => isKey)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => i === 0 || i === 5));
    const back = new H264Back();
    const widths = units.map(({ bytes }) => back.decode(bytes, ({ width }) => width));
    back.close();
    expect(widths).toEqual([320, 320, 320, 320, 320, 640, 640, 640, 640, 640]);
    expect(encoder.counters.opened).toBe(2);
  });

  test("times may be uneven; a long step back begins anew, equal times move up", async () => {
    const { encoder, units, encode } = setup();
    const picture = pictureMaker();
    const at = (index: number, timeUs: number) => new PlainVideoFrame({ ...picture(index), timeUs });
    for (const [index, timeUs] of [0, 10_000, 200_000, 200_000, 5_000_000, 1_000_000].entries()) {
      await encode(at(index, timeUs));
    }
    expect(units.map(({ timeUs }) => timeUs)).toEqual([0, 10_000, 200_000, 200_001, 5_000_000, 1_000_000]);
    expect(units[5].isKey).toBe(true);
    expect(encoder.counters.opened).toBe(2);
  });
});

describe("too much, and the end", () => {
  test("the newest pictures are dropped and counted while too many are in flight; the order stays", async () => {
    const { encoder, units, emit } = setup({ maxInFlight: 3 });
    const picture = pictureMaker();
    for (let index = 0; index < 10; index++) {
      encoder.process(picture(index), emit);
    }
    await encoder.stop();
    expect(units.length).toBe(3);
    expect(encoder.counters.dropped).toBe(7);
    expect(units.map(({ timeUs }) => timeUs)).toEqual([0, 33_333, 66_667]);
  });

  test("stop emits every picture that came, and the next one starts a new sequence", async () => {
    const { encoder, units, emit } = setup();
    const picture = pictureMaker();
    encoder.process(picture(0), emit);
    encoder.process(picture(1), emit);
    await encoder.stop();
    expect(units.length).toBe(2);
    encoder.process(picture(2), emit);
    await encoder.stop();
    expect(units[2].isKey).toBe(true);
  });

  test("a picture that it cannot encode is refused with the fix", () => {
    const { encoder, emit } = setup();
    const odd = new PlainVideoFrame({ width: 33, height: 20, format: "i420", planes: [], strides: [], timeUs: 0 });
    expect(() => encoder.process(odd, emit)).toThrow(expect.objectContaining({ code: "h264/bad-picture" }));
  });

  test("an encoder that cannot open says so once, and again at the next picture", async () => {
    const { encoder, emit } = setup();
    const errors: string[] = [];
    encoder.failed.on((error) => errors.push(error.code));
    // Wider than H.264 can be.
    const [luma, chroma] = [new Uint8Array(40_000 * 2), new Uint8Array(20_000)];
    const wide = new PlainVideoFrame({
      width: 40_000,
      height: 2,
      format: "i420",
      planes: [luma, chroma, chroma],
      strides: [40_000, 20_000, 20_000],
      timeUs: 0,
    });
    encoder.process(wide, emit);
    await until(() => errors.length > 0);
    expect(errors).toEqual(["av/failed"]);
    expect(() => encoder.process(pictureMaker()(1), emit)).toThrow(expect.objectContaining({ code: "av/failed" }));
  });

  test("closing with pictures in flight frees everything; twenty rounds leave nothing behind", async () => {
    const before = liveHandles();
    const picture = pictureMaker();
    for (let round = 0; round < 20; round++) {
      const encoder = new H264Encoder();
      for (let index = 0; index < 4; index++) {
        encoder.process(picture(index), (packet) => packet.release?.());
      }
      await encoder.close();
      await encoder.close();
    }
    expect(liveHandles()).toEqual(before);
  });
});

test("in a graph, behind the test source, packets are released by whoever has them last", async () => {
  const before = liveHandles();
  const clock = new ManualClock();
  const video = { ...defaultVideoTarget, width: 320, height: 180 };
  const source = await TestSource.open({ video, audio: defaultAudioTarget, clock });
  let count = 0;
  const stream = new PacketStream({ name: "test", clock })
    .source(source)
    .via(new H264Encoder())
    .to((packet) => {
      count += packet.kind.name === "encoded-video" ? 1 : 0;
    });
  await stream.start();
  while (count < 20) {
    clock.advance(10_000);
    await nextTurn();
  }
  await stream.close();
  await source.close();
  expect(liveHandles()).toEqual(before);
});
