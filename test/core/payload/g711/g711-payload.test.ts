import { expect, test } from "vitest";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { g711PayloadWriter, splitG711 } from "../../../../src/core/payload/g711/g711-payload.js";
import { SeededRandom } from "../../../sim/seeded-random.js";

test("a run of samples is one payload, byte for byte, without a marker (RFC 3551 4.5.14)", () => {
  const slots = new SlotRing(Arena.create({ sizeBytes: 131_072 }), { name: "test", slotCount: 4 });
  const writer = g711PayloadWriter(slots);
  const samples = new SeededRandom(3).bytes(160);
  expect(writer.write(samples, 0)).toEqual({ packetCount: 1, isKey: true });
  expect(slots.payload(0)).toEqual(samples);
  expect(slots.flags(0)).toBe(0);
  expect(() => writer.write(new Uint8Array(4096), 1)).toThrow(expect.objectContaining({ code: "g711/too-large" }));
});

test("a long run becomes pieces of at most 120 ms, each with the time of its first sample, and nothing is lost", () => {
  const samples = new SeededRandom(4).bytes(4096);
  const pieces: { timeUs: number; bytes: number[] }[] = [];
  splitG711(samples, 1_000_000, (data, timeUs) => pieces.push({ timeUs, bytes: [...data] }));
  expect(pieces.map(({ timeUs }) => timeUs)).toEqual([1_000_000, 1_120_000, 1_240_000, 1_360_000, 1_480_000]);
  expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBe(960);
  expect(pieces.flatMap(({ bytes }) => bytes)).toEqual([...samples]);
});

test("a short run is handed on as it is, an empty one not at all", () => {
  const samples = new Uint8Array(160);
  const pieces: Uint8Array[] = [];
  splitG711(samples, 0, (data) => pieces.push(data));
  splitG711(new Uint8Array(0), 0, (data) => pieces.push(data));
  expect(pieces).toEqual([samples]);
  expect(pieces[0]).toBe(samples);
});
