// The kernels of the receive side against their twins: the same packets in, the same records, slots and answers out.
import { describe, expect, test } from "vitest";
import { SLOT_PAYLOAD_BYTES, SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { RTP_PARSE } from "../../../src/core/rtp/batch/rtp-parse-twin.js";
import { RECORD_BYTES, RECORD_HEAD_BYTES } from "../../../src/core/rtp/batch/rtp-record.js";
import { RTP_REWRITE } from "../../../src/core/rtp/batch/rtp-rewrite-twin.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawPacket, drawRtp } from "../rtp/batch/rtp-noise.js";
import { type Bench, MEMORY_KINDS } from "./memories.js";
import { createTwinPair } from "./twin-pair.js";

const SLOT_COUNT = 64;

function build({ arena, kernels }: Bench) {
  const columns = arena.reserve("columns", 256);
  arena.bytesOf(columns).fill(255);
  arena.bytesOf(columns).set([9, 0, 3, 7, 255, 1, 8], 0);
  return {
    arena,
    ring: new SlotRing(arena, { name: "ring", slotCount: SLOT_COUNT }),
    columns: columns.address,
    table: arena.reserve("table", RECORD_HEAD_BYTES + SLOT_COUNT * RECORD_BYTES).address,
    maps: arena.reserve("maps", 136),
    ...kernels.bind(RTP_PARSE),
    ...kernels.bind(RTP_REWRITE),
  };
}

describe.each(MEMORY_KINDS)("kernels and twins of the receive side on $name memory", async ({ shared }) => {
  const { both, expectSameMemory } = await createTwinPair(shared, build);

  function parseBoth(packets: readonly Uint8Array[], firstSlot: number, strip: number): number {
    return both(({ ring, parse, table, columns }) => {
      for (const [i, packet] of packets.entries()) {
        ring.writePayload(firstSlot + i, packet, 0);
      }
      return parse(ring.descriptorsAddress, SLOT_COUNT, firstSlot, packets.length, table, columns, strip);
    });
  }

  test("rtp-parse: batches of every size, well-formed and broken packets, with and without stripping", () => {
    const random = new SeededRandom(31);
    for (let round = 0; round < 130; round++) {
      const packets = Array.from({ length: round % (SLOT_COUNT + 1) }, () => drawPacket(random));
      parseBoth(packets, random.integer(SLOT_COUNT), round & 1);
      expectSameMemory();
    }
  });

  test("rtp-parse: a packet with every part, cut at every length from 0 to its own", () => {
    const random = new SeededRandom(32);
    for (let round = 0; round < 12; round++) {
      const packet = drawRtp(random, 60);
      for (let length = 0; length <= packet.length; length++) {
        parseBoth([packet.subarray(0, length)], random.integer(SLOT_COUNT), round & 1);
      }
      expectSameMemory();
    }
  });

  test("rtp-parse: every value of every byte of a header with an extension", () => {
    const packet = Uint8Array.from([
      ...[0xb1, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4],
      ...[0xbe, 0xde, 0, 2, 0x10, 7, 0x21, 8, 9, 0x30, 5, 0],
      ...[1, 2, 3, 1],
    ]);
    for (let at = 0; at < packet.length; at++) {
      for (let value = 0; value < 256; value++) {
        const changed = packet.slice();
        changed[at] = value;
        parseBoth([changed], value & 63, at & 1);
      }
      expectSameMemory();
    }
  });

  test("rtp-parse, rtp-rewrite: packets of one shape, some with one byte changed, two streams in turn", () => {
    const random = new SeededRandom(34);
    const shapes = [
      [0x90, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 3, 0x12, 0, 0, 0, 0x21, 0, 0, 0x40, 0, 0, 0, 0, 9, 9],
      [0x90, 0x6c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x10, 0, 0, 3, 1, 2, 0, 0, 0, 5, 1, 0, 2, 2, 0, 0],
      [0x80, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6],
      [0x81, 0x6c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 7, 1, 2],
      [0x80, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6],
      [0x91, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0xab, 0xcd, 0, 1, 4, 3, 2, 1],
    ];
    for (let round = 0; round < 240; round++) {
      const one = shapes[round % shapes.length] as number[];
      const other = round % 4 === 0 ? (shapes[random.integer(shapes.length)] as number[]) : one;
      const packets = Array.from({ length: 1 + (round % SLOT_COUNT) }, (_, i) => {
        const packet = Uint8Array.from(i % 3 === 0 ? other : one);
        packet.set(random.bytes(6), 2);
        if (random.integer(5) === 0) {
          packet[random.integer(packet.length)] = random.integer(256);
        }
        if (random.integer(4) === 0) {
          packet[1] = (packet[1] as number) ^ 0x80;
        }
        return random.integer(20) === 0 ? packet.subarray(0, random.integer(packet.length)) : packet;
      });
      parseBoth(packets, random.integer(SLOT_COUNT), round & 1);
      const maps = Uint8Array.from({ length: 136 }, (_, at) => (at < 128 ? at : 1 + (at % 14)));
      both((side) => {
        side.arena.bytesOf(side.maps).set(maps);
        const records = side.table + RECORD_HEAD_BYTES;
        return side.rewrite(records, packets.length, 1, 77, 7, 90, side.maps.address);
      });
      expectSameMemory();
    }
  });

  test("rtp-parse: the largest packet, and extensions that fill it", () => {
    for (const fill of [0, 0x10, 0x1f, 0x71]) {
      const packet = new Uint8Array(SLOT_PAYLOAD_BYTES).fill(fill);
      packet.set([0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 1, 0xdc]);
      for (const strip of [0, 1]) {
        expect(parseBoth([packet], 63, strip)).toBe(1);
        expectSameMemory();
      }
    }
  });

  test("rtp-rewrite: one receiver after another, batches of every size, packets left out", () => {
    const random = new SeededRandom(33);
    for (let round = 0; round < 130; round++) {
      const count = round % (SLOT_COUNT + 1);
      parseBoth(
        Array.from({ length: count }, () => drawPacket(random)),
        random.integer(SLOT_COUNT),
        1,
      );
      for (let receiver = 0; receiver < 3; receiver++) {
        const maps = random.bytes(136).map((byte, at) => (at < 128 ? byte : 1 + (byte % 14)));
        const [sourceSsrc, ssrc] = [random.integer(3), random.integer(2 ** 32)];
        const [sequenceDelta, timestampDelta] = [random.integer(2 ** 17) - 2 ** 16, random.integer(2 ** 33) - 2 ** 32];
        both((side) => {
          side.arena.bytesOf(side.maps).set(maps);
          const records = side.table + RECORD_HEAD_BYTES;
          return side.rewrite(records, count, sourceSsrc, ssrc, sequenceDelta, timestampDelta, side.maps.address);
        });
      }
      expectSameMemory();
    }
  });
});
