// What the kernels put out for seeded inputs, as fixed digests: Node, an isolated page and a plain page, shared and plain
// memory, kernel and twin must all come to these numbers.
import { expect, test } from "vitest";
import { RtpStamper } from "../../../src/core/kernel/rtp-stamp.js";
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { AnnexbScanner } from "../../../src/core/payload/h264/annexb-scanner.js";
import { H264Packetizer } from "../../../src/core/payload/h264/h264-packetizer.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { ALPHABETS, drawBytes, drawNalUnit, toAnnexB } from "../payload/h264/annexb-noise.js";
import { digestText, fnv1a } from "./fnv1a.js";
import { motionLife, pictureLife, relayLife, soundLife } from "./lives.js";
import { type Bench, createBench, MEMORY_KINDS } from "./memories.js";

const DIGESTS = {
  "annexb-scan": "6d7d98db",
  "h264-packetize": "505f47af",
  "rtp-stamp": "f47d4550",
  "whole arena": "680a00e0",
};

/** One fixed life: scans of noise, a minute of access units, every packet stamped for two viewers. */
function live({ arena, kernels }: Bench): Record<keyof typeof DIGESTS, string> {
  const random = new SeededRandom(20_261_121);
  const ring = new SlotRing(arena, { name: "video", slotCount: 64 });
  const packetizer = new H264Packetizer({ kernels, arena, ring, maxAccessUnitBytes: 64 * 1024 });
  const scanner = new AnnexbScanner({ kernels, arena, maxNalUnits: 4096 });
  const stamper = new RtpStamper({ kernels, arena });
  const extension = arena.reserve("extension", 8);
  arena.bytesOf(extension).set([0xbe, 0xde, 0, 1, 0x12, 0, 0, 0]);

  let scanHash = fnv1a(new Uint8Array());
  for (let round = 0; round < 100; round++) {
    const [, alphabet] = ALPHABETS[round % ALPHABETS.length] as (typeof ALPHABETS)[number];
    const bytes = drawBytes(random, alphabet, random.integer(8000));
    packetizer.inputBytes.set(bytes);
    const count = scanner.scan(packetizer.input, bytes.length);
    const places = Array.from({ length: count }, (_, i) => [
      scanner.address(i) - packetizer.input.address,
      scanner.lengthBytes(i),
    ]);
    scanHash = fnv1a(new Uint8Array(Uint32Array.from(places.flat()).buffer), scanHash);
  }

  let payloadHash = fnv1a(new Uint8Array());
  let packetHash = payloadHash;
  let index = 0;
  for (let frame = 0; frame < 60; frame++) {
    const types = frame % 20 === 0 ? [9, 7, 8, 6, 5, 5] : [9, 1, 1, 12];
    const nalUnits = types.map((type) =>
      drawNalUnit(random, type, 1 + random.integer(type === 1 || type === 5 ? 5000 : 30)),
    );
    const accessUnit = toAnnexB(random, nalUnits, { maxZeros: 3 });
    packetizer.inputBytes.set(accessUnit);
    const { packetCount, isKey } = packetizer.packetize(accessUnit.length, index);
    payloadHash = fnv1a(Uint8Array.of(packetCount, Number(isKey)), payloadHash);
    for (let viewer = 0; viewer < 2; viewer++) {
      const header = {
        ssrc: 0xf10e + viewer,
        sequenceNumber: 65_000 + index,
        timestamp: frame * 3000,
        payloadType: 96 + viewer,
      };
      stamper.stamp(ring, index, packetCount, header, viewer === 0 ? extension : undefined);
      for (let i = index; i < index + packetCount; i++) {
        packetHash = fnv1a(ring.packet(i), packetHash);
      }
    }
    for (let i = index; i < index + packetCount; i++) {
      payloadHash = fnv1a(ring.payload(i), fnv1a(Uint8Array.of(ring.flags(i)), payloadHash));
    }
    index += packetCount;
  }
  return {
    "annexb-scan": digestText(scanHash),
    "h264-packetize": digestText(payloadHash),
    "rtp-stamp": digestText(packetHash),
    "whole arena": digestText(fnv1a(arena.memory.bytes)),
  };
}

/** Lives that have an arena of their own, and what all of it comes to at their end. */
const LIVES = [
  { name: "a relay", live: relayLife, digest: "d40cb14d" },
  { name: "a camera", live: motionLife, digest: "c7d39b6e" },
  { name: "a listener", live: soundLife, digest: "a8940531" },
  { name: "a picture", live: pictureLife, digest: "4624cdc8" },
];

for (const kind of ["wasm", "twin"] as const) {
  for (const { name, shared } of MEMORY_KINDS) {
    test(`${kind} on ${name} memory comes to the digests that every runtime comes to`, async () => {
      expect(live(await createBench(shared, kind))).toEqual(DIGESTS);
    });

    test.each(LIVES)(`$name by ${kind} on ${name} memory leaves the arena that every runtime leaves`, async (life) => {
      const bench = await createBench(shared, kind);
      life.live(bench);
      expect(digestText(fnv1a(bench.arena.memory.bytes))).toBe(life.digest);
      expect(bench.arena.isCanaryIntact()).toBe(true);
    });
  }
}
