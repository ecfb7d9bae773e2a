// The kernels of sound against their twins: every byte of both memories, floats to the bit.
import { describe, expect, test } from "vitest";
import { SLOT_PAYLOAD_BYTES, SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { SAMPLE_FORMAT } from "../../../src/core/media/sample-format-twin.js";
import { OPUS_FRAME } from "../../../src/core/payload/opus/opus-frame-twin.js";
import { BAND_ENERGIES, BAND_WORK_BYTES } from "../../../src/core/speech/band-energies-twin.js";
import { BAND_TABLE_BYTES, writeBandTables } from "../../../src/core/speech/band-tables.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawOpus } from "../payload/opus/opus-noise.js";
import { type Bench, MEMORY_KINDS } from "./memories.js";
import { createTwinPair } from "./twin-pair.js";

const SLOT_COUNT = 64;
const INPUT_BYTES = 64 * 1024;

function build({ arena, kernels }: Bench) {
  const tables = arena.reserve("tables", BAND_TABLE_BYTES);
  writeBandTables(arena.bytesOf(tables));
  return {
    arena,
    ring: new SlotRing(arena, { name: "ring", slotCount: SLOT_COUNT }),
    input: arena.reserve("input", INPUT_BYTES).address,
    output: arena.reserve("output", INPUT_BYTES).address,
    tables: tables.address,
    work: arena.reserve("work", BAND_WORK_BYTES).address,
    opus: kernels.bind(OPUS_FRAME),
    ...kernels.bind(SAMPLE_FORMAT),
    ...kernels.bind(BAND_ENERGIES),
  };
}

describe.each(MEMORY_KINDS)("sound kernels and their twins on $name memory", async ({ shared }) => {
  const { sides, both, expectSameMemory } = await createTwinPair(shared, build);
  const random = new SeededRandom(81);

  function setInput(bytes: Uint8Array): void {
    for (const { arena, input } of sides) {
      arena.memory.bytes.set(bytes, input);
    }
  }

  test("sample-format: every s16 there is, and every count from 0 to 40", () => {
    setInput(new Uint8Array(Int16Array.from({ length: 32_768 }, (_, i) => 2 * i - 32_768).buffer));
    both(({ s16ToF32, input, output }) => s16ToF32(input, output, 16_384));
    expectSameMemory();
    setInput(new Uint8Array(Int16Array.from({ length: 16_384 }, (_, i) => 4 * i - 32_767).buffer));
    both(({ s16ToF32, input, output }) => s16ToF32(input, output, 16_384));
    expectSameMemory();
    for (let count = 0; count <= 40; count++) {
      both(({ s16ToF32, input, output }) => s16ToF32(input + 2 * (count % 7), output, count));
      expectSameMemory();
    }
  });

  test("sample-format: floats of every bit pattern, halves, edges, and every count from 0 to 40", () => {
    setInput(random.bytes(INPUT_BYTES));
    both(({ f32ToS16, input, output }) => f32ToS16(input, output, INPUT_BYTES / 4));
    expectSameMemory();
    const edges = [0, -0, 1, -1, 32_767 / 32_768, 32_766.5 / 32_768, -32_768.5 / 32_768, 1e30, -1e30, 1e-45];
    edges.push(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const halves = Array.from({ length: 8000 }, (_, i) => (i - 4000 + 0.5) / 32_768);
    setInput(new Uint8Array(Float32Array.from([...edges, ...halves]).buffer));
    both(({ f32ToS16, input, output }) => f32ToS16(input, output, edges.length + halves.length));
    expectSameMemory();
    for (let count = 0; count <= 40; count++) {
      both(({ f32ToS16, input, output }) => f32ToS16(input + 4 * (count % 5), output + 2 * (count % 3), count));
      expectSameMemory();
    }
  });

  test("band-energies: noise, silence, full scale and single samples, batches of every size from every even address", () => {
    const sounds = [
      random.bytes(INPUT_BYTES),
      new Uint8Array(INPUT_BYTES),
      new Uint8Array(new Int16Array(INPUT_BYTES / 2).fill(-32_768).buffer),
      new Uint8Array(Int16Array.from({ length: INPUT_BYTES / 2 }, (_, i) => (i & 4 ? 32_767 : -32_768)).buffer),
      new Uint8Array(Int16Array.from({ length: INPUT_BYTES / 2 }, (_, i) => (i % 700 === 400 ? -1 : 0)).buffer),
    ];
    for (const sound of sounds) {
      setInput(sound);
      for (let round = 0; round < 60; round++) {
        both(({ energies, input, output, tables, work }) =>
          energies(input + 2 * (round % 13), round % 30, tables, work, output + 4 * (round % 4)),
        );
        expectSameMemory();
      }
    }
  });

  test("opus-frame: sound and broken packets in slots, batches of every size", () => {
    for (let round = 0; round < 200; round++) {
      const packets = Array.from({ length: round % (SLOT_COUNT + 1) }, () => drawOpus(random));
      const firstSlot = random.integer(SLOT_COUNT);
      both(({ ring, opus, output }) => {
        for (const [i, packet] of packets.entries()) {
          ring.writePayload(firstSlot + i, packet.subarray(0, SLOT_PAYLOAD_BYTES), 0);
        }
        return opus.parse(ring.descriptorsAddress, SLOT_COUNT, firstSlot, packets.length, output);
      });
      expectSameMemory();
    }
  });

  test("opus-frame: every first and second byte before a body of every small length", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second += 1 + (first & 3 ? 0 : 31)) {
        const body = random.bytes((first + second) % 23);
        both(({ ring, opus, output }) => {
          ring.writePayload(second, Uint8Array.from([first, second, ...body]), 0);
          return opus.parse(ring.descriptorsAddress, SLOT_COUNT, second & 63, 1, output + 8 * (second & 63));
        });
      }
      expectSameMemory();
    }
  });

  test("opus-frame: packets into slots, batches of every size, with and without one that breaks a rule", () => {
    let whole = 0;
    for (let round = 0; round < 200; round++) {
      const packets: Uint8Array[] = [];
      for (let left = round % 40; left > 0; left--) {
        packets.push(
          round % 3 === 0 ? drawOpus(random) : Uint8Array.from([0xfc, ...random.bytes(random.integer(200))]),
        );
      }
      const firstSlot = random.integer(SLOT_COUNT);
      const samples = both(({ arena, ring, opus, input, output }) => {
        let at = input;
        for (const [i, packet] of packets.entries()) {
          arena.memory.bytes.set(packet, at);
          arena.memory.view.setUint32(output + 1024 + 4 * i, packet.length, true);
          at += packet.length;
        }
        const { slotsAddress, descriptorsAddress } = ring;
        const lengths = output + 1024;
        return opus.packetize(input, lengths, packets.length, slotsAddress, descriptorsAddress, 64, firstSlot, output);
      });
      whole += samples > 0 ? 1 : 0;
      expectSameMemory();
    }
    expect(whole).toBeGreaterThan(100);
  });
});
