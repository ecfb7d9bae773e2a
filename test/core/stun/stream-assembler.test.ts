// Frames out of a stream: whatever the cuts, the same frames (RFC 8656 12.5).
import { describe, expect, test } from "vitest";
import { StreamAssembler } from "../../../src/core/stun/stream-assembler.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawMessage } from "./stun-noise.js";

function channelFrame(random: SeededRandom, lengthBytes: number): Uint8Array {
  const frame = new Uint8Array(4 + ((lengthBytes + 3) & ~3));
  frame.set([0x40 + random.integer(16), random.integer(256), lengthBytes >> 8, lengthBytes]);
  frame.set(random.bytes(lengthBytes), 4);
  return frame;
}

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function cut(assembler: StreamAssembler, segments: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const segment of segments) {
    assembler.feed(segment);
    while (assembler.next()) {
      frames.push(assembler.frame().slice());
    }
  }
  return frames;
}

describe("frames", () => {
  test("come out whole whatever the segments are", () => {
    const random = new SeededRandom(51);
    for (let round = 0; round < 60; round++) {
      const frames = Array.from({ length: 12 }, () =>
        random.integer(2) === 0 ? drawMessage(random, { maxAttributes: 4 }) : channelFrame(random, random.integer(60)),
      );
      const stream = join(frames);
      const segments: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const to = Math.min(stream.length, at + 1 + random.integer(round < 20 ? 3 : 150));
        segments.push(stream.slice(at, to));
        at = to;
      }
      expect(cut(new StreamAssembler(1024), segments)).toEqual(frames);
    }
  });

  test("a frame that is whole in its segment is given without a copy", () => {
    const assembler = new StreamAssembler(1024);
    const segment = channelFrame(new SeededRandom(1), 20);
    assembler.feed(segment);
    expect(assembler.next()).toBe(true);
    expect([assembler.bytes, assembler.at, assembler.lengthBytes]).toEqual([segment, 0, 24]);
    expect(assembler.bytes).toBe(segment);
  });

  test("ChannelData that is too long is passed over and counted, and the next frame is found", () => {
    const random = new SeededRandom(2);
    const [long, short] = [channelFrame(random, 500), channelFrame(random, 9)];
    for (const size of [1, 3, 7, 100, 1000]) {
      const assembler = new StreamAssembler(128);
      const stream = join([short, long, short, long]);
      const segments = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
        stream.slice(i * size, (i + 1) * size),
      );
      expect(cut(assembler, segments)).toEqual([short, short]);
      expect([assembler.skipped, assembler.isBroken]).toEqual([2, false]);
    }
  });

  test.each([
    ["a first octet of no protocol", [0x80, 0, 0, 0]],
    ["RTP", [0x90, 3, 1, 0]],
    ["a STUN message that is too long", [0, 1, 4, 0]],
    ["a STUN length that is no multiple of 4", [0, 1, 0, 6]],
  ])("%s breaks the stream for good", (_, bytes) => {
    const assembler = new StreamAssembler(256);
    for (const byte of bytes) {
      expect(cut(assembler, [Uint8Array.of(byte)])).toEqual([]);
    }
    expect(assembler.isBroken).toBe(true);
    expect(cut(assembler, [channelFrame(new SeededRandom(1), 4)])).toEqual([]);
  });

  test("what follows a frame in its segment can be had as it is", () => {
    const assembler = new StreamAssembler(256);
    const frame = channelFrame(new SeededRandom(1), 8);
    assembler.feed(join([frame, Uint8Array.of(0xff, 0xfe)]));
    expect(assembler.next()).toBe(true);
    expect(assembler.rest()).toEqual(Uint8Array.of(0xff, 0xfe));
  });

  test("noise never throws and never holds more than one frame", () => {
    const random = new SeededRandom(3);
    for (let round = 0; round < 2000; round++) {
      const assembler = new StreamAssembler(64);
      for (let i = 0; i < 6; i++) {
        for (const frame of cut(assembler, [random.bytes(random.integer(40)).map((byte) => byte & 0x4f)])) {
          expect(frame.length).toBeLessThanOrEqual(64);
        }
      }
    }
  });
});
