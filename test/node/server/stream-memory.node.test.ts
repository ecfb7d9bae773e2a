import { expect, test } from "vitest";
import { playoutDelayValue } from "../../../src/core/rtp/header-extension.js";
import { StreamMemory } from "../../../src/node/server/modes/stream/stream-memory.js";

test.each([
  [50_000, 2048],
  [2_000_000, 2048],
  [2_500_000, 4096],
  [8_000_000, 8192],
  [20_000_000, 16_384],
  [100_000_000, 16_384],
])("at %i bits a second the video ring has %i slots: 8 s of it, within its bounds", async (bitrateBps, slots) => {
  const memory = await StreamMemory.create(bitrateBps);
  expect([memory.videoSlots.slotCount, memory.audioSlots.slotCount]).toEqual([slots, 512]);
});

test("the ring holds more than the largest picture that the packetizer takes", async () => {
  const memory = await StreamMemory.create(50_000);
  expect(memory.packetizer.input.lengthBytes / 1200).toBeLessThan(memory.videoSlots.slotCount);
});

test("an extension block is written once, however many viewers use it", async () => {
  const memory = await StreamMemory.create(2_000_000);
  const elements = [{ id: 5, value: playoutDelayValue(0, 0) }];
  const first = memory.extensionBlock(elements);
  const free = memory.arena.freeBytes;
  expect(memory.extensionBlock([{ id: 5, value: playoutDelayValue(0, 0) }])).toBe(first);
  expect(memory.arena.freeBytes).toBe(free);
  expect([...memory.arena.bytesOf(first!)]).toEqual([0xbe, 0xde, 0, 1, 0x52, 0, 0, 0]);
  expect(memory.extensionBlock([{ id: 6, value: playoutDelayValue(0, 0) }])).not.toBe(first);
});

test("no elements need no block, and one that is too long is left out", async () => {
  const memory = await StreamMemory.create(2_000_000);
  expect(memory.extensionBlock([])).toBeUndefined();
  const long = Array.from({ length: 4 }, (_, i) => ({ id: i + 1, value: new Uint8Array(16) }));
  expect(memory.extensionBlock(long)).toBeUndefined();
});

test.each([
  50_000, 100_000_000,
])("whatever viewers negotiate at %i bits a second, the blocks are bounded and the arena never overflows", async (bitrateBps) => {
  const memory = await StreamMemory.create(bitrateBps);
  const blocks = Array.from({ length: 500 }, (_, i) =>
    memory.extensionBlock([{ id: 1 + (i % 14), value: playoutDelayValue(10 * i, 10 * i) }]),
  );
  expect(new Set(blocks.filter((block) => block !== undefined)).size).toBe(64);
  expect(blocks[499]).toBeUndefined();
  expect(memory.extensionBlock([{ id: 1, value: playoutDelayValue(0, 0) }])).toBe(blocks[0]);
  expect(memory.arena.isCanaryIntact()).toBe(true);
});
