// Each kernel against its twin: two arenas of one layout, the same calls, and then every byte of both is the same.
import { describe, expect, test } from "vitest";
import type { Arena, Region } from "../../../src/core/kernel/arena.js";
import type { Kernels } from "../../../src/core/kernel/kernel.js";
import { RTP_STAMP, type RtpStampCalls } from "../../../src/core/kernel/rtp-stamp-twin.js";
import { SLOT_HEADROOM_BYTES, SLOT_PAYLOAD_BYTES, SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { ANNEXB_SCAN, type AnnexbScanCalls } from "../../../src/core/payload/h264/annexb-scan-twin.js";
import { H264_PACKETIZE, type H264PacketizeCalls } from "../../../src/core/payload/h264/h264-packetize-twin.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { ALPHABETS, drawBytes, drawNalUnit, toAnnexB } from "../payload/h264/annexb-noise.js";
import { createBench, firstDifference, MEMORY_KINDS } from "./memories.js";

const INPUT_BYTES = 64 * 1024;
const TABLE_ENTRIES = 4096;
const SLOT_COUNT = 64;

/** One side: an arena of the common layout and the three kernels' raw calls. */
interface Side {
  readonly arena: Arena;
  readonly ring: SlotRing;
  readonly input: Region;
  readonly table: Region;
  readonly scan: AnnexbScanCalls;
  readonly h264: H264PacketizeCalls;
  readonly rtp: RtpStampCalls;
}

async function createSide(shared: boolean, kind: Kernels["kind"]): Promise<Side> {
  const { arena, kernels } = await createBench(shared, kind);
  return {
    arena,
    input: arena.reserve("input", INPUT_BYTES),
    table: arena.reserve("table", 16 + 8 * TABLE_ENTRIES),
    ring: new SlotRing(arena, { name: "ring", slotCount: SLOT_COUNT }),
    scan: kernels.bind(ANNEXB_SCAN),
    h264: kernels.bind(H264_PACKETIZE),
    rtp: kernels.bind(RTP_STAMP),
  };
}

for (const { name, shared } of MEMORY_KINDS) {
  describe(`kernels and twins on ${name} memory`, async () => {
    const sides = [await createSide(shared, "wasm"), await createSide(shared, "twin")] as const;
    const [wasm, twin] = sides;

    function scanBoth(bytes: Uint8Array, offset: number, capacity: number): number {
      const counts = sides.map((side) => {
        side.arena.memory.bytes.set(bytes, side.input.address + offset);
        return side.scan.scan(side.input.address + offset, bytes.length, side.table.address, capacity);
      });
      expect(counts[0]).toBe(counts[1]);
      return counts[0] as number;
    }

    function packetizeBoth(bytes: Uint8Array, firstSlot: number, maxPayloadBytes: number, maxNalUnits: number): number {
      const counts = sides.map(({ arena, input, table, ring, h264 }) => {
        arena.memory.bytes.set(bytes, input.address);
        return h264.packetize(
          input.address,
          bytes.length,
          table.address,
          maxNalUnits,
          ring.slotsAddress,
          ring.descriptorsAddress,
          SLOT_COUNT,
          firstSlot,
          maxPayloadBytes,
        );
      });
      expect(counts[0]).toBe(counts[1]);
      return counts[0] as number;
    }

    function expectSameMemory(): void {
      expect(firstDifference(wasm.arena, twin.arena)).toBe(-1);
      expect(wasm.arena.isCanaryIntact()).toBe(true);
      expect(twin.arena.isCanaryIntact()).toBe(true);
    }

    test("annexb-scan: a start code at every place of every length is found by both", () => {
      for (let length = 0; length <= 150; length++) {
        const bytes = new Uint8Array(length).fill(0xff);
        for (let at = 0; at + 3 <= length; at++) {
          bytes.set([0, 0, 1], at);
          expect(scanBoth(bytes, 0, 8)).toBe(at + 3 === length ? 0 : 1);
          bytes.set([0xff, 0xff, 0xff], at);
        }
        expectSameMemory();
      }
    });

    test("annexb-scan: noise of every alphabet, every length from 0 to 200, every alignment", () => {
      const random = new SeededRandom(11);
      for (const [, alphabet] of ALPHABETS) {
        for (let length = 0; length <= 200; length++) {
          scanBoth(drawBytes(random, alphabet, length), random.integer(32), TABLE_ENTRIES);
        }
        expectSameMemory();
      }
    });

    test("annexb-scan: large inputs with odd tails, runs of zeros, and full tables", () => {
      const random = new SeededRandom(12);
      for (const [, alphabet] of ALPHABETS) {
        for (let round = 0; round < 12; round++) {
          const bytes = drawBytes(random, alphabet, 4000 + random.integer(9000));
          const runAt = random.integer(2000);
          bytes.fill(0, runAt, runAt + random.integer(1500));
          scanBoth(bytes, random.integer(64), [0, 1, 7, TABLE_ENTRIES][random.integer(4)] as number);
        }
        expectSameMemory();
      }
    });

    test("h264-packetize: noise of every alphabet, every length from 0 to 130 and longer odd tails", () => {
      const random = new SeededRandom(13);
      for (const [, alphabet] of ALPHABETS) {
        for (let length = 0; length <= 130; length++) {
          const bytes = drawBytes(random, alphabet, length);
          packetizeBoth(bytes, random.integer(SLOT_COUNT), 3 + random.integer(40), TABLE_ENTRIES);
        }
        expectSameMemory();
        for (let round = 0; round < 40; round++) {
          const bytes = drawBytes(random, alphabet, random.integer(20_000));
          const maxPayloadBytes = [3, 100, 1200, SLOT_PAYLOAD_BYTES][random.integer(4)] as number;
          packetizeBoth(bytes, random.integer(SLOT_COUNT), maxPayloadBytes, [16, TABLE_ENTRIES][round & 1] as number);
        }
        expectSameMemory();
      }
    });

    test("h264-packetize: well-formed access units around every size where the packet kind changes", () => {
      const random = new SeededRandom(14);
      for (const maxPayloadBytes of [3, 4, 10, 64, 1199, 1200, SLOT_PAYLOAD_BYTES]) {
        for (let size = Math.max(1, maxPayloadBytes - 5); size <= maxPayloadBytes + 5; size++) {
          const types = [9, 7, 8, 8, 13, 6, 1, 5, 12, 15, 0, 24, 28];
          const nalUnits = types.map((type) =>
            drawNalUnit(random, type, random.integer(2) === 0 ? size : 1 + (size >> 2)),
          );
          packetizeBoth(toAnnexB(random, nalUnits, { maxZeros: 40 }), random.integer(SLOT_COUNT), maxPayloadBytes, 64);
          expectSameMemory();
        }
      }
    });

    test("rtp-stamp: every batch size, markers, wrapping slots and sequence numbers, every extension length", () => {
      const random = new SeededRandom(15);
      const extension = random.bytes(116);
      for (const side of sides) {
        side.arena.memory.bytes.set(extension, side.input.address);
      }
      for (let round = 0; round < 300; round++) {
        const index = random.integer(SLOT_COUNT);
        const flags = random.integer(8);
        const length = random.integer(50);
        const count = round % (SLOT_COUNT + 1);
        const firstSlot = random.integer(SLOT_COUNT);
        const [ssrc, timestamp] = [random.integer(2 ** 32), random.integer(2 ** 32)];
        const [sequenceNumber, payloadType] = [random.integer(2 ** 16), random.integer(128)];
        for (const { ring, rtp, input } of sides) {
          ring.setDescriptor(index, length, flags);
          const at = ring.descriptorsAddress;
          const bytes = 4 * (round % 30);
          rtp.stamp(
            at,
            SLOT_COUNT,
            firstSlot,
            count,
            ssrc,
            sequenceNumber,
            timestamp,
            payloadType,
            input.address,
            bytes,
          );
        }
        expectSameMemory();
      }
    });

    test("h264-packetize writes payloads and descriptors, and no byte beside them", () => {
      const random = new SeededRandom(16);
      for (const side of sides) {
        const { ring, arena, input, table, h264 } = side;
        const slots = { name: "slots", address: ring.slotsAddress, lengthBytes: SLOT_COUNT * 2048 };
        for (let round = 0; round < 60; round++) {
          const [, alphabet] = ALPHABETS[round % ALPHABETS.length] as (typeof ALPHABETS)[number];
          const unit = drawNalUnit(random, 1 + random.integer(8), 1 + random.integer(5000));
          const bytes = round % 2 === 0 ? toAnnexB(random, [unit, unit]) : drawBytes(random, alphabet, 5000);
          arena.bytesOf(slots).fill(0xee);
          arena.memory.bytes.set(bytes, input.address);
          const first = random.integer(SLOT_COUNT);
          const args = [ring.slotsAddress, ring.descriptorsAddress, SLOT_COUNT, first, 700] as const;
          const count = h264.packetize(input.address, bytes.length, table.address, TABLE_ENTRIES, ...args);
          const expected = new Uint8Array(slots.lengthBytes).fill(0xee);
          for (let i = first; i < first + count; i++) {
            const at = ring.payloadAddress(i) - ring.slotsAddress;
            expect(at).toBe(ring.slotOf(i) * 2048 + SLOT_HEADROOM_BYTES);
            expect(ring.payloadLength(i)).toBeLessThanOrEqual(700);
            expected.set(ring.payload(i), at);
          }
          expect(arena.bytesOf(slots).every((byte, at) => byte === expected[at])).toBe(true);
        }
        expect(arena.isCanaryIntact()).toBe(true);
      }
    });
  });
}
