import { expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { PacketRing } from "../../../src/core/rtp/packet-ring.js";

function ringOf(slotCount: number): PacketRing {
  const arena = Arena.create({ sizeBytes: 65_536 + slotCount * 4096 });
  return new PacketRing(new SlotRing(arena, { name: "test", slotCount }));
}

test("an empty ring holds nothing and has no key frame", () => {
  const ring = ringOf(8);
  expect([ring.nextIndex, ring.oldestIndex, ring.latestKeyFrame]).toEqual([0, 0, -1]);
  expect([ring.holds(0), ring.holds(-1)]).toEqual([false, false]);
});

test("packets get indexes that only grow, frame by frame", () => {
  const ring = ringOf(8);
  expect([ring.commit(3, 0, true), ring.commit(1, 33_333, false), ring.commit(2, 66_667, false)]).toEqual([0, 1, 2]);
  const { frames } = ring;
  expect([0, 1, 2].map((frame) => frames.firstIndex(frame))).toEqual([0, 3, 4]);
  expect([0, 1, 2].map((frame) => frames.packetCount(frame))).toEqual([3, 1, 2]);
  expect([0, 1, 2].map((frame) => frames.timeUs(frame))).toEqual([0, 33_333, 66_667]);
  expect(ring.nextIndex).toBe(6);
});

test("the ring holds the newest slotCount packets, and an older index is too late", () => {
  const ring = ringOf(8);
  for (let i = 0; i < 5; i++) {
    ring.commit(2, i, false);
  }
  expect([ring.oldestIndex, ring.nextIndex]).toEqual([2, 10]);
  expect([1, 2, 9, 10].map((index) => ring.holds(index))).toEqual([false, true, true, false]);
});

test("a key frame counts only while all of its packets are there", () => {
  const ring = ringOf(8);
  const key = ring.commit(3, 0, true);
  ring.commit(5, 1, false);
  expect(ring.latestKeyFrame).toBe(key);
  ring.commit(1, 2, false);
  expect(ring.latestKeyFrame).toBe(-1);
  const next = ring.commit(2, 3, true);
  expect(ring.latestKeyFrame).toBe(next);
});

test("a frame log never forgets a frame whose packets the ring still holds", () => {
  const ring = ringOf(4);
  for (let i = 0; i < 100; i++) {
    ring.commit(1, i, i % 4 === 0);
    for (let frame = ring.frames.oldest; frame < ring.frames.next; frame++) {
      expect(ring.holds(ring.frames.firstIndex(frame))).toBe(true);
    }
    expect(ring.frames.firstIndex(ring.frames.oldest)).toBe(ring.oldestIndex);
  }
});
