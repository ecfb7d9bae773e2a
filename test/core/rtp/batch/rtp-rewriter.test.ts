import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { RtpBatchParser } from "../../../../src/core/rtp/batch/rtp-batch-parser.js";
import { type RtpRewriteMap, RtpRewriter } from "../../../../src/core/rtp/batch/rtp-rewriter.js";
import { RtpPacket } from "../../../../src/core/rtp/rtp-packet.js";
import { SeededRandom } from "../../../sim/seeded-random.js";
import { fnv1a } from "../../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../../kernel/memories.js";
import { drawRtp } from "./rtp-noise.js";

const range = expect.objectContaining({ code: "rtp/rewrite-range" });

describe.each(KERNEL_SIDES)("a rewriter by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const ring = new SlotRing(arena, { name: "received", slotCount: 64 });
  const parser = new RtpBatchParser({ kernels, arena, ring, stripExtensions: true });
  parser.setColumn(1, 0);
  parser.setColumn(3, 1);
  const rewriter = new RtpRewriter({ kernels, arena });
  const map = rewriter.openMap({ hiddenExtensionId: 14 });
  map.setPayloadType(96, 108);
  map.setExtensionId(0, 5);

  function parse(...packets: readonly Uint8Array[]): void {
    for (const [i, packet] of packets.entries()) {
      ring.writePayload(i, packet, 0);
    }
    parser.parse(0, packets.length);
  }

  test("changes SSRC, sequence number, timestamp, payload type and extension ids, and nothing else", () => {
    parse(decodeHex("90e0fffe0000000200000003bede000210aa20bb31ccdd00" + "0102"));
    const change = { sourceSsrc: 3, ssrc: 0x11223344, sequenceDelta: 3, timestampDelta: -4 };
    expect(rewriter.rewrite(parser, 0, 1, change, map)).toBe(1);
    // Id 1 goes out as 5, id 3 under the hidden id, and id 2, which nobody asked for, as padding.
    expect(encodeHex(ring.packet(0))).toBe("90ec0001fffffffe11223344bede000250aa0000e1ccdd00" + "0102");
    expect(parser.sentSequenceNumber(0)).toBe(1);
  });

  test("rewrites the two-byte form (RFC 8285 4.3)", () => {
    parse(decodeHex("906000010000000200000003100000020102aabb02010303" + "ff"));
    rewriter.rewrite(parser, 0, 1, { sourceSsrc: 3, ssrc: 4, sequenceDelta: 0, timestampDelta: 0 }, map);
    expect(encodeHex(ring.packet(0))).toBe("906c00010000000200000004100000020502aabb00000000" + "ff");
  });

  test("leaves padding out, and the padding bit with it", () => {
    parse(decodeHex("a06000010000000200000003aabb00000004"));
    rewriter.rewrite(parser, 0, 1, { sourceSsrc: 3, ssrc: 4, sequenceDelta: 0, timestampDelta: 0 }, map);
    expect(encodeHex(ring.packet(0))).toBe("806c00010000000200000004aabb");
  });

  test("serves one receiver after another from the same batch: each gets what it would have got alone", () => {
    const random = new SeededRandom(51);
    const packets = Array.from({ length: 40 }, () => drawRtp(random, random.integer(400)));
    const maps = [1, 2, 3].map((receiver) => {
      const each = rewriter.openMap({ hiddenExtensionId: 13 });
      each.setPayloadType(96, 90 + receiver);
      each.setPayloadType(108, 100 + receiver);
      each.setExtensionId(1, receiver);
      return each;
    });
    function send(receiver: number): string[] {
      const change = { sourceSsrc: 1, ssrc: receiver, sequenceDelta: 7 * receiver, timestampDelta: -receiver };
      rewriter.rewrite(parser, 0, packets.length, change, maps[receiver] as RtpRewriteMap);
      return packets.flatMap((_, i) =>
        parser.ssrc(i) === 1 && parser.sentSequenceNumber(i) !== undefined ? [encodeHex(ring.packet(i))] : [],
      );
    }
    const alone = [0, 1, 2].map((receiver) => {
      parse(...packets);
      return send(receiver);
    });
    parse(...packets);
    expect([0, 1, 2].map(send)).toEqual(alone);
    expect(alone[0]?.length).toBeGreaterThan(3);
  });

  test("passes over other streams and payload types that the receiver has no number for", () => {
    const packets = ["806000010000000200000003", "806100010000000200000003", "806000010000000200000009"].map(decodeHex);
    parse(...packets);
    const change = { sourceSsrc: 3, ssrc: 4, sequenceDelta: 1, timestampDelta: 0 };
    expect(rewriter.rewrite(parser, 0, 3, change, map)).toBe(1);
    expect([0, 1, 2].map((i) => parser.sentSequenceNumber(i))).toEqual([2, undefined, undefined]);
    expect(RtpPacket.parse(ring.packet(0)).ssrc).toBe(4);
    expect([encodeHex(ring.packet(1)), encodeHex(ring.packet(2))]).toEqual(packets.slice(1).map(encodeHex));
  });

  test("counts its calls and the header bytes it wrote", () => {
    parse(decodeHex("806000010000000200000003"), decodeHex("806000010000000200000009"));
    const before = { ...kernels.counters["rtp-rewrite"] } as { calls: number; bytes: number };
    rewriter.rewrite(parser, 0, 2, { sourceSsrc: 3, ssrc: 4, sequenceDelta: 0, timestampDelta: 0 }, map);
    expect(kernels.counters["rtp-rewrite"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 12 });
  });

  test("refuses packets beyond the batch and numbers out of range, and writes nothing", async () => {
    parse(decodeHex("806000010000000200000003"));
    const change = { sourceSsrc: 3, ssrc: 4, sequenceDelta: 0, timestampDelta: 0 };
    const closed = rewriter.openMap({ hiddenExtensionId: 14 });
    closed.close();
    const before = fnv1a(arena.memory.bytes);
    for (const [first, count] of [
      [0, 2],
      [1, 1],
      [-1, 1],
      [0, -1],
      [0.5, 0.5],
      [0, Number.NaN],
    ] as const) {
      expect(() => rewriter.rewrite(parser, first, count, change, map)).toThrow(range);
    }
    expect(() => rewriter.rewrite(parser, 0, 1, change, closed)).toThrow(range);
    const other = new RtpRewriter(await createBench(shared, kind));
    const otherMap = other.openMap({ hiddenExtensionId: 14 });
    const foreign = expect.objectContaining({ code: "kernel/foreign-memory" });
    expect(() => other.rewrite(parser, 0, 1, change, otherMap)).toThrow(foreign);
    expect(() => rewriter.rewrite(parser, 0, 1, change, otherMap)).toThrow(range);
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });
});

describe("a map", async () => {
  const rewriter = new RtpRewriter({ ...(await createBench(false, "twin")), maxMaps: 2 });

  test("takes payload types of 7 bits, columns 0 to 7 and ids 1 to 14", () => {
    const map = rewriter.openMap({ hiddenExtensionId: 14 });
    for (const refused of [
      () => map.setPayloadType(128, 1),
      () => map.setPayloadType(1, 128),
      () => map.setPayloadType(-1, 1),
      () => map.setPayloadType(1.5, 1),
      () => map.setExtensionId(8, 1),
      () => map.setExtensionId(0, 0),
      () => map.setExtensionId(0, 15),
      () => rewriter.openMap({ hiddenExtensionId: 0 }),
    ]) {
      expect(refused).toThrow(range);
    }
    map.close();
  });

  test("gives its place back when it is closed, once, and is of no use then", () => {
    const map = rewriter.openMap({ hiddenExtensionId: 14 });
    const other = rewriter.openMap({ hiddenExtensionId: 14 });
    const full = expect.objectContaining({ code: "rtp/too-many-maps" });
    expect(() => rewriter.openMap({ hiddenExtensionId: 14 })).toThrow(full);
    map.close();
    map.close();
    expect(() => map.setPayloadType(96, 96)).toThrow(range);
    const next = rewriter.openMap({ hiddenExtensionId: 13 });
    expect(() => rewriter.openMap({ hiddenExtensionId: 14 })).toThrow(full);
    other.close();
    next.close();
  });
});
