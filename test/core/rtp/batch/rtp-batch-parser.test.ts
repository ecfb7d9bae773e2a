import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import type { WireError } from "../../../../src/core/error/floe-error.js";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../../src/core/kernel/load-kernels.js";
import { SlotFlags, SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { RtpBatchParser } from "../../../../src/core/rtp/batch/rtp-batch-parser.js";
import { RtpStatus } from "../../../../src/core/rtp/batch/rtp-record.js";
import { isRtcp, RtpPacket } from "../../../../src/core/rtp/rtp-packet.js";
import { SeededRandom } from "../../../sim/seeded-random.js";
import vectors from "../../../vectors/rtp.json" with { type: "json" };
import { fnv1a } from "../../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../../kernel/memories.js";
import { drawPacket } from "./rtp-noise.js";

const range = expect.objectContaining({ code: "rtp/batch-range" });

/** What RtpPacket says about a packet: a status of ours. */
function statusByPacket(bytes: Uint8Array): number {
  try {
    RtpPacket.parse(bytes);
    return RtpStatus.rtp;
  } catch (error) {
    return RtpStatus[(error as WireError).code.slice("rtp/".length) as keyof typeof RtpStatus];
  }
}

describe.each(KERNEL_SIDES)("a batch parser by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const ring = new SlotRing(arena, { name: "received", slotCount: 64 });
  const parser = new RtpBatchParser({ kernels, arena, ring });
  for (const [id, column] of [
    [1, 0],
    [2, 1],
    [4, 3],
    [6, 7],
  ] as const) {
    parser.setColumn(id, column);
  }

  function parse(packets: readonly Uint8Array[], firstIndex = 0): number {
    for (const [i, packet] of packets.entries()) {
      ring.writePayload(firstIndex + i, packet, 0);
    }
    return parser.parse(firstIndex, packets.length);
  }

  test.each(vectors.rtp)("reads the published vector $name (RFC 3550, RFC 8285)", (vector) => {
    const bytes = decodeHex(vector.hex);
    expect(parse([bytes], 5)).toBe(vector.ok === true ? 1 : 0);
    if (vector.ok === "rtcp") {
      expect([parser.status(0), parser.ssrc(0)]).toEqual([RtpStatus.rtcp, 1]);
    } else if (vector.ok === false) {
      expect(parser.status(0)).toBe(statusByPacket(bytes));
      expect(encodeHex(ring.packet(5))).toBe(vector.hex);
    } else {
      const facts: [unknown, unknown][] = [
        [vector.marker, parser.marker(0)],
        [vector.pt, parser.payloadType(0)],
        [vector.seq, parser.sequenceNumber(0)],
        [vector.ts, parser.timestamp(0)],
        [vector.ssrc, parser.ssrc(0)],
        [vector.csrc?.length, parser.csrcCount(0)],
        [vector.payloadLength, ring.payloadLength(5)],
        [vector.paddingLength, parser.paddingLength(0)],
        [vector.extensions?.["1"], parser.extension(0, 0) && encodeHex(parser.extension(0, 0) as Uint8Array)],
      ];
      for (const [expected, actual] of facts.filter(([wanted]) => wanted !== undefined)) {
        expect(actual).toEqual(expected);
      }
    }
  });

  test("agrees with RtpPacket about noise: what is refused and why, and every field of what is not", () => {
    const random = new SeededRandom(41);
    for (let round = 0; round < 10; round++) {
      const packets = Array.from({ length: 64 }, () => drawPacket(random));
      const first = random.integer(1000);
      parse(packets, first);
      for (const [i, bytes] of packets.entries()) {
        if (isRtcp(bytes)) {
          expect([RtpStatus.rtcp, RtpStatus.version, RtpStatus.rtcpLength]).toContain(parser.status(i));
          continue;
        }
        expect(parser.status(i)).toBe(statusByPacket(bytes));
        if (parser.status(i) !== RtpStatus.rtp) {
          expect(encodeHex(ring.packet(first + i))).toBe(encodeHex(bytes));
          continue;
        }
        const packet = RtpPacket.parse(bytes);
        expect([parser.sequenceNumber(i), parser.timestamp(i), parser.ssrc(i), parser.payloadType(i)]).toEqual([
          packet.sequenceNumber,
          packet.timestamp,
          packet.ssrc,
          packet.payloadType,
        ]);
        expect([parser.marker(i), parser.csrcCount(i), parser.paddingLength(i)]).toEqual([
          packet.marker,
          packet.csrcs.length,
          packet.paddingLengthBytes,
        ]);
        expect(ring.headerLength(first + i)).toBe(packet.headerLengthBytes);
        expect(ring.flags(first + i)).toBe(packet.marker ? SlotFlags.marker : 0);
        expect(encodeHex(ring.payload(first + i))).toBe(encodeHex(packet.payload));
        for (const [id, column] of [
          [1, 0],
          [2, 1],
          [4, 3],
          [6, 7],
        ] as const) {
          expect(parser.extension(i, column)).toEqual(packet.extension(id));
        }
        expect(parser.extension(i, 2)).toBeUndefined();
      }
    }
  });

  test("tells RTCP apart and checks that its lengths add up (RFC 5761 4, RFC 3550 A.2)", () => {
    const compounds = [
      "80c9000100000007",
      "80c900010000000781cb00010000000a",
      "81cb000000", // one byte more than the lengths say
      "80c9000200000007", // a length past the end
      "80c90001000000070000000a", // what follows is no packet
      "00c9000100000007",
      "80c900",
    ];
    expect(parse(compounds.map(decodeHex))).toBe(0);
    const { rtcp, rtcpLength, version } = RtpStatus;
    expect(compounds.map((_, i) => parser.status(i))).toEqual([
      ...[rtcp, rtcp, rtcpLength, rtcpLength],
      ...[rtcpLength, version, rtcpLength],
    ]);
    expect([parser.ssrc(0), parser.ssrc(1), encodeHex(ring.payload(1))]).toEqual([7, 7, compounds[1]]);
    expect([parser.countOf(rtcp), parser.countOf(rtcpLength), parser.countOf(version)]).toEqual([2, 4, 1]);
  });

  test("an element with id 0 and a length ends the block (RFC 8285 4.2)", () => {
    const packet = decodeHex("906000010000000200000003bede000210aa02bbbbbb20cc");
    parse([packet]);
    expect(parser.extension(0, 0)).toEqual(Uint8Array.of(0xaa));
    expect(parser.extension(0, 1)).toBeUndefined();
    expect(RtpPacket.parse(packet).extension(2)).toBeUndefined();
  });

  test("a column can be given to another id, or to none", () => {
    const packet = decodeHex("906000010000000200000003bede000110aa50bb");
    parser.setColumn(1, undefined);
    parser.setColumn(5, 0);
    parse([packet]);
    expect(parser.extension(0, 0)).toEqual(Uint8Array.of(0xbb));
    expect(parser.extensionAddress(0, 0)).toBe(ring.slotAddress(0) + 128 + 19);
    parser.setColumn(5, undefined);
    parser.setColumn(1, 0);
  });

  test("counts its calls", () => {
    const before = { ...kernels.counters["rtp-parse"] } as { calls: number; bytes: number };
    parse([decodeHex("806000010000000200000003"), new Uint8Array()]);
    expect(kernels.counters["rtp-parse"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 128 });
    expect([parser.count, parser.countOf(RtpStatus.rtp), parser.countOf(RtpStatus.short)]).toEqual([2, 1, 1]);
  });

  test("refuses batches, columns and records that cannot be, and writes nothing", () => {
    parse([decodeHex("806000010000000200000003")]);
    const before = fnv1a(arena.memory.bytes);
    for (const [first, count] of [
      [0, 65],
      [0, -1],
      [-1, 1],
      [0, 1.5],
      [0, Number.NaN],
      [Number.NaN, 1],
    ] as const) {
      expect(() => parser.parse(first, count)).toThrow(range);
    }
    for (const [id, column] of [
      [0, 0],
      [256, 0],
      [1.5, 0],
      [1, 8],
      [1, -1],
    ] as const) {
      expect(() => parser.setColumn(id, column)).toThrow(range);
    }
    for (const i of [-1, 1, Number.NaN]) {
      expect(() => parser.ssrc(i)).toThrow(range);
    }
    expect(fnv1a(arena.memory.bytes)).toBe(before);
    expect(parser.count).toBe(1);
  });
});

test("a parser, its kernels and its ring share one arena, and a batch fits the ring", async () => {
  const arena = Arena.create({ sizeBytes: 256 * 1024 });
  const other = Arena.create({ sizeBytes: 256 * 1024 });
  const kernels = await loadKernels(arena);
  const ring = new SlotRing(arena, { name: "ring", slotCount: 4 });
  const foreign = expect.objectContaining({ code: "kernel/foreign-memory" });
  expect(() => new RtpBatchParser({ kernels, arena: other, ring })).toThrow(foreign);
  const strange = new SlotRing(other, { name: "other", slotCount: 4 });
  expect(() => new RtpBatchParser({ kernels, arena, ring: strange })).toThrow(foreign);
  for (const maxBatch of [0, 5, 1.5, Number.NaN]) {
    expect(() => new RtpBatchParser({ kernels, arena, ring, maxBatch })).toThrow(range);
  }
});
