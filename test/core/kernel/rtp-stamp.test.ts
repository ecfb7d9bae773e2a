import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../src/core/bytes/hex.js";
import { Arena, type Region } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { RtpStamper } from "../../../src/core/kernel/rtp-stamp.js";
import { SlotFlags, SlotRing } from "../../../src/core/kernel/slot-ring.js";
import vectors from "../../vectors/rtp.json" with { type: "json" };
import { createBench, MEMORY_KINDS } from "./memories.js";

const HEADER = { ssrc: 0x11223344, sequenceNumber: 1000, timestamp: 0xfffffff0, payloadType: 108 };

for (const kind of ["wasm", "twin"] as const) {
  for (const { name, shared } of MEMORY_KINDS) {
    describe(`RTP stamping by ${kind} on ${name} memory`, async () => {
      const { arena, kernels } = await createBench(shared, kind);
      const ring = new SlotRing(arena, { name: "video", slotCount: 16 });
      const stamper = new RtpStamper({ kernels, arena });
      const block = arena.reserve("extension", 116);

      function extension(bytes: Uint8Array): Region {
        arena.memory.bytes.set(bytes, block.address);
        return { ...block, lengthBytes: bytes.length };
      }

      test("writes the published vectors byte for byte (RFC 3550 5.1, RFC 8285 4)", () => {
        // Ours carry no CSRC and no padding; everything else in the header must come out as it stands there.
        const ours = vectors.rtp.filter(
          ({ ok, hex }) => ok === true && (Number.parseInt(hex.slice(0, 2), 16) & 0x2f) === 0,
        );
        expect(ours.length).toBeGreaterThanOrEqual(9);
        for (const vector of ours) {
          const packet = decodeHex(vector.hex);
          const view = new DataView(packet.buffer);
          const octets = view.getUint16(0);
          const extensionBytes = (octets & 0x1000) === 0 ? 0 : 4 + 4 * view.getUint16(14);
          ring.writePayload(3, packet.subarray(12 + extensionBytes), (octets & 0x80) === 0 ? 0 : SlotFlags.marker);
          const header = {
            payloadType: octets & 0x7f,
            sequenceNumber: view.getUint16(2),
            timestamp: view.getUint32(4),
            ssrc: view.getUint32(8),
          };
          stamper.stamp(ring, 3, 1, header, extension(packet.subarray(12, 12 + extensionBytes)));
          expect(encodeHex(ring.packet(3)), vector.name).toBe(vector.hex);
          expect(ring.headerLength(3)).toBe(12 + extensionBytes);
        }
      });

      test("counts sequence numbers and slots up over a batch, round both circles, and takes markers from the flags", () => {
        for (let i = 14; i < 18; i++) {
          ring.writePayload(i, Uint8Array.of(i), i === 17 ? SlotFlags.marker : SlotFlags.first);
        }
        stamper.stamp(ring, 14, 4, { ...HEADER, sequenceNumber: 65_534 });
        expect([14, 15, 16, 17].map((i) => encodeHex(ring.packet(i)))).toEqual([
          "806cfffefffffff0112233440e",
          "806cfffffffffff0112233440f",
          "806c0000fffffff01122334410",
          "80ec0001fffffff01122334411",
        ]);
      });

      test("stamping again for another viewer replaces the header and leaves the payload", () => {
        ring.writePayload(5, Uint8Array.of(1, 2, 3), 0);
        stamper.stamp(ring, 5, 1, HEADER, extension(decodeHex("bede000112000000")));
        expect(encodeHex(ring.packet(5))).toBe("906c03e8fffffff011223344bede000112000000010203");
        stamper.stamp(ring, 5, 1, { ssrc: 7, sequenceNumber: 9, timestamp: 8, payloadType: 0 });
        expect(encodeHex(ring.packet(5))).toBe("800000090000000800000007010203");
      });

      test("nothing to stamp writes nothing", () => {
        ring.writePayload(6, Uint8Array.of(1), 0);
        stamper.stamp(ring, 6, 0, HEADER);
        expect(ring.headerLength(6)).toBe(0);
      });

      test("counts its calls and the header bytes it wrote", () => {
        const before = { ...kernels.counters["rtp-stamp"] } as { calls: number; bytes: number };
        stamper.stamp(ring, 0, 3, HEADER, extension(new Uint8Array(8)));
        expect(kernels.counters["rtp-stamp"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 3 * 20 });
      });

      test("refuses a batch larger than the ring and an extension that does not fit, and writes nothing", () => {
        ring.writePayload(1, Uint8Array.of(1), 0);
        const range = expect.objectContaining({ code: "rtp/stamp-range" });
        expect(() => stamper.stamp(ring, 0, 17, HEADER)).toThrow(range);
        expect(() => stamper.stamp(ring, -1, 1, HEADER)).toThrow(range);
        expect(() => stamper.stamp(ring, 0, 1, { ...HEADER, payloadType: 128 })).toThrow(range);
        for (const lengthBytes of [6, 120, -4, Number.NaN]) {
          expect(() => stamper.stamp(ring, 1, 1, HEADER, { ...block, lengthBytes })).toThrow(range);
        }
        const outside = { name: "outside", address: arena.memory.sizeBytes - 4, lengthBytes: 8 };
        expect(() => stamper.stamp(ring, 1, 1, HEADER, outside)).toThrow(range);
        expect(ring.headerLength(1)).toBe(0);
        expect(arena.isCanaryIntact()).toBe(true);
      });
    });
  }
}

test("a stamper, its kernels and its rings share one arena", async () => {
  const arena = Arena.create({ sizeBytes: 256 * 1024 });
  const other = Arena.create({ sizeBytes: 256 * 1024 });
  const foreign = expect.objectContaining({ code: "kernel/foreign-memory" });
  const kernels = await loadKernels(arena);
  expect(() => new RtpStamper({ kernels, arena: other })).toThrow(foreign);
  const ring = new SlotRing(other, { name: "other", slotCount: 4 });
  expect(() => new RtpStamper({ kernels, arena }).stamp(ring, 0, 1, HEADER)).toThrow(foreign);
});
