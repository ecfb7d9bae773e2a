// Access units to RTP and back, through the stages of a graph.
import { describe, expect, test } from "vitest";
import { RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { PlainRtpVideo, type RtpAudioPacket, type RtpVideoPacket } from "../../../src/core/stages/rtp-media.js";
import { type H264Format, RtpToH264 } from "../../../src/core/stages/rtp-to-h264.js";
import { RtpToOpus } from "../../../src/core/stages/rtp-to-opus.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import type { EncodedAudioPacket, EncodedVideoPacket } from "../../../src/core/stream/media-packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { policePackets } from "../../../src/core/stream/policing.js";
import { accessUnit } from "../../sim/access-unit.js";
import { fnv1a } from "../kernel/fnv1a.js";
import { writeSps } from "../payload/h264/bit-writer.js";
import { rtpVideo, senders } from "./rtp-rig.js";

function picture(index: number, isKey = false): PlainEncodedVideo {
  const data = accessUnit({ isKey, pictureBytes: 5000, seed: index + 1 });
  return new PlainEncodedVideo({ codec: "h264", data, isKey, timeUs: index * 40_000 });
}

/** 20 ms of Opus: configuration 31 (CELT, 20 ms), one frame. */
function sound(index: number): PlainEncodedAudio {
  const data = Uint8Array.of(31 << 3, index, 1, 2, 3);
  return new PlainEncodedAudio({ codec: "opus", data, timeUs: index * 20_000, durationUs: 20_000 });
}

test("pictures and sound come out of the far end as they went in, each stage taking its own", async () => {
  policePackets(true);
  const { video, audio } = await senders();
  const out: string[] = [];
  const toH264 = new RtpToH264();
  const toOpus = new RtpToOpus();
  const stream = new PacketStream<EncodedVideoPacket | EncodedAudioPacket>({ name: "round trip" })
    .via(video)
    .via(audio)
    .via(toH264)
    .via(toOpus)
    .to((packet) => out.push(describePacket(packet)));
  await stream.start();
  const sent = [picture(0, true), sound(0), sound(1), picture(1), sound(2), picture(2)];
  for (const packet of sent) {
    stream.write(packet);
  }
  await stream.close();
  policePackets(false);
  // Media times survive RTP's clock to the tick.
  expect(out).toEqual(sent.map(describePacket));
  expect(video.counters).toEqual({ frames: 3, packets: 16, dropped: 0 });
  expect(audio.counters).toEqual({ frames: 3, packets: 3, dropped: 0 });
  expect(toH264.counters).toMatchObject({ pictures: 3, keyFrames: 1, rtp: { packets: 16, missing: 0, refused: 0 } });
  expect(toOpus.counters).toMatchObject({ frames: 3, malformed: 0, rtp: { packets: 3, restarts: 0 } });
});

test("parameter sets that stand apart arrive in front of their picture", async () => {
  const { video } = await senders();
  const toH264 = new RtpToH264();
  const whole = picture(0, true);
  const { data } = whole;
  const idrAt = data.findIndex((byte, i) => byte === 0 && data[i + 3] === 1 && (data[i + 4] & 0x1f) === 5);
  const apart = new PlainEncodedVideo({
    codec: "h264",
    data: data.subarray(idrAt),
    parameterSets: data.subarray(0, idrAt),
    isKey: true,
    timeUs: 0,
  });
  const out: string[] = [];
  video.process(apart, (packet) => toH264.process(packet, (came) => out.push(describePacket(came))));
  expect([idrAt > 0, out]).toEqual([true, [describePacket(whole)]]);
});

function describePacket(packet: EncodedVideoPacket | EncodedAudioPacket): string {
  return `${packet.kind.name} ${packet.codec} ${packet.timeUs} ${packet.byteLength} ${fnv1a(packet.data)}`;
}

describe("the packetizing stages", () => {
  test("number and stamp their packets as they were told, markers on the last one (RFC 3550 5.1)", async () => {
    const { video } = await senders({
      ssrc: 9,
      payloadType: 100,
      firstSequenceNumber: 65_535,
      timestampOffset: 2 ** 32 - 1,
    });
    const headers: unknown[] = [];
    video.process(picture(1), ({ data, timeUs }) => {
      const { ssrc, payloadType, sequenceNumber, timestamp, marker } = RtpPacket.parse(data);
      headers.push([ssrc, payloadType, sequenceNumber, timestamp, marker, timeUs]);
    });
    expect(headers).toEqual(
      Array.from({ length: 5 }, (_, i) => [9, 100, (65_535 + i) & 0xffff, 3599, i === 4, 40_000]),
    );
  });

  test("drop and count what is over their limits, and refuse other codecs", async () => {
    const { video, audio } = await senders({ maxAccessUnitBytes: 1000 });
    const emitted: unknown[] = [];
    video.process(picture(1), (packet) => emitted.push(packet));
    audio.process(new PlainEncodedAudio({ ...sound(0), data: new Uint8Array(2000) }), (packet) => emitted.push(packet));
    expect([emitted, video.counters.dropped, audio.counters.dropped]).toEqual([[], 1, 1]);
    const vp8 = new PlainEncodedVideo({ codec: "vp8", data: new Uint8Array(1), isKey: true, timeUs: 0 });
    const pcm = new PlainEncodedAudio({ codec: "pcmu", data: new Uint8Array(1), timeUs: 0, durationUs: 1 });
    expect(() => video.process(vp8, () => {})).toThrow(expect.objectContaining({ code: "stage/codec" }));
    expect(() => audio.process(pcm, () => {})).toThrow(expect.objectContaining({ code: "stage/codec" }));
  });
});

describe("RtpToH264", () => {
  const SLICE = [0x41, 0x9a];

  class Rig {
    readonly log: string[] = [];
    readonly stage: RtpToH264;

    constructor(options: ConstructorParameters<typeof RtpToH264>[0] = {}) {
      this.stage = new RtpToH264({ afterLoss: "go-on", ...options });
      this.stage.pictureDropped.on(({ timeUs, reason }) => this.log.push(`${timeUs} ${reason}`));
      this.stage.keyFrameNeeded.on(() => this.log.push("key!"));
    }

    feed(...packets: RtpVideoPacket[]): string[] {
      for (const packet of packets) {
        this.stage.process(packet, ({ timeUs }) => this.log.push(`${timeUs}`));
      }
      return this.log;
    }
  }

  test("times come from RTP timestamps, from the first packet's own time on, and begin anew with a new source", () => {
    const rig = new Rig();
    rig.feed(
      rtpVideo(1, SLICE, { timestamp: 0xffff_ffff, marker: true, timeUs: 1000 }),
      rtpVideo(2, SLICE, { timestamp: 2999, marker: true, timeUs: 77 }),
      rtpVideo(40_000, SLICE, { timestamp: 5, marker: true, timeUs: 500, ssrc: 7 }),
      rtpVideo(40_001, SLICE, { timestamp: 95, marker: true, timeUs: 500, ssrc: 7 }),
    );
    expect(rig.log).toEqual(["1000", "34333", "500", "1500"]);
    expect(rig.stage.counters.rtp).toMatchObject({ packets: 4, missing: 0, restarts: 1 });
  });

  test("late packets and copies are refused, and a gap is a loss", () => {
    const rig = new Rig({ afterLoss: "wait-for-key" });
    rig.feed(
      rtpVideo(5, SLICE, { timestamp: 0 }),
      rtpVideo(7, SLICE, { timestamp: 0, marker: true }),
      rtpVideo(6, SLICE, { timestamp: 0 }),
      rtpVideo(7, SLICE, { timestamp: 0, marker: true }),
    );
    expect(rig.log).toEqual(["0 incomplete", "key!"]);
    expect(rig.stage.counters.rtp).toMatchObject({ packets: 2, missing: 1, refused: 2 });
  });

  test("other payload types, other sources and padding are passed over, and their numbers are no gap", () => {
    const rig = new Rig({ payloadType: 96, ssrc: 1 });
    rig.feed(
      rtpVideo(1, SLICE, { marker: true }),
      rtpVideo(2, [1], { payloadType: 97 }),
      rtpVideo(3, []),
      rtpVideo(9000, SLICE, { ssrc: 8 }),
      rtpVideo(4, SLICE, { timestamp: 90, marker: true }),
    );
    expect(rig.log).toEqual(["0", "1000"]);
    expect(rig.stage.counters.rtp).toMatchObject({ packets: 2, missing: 0, foreign: 2, padding: 1 });
  });

  test("what was lost around a packet that is passed over is lost all the same", () => {
    const rig = new Rig({ payloadType: 96 });
    rig.feed(rtpVideo(1, SLICE), rtpVideo(3, []), rtpVideo(4, SLICE, { marker: true }));
    expect([rig.log, rig.stage.counters.rtp.missing]).toEqual([["0 incomplete"], 1]);
  });

  test("what is not RTP is counted", () => {
    const rig = new Rig();
    rig.feed(new PlainRtpVideo({ data: Uint8Array.of(1, 2, 3), timeUs: 0 }));
    expect([rig.log, rig.stage.counters.rtp.malformed]).toEqual([[], 1]);
  });

  test("a stop gives up the picture that is under way", () => {
    const rig = new Rig();
    rig.feed(rtpVideo(1, SLICE));
    rig.stage.stop();
    expect(rig.log).toEqual(["0 incomplete"]);
  });

  test("the format is told before the first key frame and when it changes, not when it is repeated", () => {
    const stage = new RtpToH264();
    const log: (H264Format | string)[] = [];
    stage.formatChanged.on((format) => log.push(format));
    let sequenceNumber = 0;
    const key = (sps: readonly number[]): void => {
      for (const [i, nal] of [sps, [0x68, 0xce, 0x3c, 0x80], [0x65, 0x88]].entries()) {
        stage.process(rtpVideo(++sequenceNumber, nal, { timestamp: sequenceNumber, marker: i === 2 }), () =>
          log.push("key"),
        );
      }
    };
    const small = [...writeSps({ widthMacroblocks: 20, heightMacroblocks: 10 })];
    const large = [...writeSps({ widthMacroblocks: 40, heightMacroblocks: 20 })];
    key(small);
    key(small);
    key(large);
    const codec = `avc1.${small
      .slice(1, 4)
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("")}`;
    expect(log).toEqual([{ width: 320, height: 160, codec }, "key", "key", { width: 640, height: 320, codec }, "key"]);
  });
});

test("RtpToOpus hands on what is there and counts what is no Opus", async () => {
  const { audio } = await senders();
  const stage = new RtpToOpus();
  const packets: RtpAudioPacket[] = [];
  for (const index of [0, 1, 2, 3]) {
    audio.process(sound(index), (packet) => packets.push(packet.clone() as RtpAudioPacket));
  }
  // Configuration 0 with a count of 63 frames is longer than any packet may be.
  packets[2].data.set([3, 63], 12);
  const out: string[] = [];
  for (const packet of [packets[0], packets[2], packets[3], packets[3]]) {
    stage.process(packet, ({ timeUs, durationUs, data }) => out.push(`${timeUs} ${durationUs} ${data[1]}`));
  }
  expect(out).toEqual(["0 20000 0", "60000 20000 3"]);
  expect(stage.counters).toMatchObject({ frames: 2, malformed: 1, rtp: { packets: 3, missing: 1, refused: 1 } });
});
