import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { SLOT_PAYLOAD_BYTES, SlotFlags, SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { opusDurationUs } from "../../../../src/core/payload/opus/opus-duration.js";
import { OpusFramer } from "../../../../src/core/payload/opus/opus-framer.js";
import { SeededRandom } from "../../../sim/seeded-random.js";
import { fnv1a } from "../../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../../kernel/memories.js";
import { drawSoundOpus } from "./opus-noise.js";

const range = expect.objectContaining({ code: "opus/batch-range" });

describe.each(KERNEL_SIDES)("Opus framing by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const ring = new SlotRing(arena, { name: "audio", slotCount: 64 });
  const framer = new OpusFramer({ kernels, arena, ring, maxInputBytes: 8192 });

  function give(...packets: readonly Uint8Array[]): void {
    let at = 0;
    for (const [i, packet] of packets.entries()) {
      framer.inputBytes.set(packet, at);
      framer.lengths[i] = packet.length;
      at += packet.length;
    }
  }

  function parse(...packets: readonly Uint8Array[]): number {
    for (const [i, packet] of packets.entries()) {
      ring.writePayload(i, packet, 0);
    }
    return framer.parse(0, packets.length);
  }

  test("tells the frame size of every configuration (RFC 6716 3.1, table 2)", () => {
    const silk = [480, 960, 1920, 2880];
    const expected = [...silk, ...silk, ...silk, 480, 960, 480, 960];
    expected.push(...[0, 1, 2, 3].flatMap(() => [120, 240, 480, 960]));
    for (const [config, samples] of expected.entries()) {
      expect(parse(Uint8Array.of(config << 3, 1))).toBe(1);
      expect([framer.config(0), framer.samples(0), framer.frames(0)]).toEqual([config, samples, 1]);
    }
  });

  test.each([
    ["one frame", "fc010203", { samples: 960, frames: 1, bytes: 3, isStereo: true }],
    ["one frame of nothing: silence that is not sent", "f8", { samples: 960, frames: 1, bytes: 0, isStereo: false }],
    ["two frames of one size", "f901020304", { samples: 1920, frames: 2, bytes: 4, isStereo: false }],
    ["two frames of two sizes", "fa01aabbcc", { samples: 1920, frames: 2, bytes: 3, isStereo: false }],
    ["three frames of one size", "fb03aabbcc", { samples: 2880, frames: 3, bytes: 3, isStereo: false }],
    ["three frames of other sizes", "fb830100aabb", { samples: 2880, frames: 3, bytes: 2, isStereo: false }],
    ["padding at the end", "fb4202aabb0000", { samples: 1920, frames: 2, bytes: 2, isStereo: false }],
  ] as const)("reads %s (RFC 6716 3.2)", (_, hex, { samples, frames, bytes, isStereo }) => {
    expect(parse(decodeHex(hex))).toBe(1);
    expect([framer.samples(0), framer.frames(0), framer.frameBytes(0), framer.isStereo(0)]).toEqual([
      samples,
      frames,
      bytes,
      isStereo,
    ]);
  });

  test.each([
    ["R1, no byte at all", ""],
    ["R2, a frame of 1276 bytes", `fc${"00".repeat(1276)}`],
    ["R3, an odd number of bytes for two equal frames", "f901"],
    ["R4, a first frame longer than what is left", "fa05aabb"],
    ["R4, a length cut in two", "fafc"],
    ["R5, no frame", "fb00"],
    ["R5, more than 120 ms", "1b03000000"],
    ["R6, no second byte", "fb"],
    ["R6, padding longer than the packet", "fb4109aa"],
    ["R6, padding counts without end", "fb41ffff"],
    ["R6, bytes that three frames cannot share", "fb03aabbccdd"],
    ["R7, lengths that run past the end", "fb8309"],
    ["R7, frames longer than what is left", "fb830909aa"],
  ])("refuses what breaks %s (RFC 6716 3.4)", (_, hex) => {
    const packet = decodeHex(hex);
    expect(parse(packet)).toBe(0);
    expect([framer.samples(0), framer.frames(0), framer.frameBytes(0)]).toEqual([0, 0, 0]);
    give(packet);
    ring.setDescriptor(0, 7, SlotFlags.key);
    expect(() => framer.packetize(0, 1)).toThrow(expect.objectContaining({ code: "opus/no-packet" }));
    expect([ring.payloadLength(0), ring.flags(0), framer.count]).toEqual([7, SlotFlags.key, 0]);
  });

  test("comes to the duration that is told by the first bytes", () => {
    const random = new SeededRandom(71);
    for (let round = 0; round < 300; round++) {
      const packet = drawSoundOpus(random);
      parse(packet);
      expect((framer.samples(0) * 125) / 6).toBeCloseTo(opusDurationUs(packet), 6);
    }
  });

  test("puts packets into slots as they are, round the ring, and answers the samples of all (RFC 7587 4.2)", () => {
    const packets = ["fc0102", "f8", "f901020304", "fb03aabbcc"].map(decodeHex);
    give(...packets);
    ring.setDescriptor(62, 0, SlotFlags.marker);
    expect(framer.packetize(62, 4)).toBe(960 + 960 + 1920 + 2880);
    expect([62, 63, 64, 65].map((i) => encodeHex(ring.packet(i)))).toEqual(packets.map(encodeHex));
    expect([62, 63, 64, 65].map((i) => [ring.flags(i), ring.headerLength(i)])).toEqual([0, 1, 2, 3].map(() => [0, 0]));
    expect([0, 1, 2, 3].map((i) => framer.samples(i))).toEqual([960, 960, 1920, 2880]);
    expect(framer.packetize(0, 0)).toBe(0);
  });

  test("counts its calls", () => {
    const before = { ...kernels.counters["opus-frame"] } as { calls: number; bytes: number };
    give(decodeHex("fc0102"));
    framer.packetize(0, 1);
    framer.parse(0, 1);
    expect(kernels.counters["opus-frame"]).toEqual({ calls: before.calls + 2, bytes: before.bytes + 3 + 8 });
  });

  test("refuses batches that cannot be, and writes nothing", async () => {
    give(decodeHex("fc0102"));
    framer.packetize(0, 1);
    const before = fnv1a(arena.memory.bytes);
    for (const [first, count] of [
      [0, 51],
      [0, -1],
      [-1, 1],
      [0, 0.5],
      [0, Number.NaN],
    ] as const) {
      expect(() => framer.packetize(first, count)).toThrow(range);
      expect(() => framer.parse(first, count)).toThrow(range);
    }
    expect(() => framer.samples(1)).toThrow(range);
    expect(() => new OpusFramer({ kernels, arena, ring, maxBatch: 65 })).toThrow(range);
    const foreign = expect.objectContaining({ code: "kernel/foreign-memory" });
    const other = await createBench(shared, kind);
    expect(() => new OpusFramer({ ...other, ring })).toThrow(foreign);
    expect(() => new OpusFramer({ kernels: other.kernels, arena, ring })).toThrow(foreign);
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });

  test("refuses lengths beyond its input and packets beyond a slot", () => {
    framer.lengths.set([8000, 193]);
    expect(() => framer.packetize(0, 2)).toThrow(range);
    framer.lengths[0] = 0xffffffff;
    expect(() => framer.packetize(0, 1)).toThrow(range);
    framer.inputBytes.fill(0);
    framer.inputBytes.set([0xfb, 1]);
    framer.lengths[0] = SLOT_PAYLOAD_BYTES + 1;
    expect(() => framer.packetize(0, 1)).toThrow(expect.objectContaining({ code: "opus/no-packet" }));
  });
});
