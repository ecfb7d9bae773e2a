import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "../../../../src/core/bytes/hex.js";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../../src/core/kernel/load-kernels.js";
import { SlotFlags, SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { H264Depacketizer } from "../../../../src/core/payload/h264/h264-depacketizer.js";
import { H264Packetizer } from "../../../../src/core/payload/h264/h264-packetizer.js";
import { isLeftOut, isParameterSet, nalType } from "../../../../src/core/payload/h264/nal-unit.js";
import { SeededRandom } from "../../../sim/seeded-random.js";
import { createBench, MEMORY_KINDS } from "../../kernel/memories.js";
import { ALPHABETS, drawBytes, drawNalUnit, toAnnexB } from "./annexb-noise.js";

const { marker, key, first } = SlotFlags;

for (const kind of ["wasm", "twin"] as const) {
  for (const { name, shared } of MEMORY_KINDS) {
    describe(`the H.264 packetizer by ${kind} on ${name} memory`, async () => {
      const { arena, kernels } = await createBench(shared, kind, 2 * 1024 * 1024);
      const random = new SeededRandom(3);
      const ring = new SlotRing(arena, { name: "video", slotCount: 64 });
      const small = new H264Packetizer({ kernels, arena, ring, maxPayloadBytes: 10, maxAccessUnitBytes: 4096 });

      /** Payloads in hexadecimal with their flags. */
      function packetize(packetizer: H264Packetizer, bytes: ArrayLike<number>, firstIndex = 0): [string, number][] {
        packetizer.inputBytes.set(bytes);
        const { packetCount } = packetizer.packetize(bytes.length, firstIndex);
        return Array.from({ length: packetCount }, (_, i) => [
          encodeHex(ring.payload(firstIndex + i)),
          ring.flags(firstIndex + i),
        ]);
      }

      test("a small NAL unit is its own payload (RFC 6184 5.6)", () => {
        expect(packetize(small, [0, 0, 0, 1, 0x41, 1, 2, 3])).toEqual([["41010203", first | marker]]);
      });

      test("parameter sets in a row share a STAP-A with the highest NRI (RFC 6184 5.7.1)", () => {
        expect(packetize(small, [0, 0, 1, 0x27, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3])).toEqual([
          ["780002270100026802", first | key],
          ["6503", marker | key],
        ]);
      });

      test("parameter sets that something sent stands between, or that do not fit, go alone", () => {
        expect(packetize(small, [0, 0, 1, 0x67, 1, 0, 0, 1, 0x06, 9, 0, 0, 1, 0x68, 2])).toEqual([
          ["6701", first],
          ["0609", 0],
          ["6802", marker],
        ]);
        expect(packetize(small, [0, 0, 1, 0x67, 1, 1, 1, 1, 0, 0, 1, 0x68, 2, 2])).toEqual([
          ["6701010101", first],
          ["680202", marker],
        ]);
      });

      test("a NAL unit larger than a payload becomes even FU-A fragments (RFC 6184 5.8)", () => {
        const body = Array.from({ length: 17 }, (_, i) => i + 1);
        expect(packetize(small, [0, 0, 1, 0x65, ...body])).toEqual([
          ["7c85010203040506", first | key],
          ["7c050708090a0b0c", key],
          ["7c450d0e0f1011", marker | key],
        ]);
      });

      test("delimiters, filler, and types that mean something else in RTP are left out", () => {
        const types = [9, 12, 0, 24, 28, 31];
        expect(
          packetize(
            small,
            types.flatMap((type) => [0, 0, 1, 0x60 | type, 7]),
          ),
        ).toEqual([]);
        expect(packetize(small, [0, 0, 1, 9, 0x10, 0, 0, 1, 0x41, 1, 0, 0, 1, 12, 0xff, 0x80])).toEqual([
          ["4101", first | marker],
        ]);
      });

      test("an access unit with nothing in it makes no packets", () => {
        for (const bytes of [[], [0, 0, 1], [1, 2, 3, 4, 5], new Uint8Array(500)]) {
          expect(packetize(small, bytes)).toEqual([]);
        }
      });

      test("says what it made of an access unit, in one object that is used again", () => {
        small.inputBytes.set([0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3]);
        const result = small.packetize(15, 0);
        expect(result).toEqual({ packetCount: 2, isKey: true, nalUnitCount: 3, payloadBytes: 11 });
        small.inputBytes.set([0, 0, 1, 0x41, 3]);
        expect(small.packetize(5, 2)).toBe(result);
        expect(result).toEqual({ packetCount: 1, isKey: false, nalUnitCount: 1, payloadBytes: 2 });
      });

      test("packets wrap round the ring and leave the others alone", () => {
        const before = [...ring.payload(63 - 8)];
        packetize(small, [0, 0, 1, 0x41, ...new Array(20).fill(5)], 62);
        expect([ring.slotOf(62), ring.slotOf(64)]).toEqual([62, 0]);
        expect([62, 63, 64].map((i) => ring.flags(i))).toEqual([first, 0, marker]);
        expect([...ring.payload(63 - 8)]).toEqual(before);
      });

      test("an access unit with more packets than slots is refused, and the ring stays as it was", () => {
        const whole = packetize(small, [0, 0, 1, 0x41, ...new Array(8 * 64).fill(5)], 0);
        expect(whole).toHaveLength(64);
        small.inputBytes.set([0, 0, 1, 0x41, ...new Array(8 * 64 + 1).fill(6)]);
        expect(() => small.packetize(8 * 64 + 5, 0)).toThrow(expect.objectContaining({ code: "h264/too-large" }));
        expect(whole).toEqual(whole.map((_, i) => [encodeHex(ring.payload(i)), ring.flags(i)]));
      });

      test("a flood of NAL units is refused, and so are lengths that the input does not have", () => {
        small.inputBytes.fill(0x41);
        for (let at = 0; at < 4096; at += 3) {
          small.inputBytes.set([0, 0, 1], at < 4094 ? at : 0);
        }
        expect(() => small.packetize(4096, 0)).toThrow(expect.objectContaining({ code: "h264/too-many-nal-units" }));
        for (const length of [-1, 4097, Number.NaN]) {
          expect(() => small.packetize(length, 0)).toThrow(expect.objectContaining({ code: "h264/too-large" }));
        }
      });

      test("what goes in comes out of the depacketizer: the same NAL units in the same order", () => {
        const large = new SlotRing(arena, { name: "large", slotCount: 256 });
        const packetizers = [3, 4, 50, 1200, 1920].map((maxPayloadBytes) => {
          const options = { kernels, arena, ring: large, maxAccessUnitBytes: 80 * 1024, maxNalUnits: 64 };
          return {
            maxSize: 16 * (maxPayloadBytes - 2),
            packetizer: new H264Packetizer({ ...options, maxPayloadBytes }),
          };
        });
        const sizes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1190, max: 1210 }), fc.nat(6000));
        const unit = fc.tuple(fc.integer({ min: 0, max: 31 }), sizes);
        let index = 0;
        fc.assert(
          fc.property(fc.array(unit, { maxLength: 12 }), fc.nat(), fc.nat(4), (shapes, seed, which) => {
            const seeded = new SeededRandom(seed);
            const { packetizer, maxSize } = packetizers[which] as (typeof packetizers)[number];
            const nalUnits = shapes.map(([type, size]) =>
              drawNalUnit(seeded, type, Math.max(1, Math.min(size, maxSize))),
            );
            const sent = nalUnits.filter((nalUnit) => !isLeftOut(nalType(nalUnit[0] as number)));
            const accessUnit = toAnnexB(seeded, nalUnits, { maxZeros: 20 });
            packetizer.inputBytes.set(accessUnit);
            const { packetCount, isKey, nalUnitCount } = packetizer.packetize(accessUnit.length, index);
            const received: string[] = [];
            const depacketizer = new H264Depacketizer();
            for (let i = index; i < index + packetCount; i++) {
              depacketizer.depacketize(large.payload(i), (nalUnit) => received.push(encodeHex(nalUnit)));
              const isFirst = i === index ? first : 0;
              const isMarker = i === index + packetCount - 1 ? marker : 0;
              expect(large.flags(i)).toBe(isFirst | isMarker | (isKey ? key : 0));
            }
            expect(received).toEqual(sent.map(encodeHex));
            expect(depacketizer.counters).toMatchObject({ malformed: 0, unsupported: 0, incomplete: 0, oversized: 0 });
            expect(nalUnitCount).toBe(sent.length);
            expect(isKey).toBe(sent.some((nalUnit) => nalType(nalUnit[0] as number) === 5));
            index += packetCount;
          }),
          { numRuns: 200 },
        );
        expect(arena.isCanaryIntact()).toBe(true);
      });

      test("noise makes packets that the rules allow, and nothing else", () => {
        const packetizer = new H264Packetizer({ kernels, arena, ring, maxPayloadBytes: 100, maxAccessUnitBytes: 2048 });
        for (let round = 0; round < 300; round++) {
          const [, alphabet] = ALPHABETS[round % ALPHABETS.length] as (typeof ALPHABETS)[number];
          const bytes = drawBytes(random, alphabet, random.integer(1500));
          packetizer.inputBytes.set(bytes);
          let packetCount = 0;
          try {
            packetCount = packetizer.packetize(bytes.length, round).packetCount;
          } catch (error) {
            expect(error).toMatchObject({ code: "h264/too-large" });
          }
          for (let i = round; i < round + packetCount; i++) {
            const payload = ring.payload(i);
            expect(payload.length).toBeLessThanOrEqual(100);
            const type = nalType(payload[0] as number);
            if (type === 24) {
              expect(isParameterSet(nalType(payload[3] as number))).toBe(true);
            } else if (type === 28) {
              expect((payload[1] as number) & 0xc0).not.toBe(0xc0);
            } else {
              expect(isLeftOut(type)).toBe(false);
            }
          }
        }
        expect(arena.isCanaryIntact()).toBe(true);
      });

      test("counts its calls and the bytes it took in", () => {
        const before = { ...kernels.counters["h264-packetize"] } as { calls: number; bytes: number };
        packetize(small, [0, 0, 1, 0x41, 3]);
        expect(kernels.counters["h264-packetize"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 5 });
      });
    });
  }
}

test("a payload size that fits no slot, or leaves no room in a fragment, is refused", async () => {
  const arena = Arena.create({ sizeBytes: 2 * 1024 * 1024 });
  const kernels = await loadKernels(arena);
  const ring = new SlotRing(arena, { name: "video", slotCount: 4 });
  for (const maxPayloadBytes of [2, 1921, Number.NaN]) {
    expect(() => new H264Packetizer({ kernels, arena, ring, maxPayloadBytes })).toThrow(
      expect.objectContaining({ code: "h264/payload-size" }),
    );
  }
});

test("kernels, arena and ring belong together", async () => {
  const [arena, other] = [Arena.create({ sizeBytes: 2 ** 21 }), Arena.create({ sizeBytes: 2 ** 21 })];
  const kernels = await loadKernels(arena);
  const foreign = expect.objectContaining({ code: "kernel/foreign-memory" });
  const ring = new SlotRing(other, { name: "video", slotCount: 4 });
  expect(() => new H264Packetizer({ kernels, arena, ring })).toThrow(foreign);
  expect(() => new H264Packetizer({ kernels, arena: other, ring })).toThrow(foreign);
});
