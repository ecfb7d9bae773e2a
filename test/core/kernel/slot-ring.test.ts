import { expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import {
  SLOT_BYTES,
  SLOT_HEADROOM_BYTES,
  SLOT_PAYLOAD_BYTES,
  SlotFlags,
  SlotRing,
} from "../../../src/core/kernel/slot-ring.js";

function ring(slotCount = 8): SlotRing {
  return new SlotRing(Arena.create({ sizeBytes: 256 * 1024 }), { name: "video", slotCount });
}

test("packet i lives in slot i mod slotCount, however large i grows", () => {
  const slots = ring(8);
  for (const index of [0, 7, 8, 15, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 2 ** 52 + 3]) {
    expect(slots.slotOf(index)).toBe(index % 8);
    expect(slots.slotAddress(index)).toBe(slots.slotsAddress + (index % 8) * SLOT_BYTES);
  }
});

test("a payload is written behind the headroom and described by four little-endian numbers", () => {
  const slots = ring();
  slots.writePayload(11, Uint8Array.of(1, 2, 3), SlotFlags.marker | SlotFlags.key);
  const { view } = slots.memory;
  const descriptor = slots.descriptorsAddress + 3 * 16;
  expect(view.getUint32(descriptor, true)).toBe(slots.slotAddress(11) + SLOT_HEADROOM_BYTES);
  expect(view.getUint32(descriptor + 4, true)).toBe(3);
  expect(view.getUint32(descriptor + 8, true)).toBe(0);
  expect(view.getUint32(descriptor + 12, true)).toBe(3);
  expect(slots.payloadAddress(11)).toBe(slots.slotAddress(11) + SLOT_HEADROOM_BYTES);
  expect(slots.payloadLength(11)).toBe(3);
  expect(slots.headerLength(11)).toBe(0);
  expect(slots.flags(11)).toBe(3);
  expect([...slots.payload(11)]).toEqual([1, 2, 3]);
  expect([...slots.packet(11)]).toEqual([1, 2, 3]);
});

test("a new ring describes empty payloads, so that stamping an unused slot harms nothing", () => {
  const slots = ring();
  for (let i = 0; i < slots.slotCount; i++) {
    expect(slots.payloadAddress(i)).toBe(slots.slotAddress(i) + SLOT_HEADROOM_BYTES);
    expect(slots.payloadLength(i)).toBe(0);
  }
});

test("a payload that fills the slot fits, one byte more does not", () => {
  const slots = ring();
  slots.writePayload(7, new Uint8Array(SLOT_PAYLOAD_BYTES).fill(7), 0);
  expect(slots.payload(7).every((byte) => byte === 7)).toBe(true);
  for (const length of [SLOT_PAYLOAD_BYTES + 1, -1, Number.NaN]) {
    expect(() => slots.setDescriptor(0, length, 0)).toThrow(expect.objectContaining({ code: "kernel/slot-range" }));
  }
});

test("the number of slots is a power of two", () => {
  for (const slotCount of [0, 1, 3, 6, 131_072, 2.5, Number.NaN]) {
    expect(() => ring(slotCount)).toThrow(expect.objectContaining({ code: "kernel/slot-count" }));
  }
});

test("slots and descriptors appear in the arena's map under the ring's name", () => {
  const arena = Arena.create({ sizeBytes: 256 * 1024 });
  new SlotRing(arena, { name: "audio", slotCount: 4 });
  expect(arena.map.slice(1).map(({ name, lengthBytes }) => [name, lengthBytes])).toEqual([
    ["audio slots", 4 * 2048],
    ["audio descriptors", 4 * 16],
  ]);
});
