import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PlainRtpAudio, PlainRtpVideo } from "../../../src/core/stages/rtp-media.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import { PlainAudioFrame, PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../../src/core/stream/media-packet.js";
import { AnyPacket, definePacket, type Packet, PacketFlags } from "../../../src/core/stream/packet.js";
import { POISON, policePackets } from "../../../src/core/stream/policing.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { bytesOf, textOf } from "./kit.js";

describe("what packets own", () => {
  test("a borrowed raw packet sees later writes, a copied one does not", () => {
    const bytes = bytesOf("hello");
    const borrowed = RawPacket.borrow(bytes);
    const copied = RawPacket.copy(bytes);
    bytes.fill(120);
    expect([textOf(borrowed), borrowed.ownsData]).toEqual(["xxxxx", false]);
    expect([textOf(copied), copied.ownsData]).toEqual(["hello", true]);
  });

  test("a clone is independent and keeps flags and time", () => {
    const bytes = bytesOf("hello");
    const clone = RawPacket.borrow(bytes, { timeUs: 7, flags: PacketFlags.noModify }).clone();
    bytes.fill(120);
    expect(clone).toMatchObject({ timeUs: 7, flags: PacketFlags.noModify, byteLength: 5, ownsData: true });
    expect(textOf(clone)).toBe("hello");
  });

  test("clones of media packets own every plane", () => {
    const data = new Uint8Array([1, 2, 3]);
    const planes = [new Uint8Array([1, 2]), new Uint8Array([3])];
    const originals = [
      new PlainEncodedVideo({ codec: "h264", data, isKey: true, timeUs: 5, durationUs: 6 }),
      new PlainEncodedAudio({ codec: "opus", data, timeUs: 5, durationUs: 20_000 }),
      new PlainVideoFrame({ width: 2, height: 1, format: "i420", planes, strides: [2, 1], timeUs: 5 }),
      new PlainAudioFrame({
        sampleRateHz: 48_000,
        channels: 2,
        sampleCount: 1,
        format: "f32-planar",
        planes,
        timeUs: 5,
      }),
    ];
    const clones = originals.map((packet) => packet.clone());
    const before = JSON.stringify(clones);
    data.fill(0);
    for (const plane of planes) {
      plane.fill(0);
    }
    expect(JSON.stringify(clones)).toBe(before);
    expect(clones.map(({ byteLength, timeUs, ownsData }) => [byteLength, timeUs, ownsData])).toEqual(
      new Array(4).fill([3, 5, true]),
    );
    expect(clones.map(({ kind }) => kind)).toEqual([EncodedVideo, EncodedAudio, VideoFrame, AudioFrame]);
  });

  test("a flag packet is only its flags", () => {
    expect(FlagPacket.final()).toMatchObject({ flags: PacketFlags.final, byteLength: 0 });
    expect(FlagPacket.final().clone()).toEqual(FlagPacket.final());
  });
});

describe("the fields that a graph reads", () => {
  test("come first and in one order in every packet with data, so that an engine reads them in one way", () => {
    const data = new Uint8Array(1);
    const packets: readonly Packet[] = [
      RawPacket.borrow(data),
      new PlainEncodedVideo({ codec: "h264", data, isKey: true, timeUs: 0 }),
      new PlainEncodedAudio({ codec: "opus", data, timeUs: 0, durationUs: 0 }),
      new PlainRtpVideo({ data, timeUs: 0 }),
      new PlainRtpAudio({ data, timeUs: 0 }),
    ];
    for (const packet of packets) {
      expect(Object.keys(packet).slice(0, 5)).toEqual(["kind", "flags", "timeUs", "byteLength", "data"]);
    }
  });
});

describe("kinds", () => {
  test("two kinds are the same only when they are the same object", () => {
    const one = definePacket<Packet>("same");
    const other = definePacket<Packet>("same");
    const packet: Packet = { kind: one, flags: 0, timeUs: 0, byteLength: 0, clone: () => packet };
    expect([one.is(packet), other.is(packet), AnyPacket.is(packet)]).toEqual([true, false, true]);
  });
});

describe("policing", () => {
  beforeEach(() => policePackets(true));
  afterEach(() => policePackets(false));

  test("every field of a released packet throws, and the bytes that it owned read poison", () => {
    const packet = RawPacket.copy(bytesOf("secret"));
    const escaped = packet.data;
    packet.release();
    for (const field of ["kind", "flags", "timeUs", "byteLength", "data", "ownsData"] as const) {
      expect(() => packet[field], field).toThrow(expect.objectContaining({ code: "packet/released" }));
    }
    expect([...escaped]).toEqual(new Array(6).fill(POISON));
  });

  test("bytes that were only lent are left alone", () => {
    const bytes = bytesOf("lent");
    RawPacket.borrow(bytes).release();
    expect(bytes).toEqual(bytesOf("lent"));
  });

  test("a second release is quiet", () => {
    const planes = [new Uint8Array(2)];
    const released = [
      RawPacket.copy(bytesOf("a")),
      new PlainEncodedVideo({ codec: "vp8", data: new Uint8Array(1), isKey: true, timeUs: 0, ownsData: true }),
      new PlainEncodedAudio({ codec: "opus", data: new Uint8Array(1), timeUs: 0, durationUs: 0, ownsData: true }),
      new PlainVideoFrame({ width: 1, height: 1, format: "nv12", planes, strides: [1], timeUs: 0, ownsData: true }),
      new PlainAudioFrame({
        sampleRateHz: 1,
        channels: 1,
        sampleCount: 1,
        format: "s16",
        planes,
        timeUs: 0,
        ownsData: true,
      }),
    ];
    for (const packet of released) {
      packet.release();
      expect(() => packet.release()).not.toThrow();
    }
  });

  test("with policing off a release costs nothing and hides nothing", () => {
    policePackets(false);
    const packet = RawPacket.copy(bytesOf("open"));
    packet.release();
    expect(textOf(packet)).toBe("open");
  });
});
