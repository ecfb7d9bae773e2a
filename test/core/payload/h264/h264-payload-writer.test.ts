import { expect, test } from "vitest";
import { encodeHex } from "../../../../src/core/bytes/hex.js";
import { SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { H264Packetizer } from "../../../../src/core/payload/h264/h264-packetizer.js";
import { H264PayloadWriter } from "../../../../src/core/payload/h264/h264-payload-writer.js";
import { createBench } from "../../kernel/memories.js";

const SETS = Uint8Array.of(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3);
const PICTURE = Uint8Array.of(0, 0, 0, 1, 0x65, 4, 5, 6);

async function setup(maxAccessUnitBytes = 64) {
  const { arena, kernels } = await createBench(false, "wasm", 1024 * 1024);
  const ring = new SlotRing(arena, { name: "video", slotCount: 8 });
  const writer = new H264PayloadWriter(new H264Packetizer({ kernels, arena, ring, maxAccessUnitBytes }));
  const payloads = (count: number): string[] => Array.from({ length: count }, (_, i) => encodeHex(ring.payload(i)));
  return { writer, payloads };
}

test("parameter sets that stand apart go in front, as if they had been there, and every byte is written twice", async () => {
  const { writer, payloads } = await setup();
  const { packetCount, isKey } = writer.write(PICTURE, 0, SETS);
  expect([isKey, payloads(packetCount)]).toEqual([true, ["78000367010200026803", "65040506"]]);
  const apart = { ...writer.crossings };
  expect(apart).toEqual({ nativeToArenaBytes: SETS.length + PICTURE.length, arenaToSlotBytes: 14 });
  expect(writer.write(Uint8Array.of(...SETS, ...PICTURE), 0).packetCount).toBe(packetCount);
  expect(writer.crossings).toEqual({
    nativeToArenaBytes: 2 * apart.nativeToArenaBytes,
    arenaToSlotBytes: 2 * apart.arenaToSlotBytes,
  });
});

test("together they must fit the limit of an access unit", async () => {
  const { writer } = await setup(SETS.length + PICTURE.length - 1);
  expect(() => writer.write(PICTURE, 0, SETS)).toThrow(expect.objectContaining({ code: "h264/too-large" }));
  expect(writer.crossings).toEqual({ nativeToArenaBytes: 0, arenaToSlotBytes: 0 });
});
