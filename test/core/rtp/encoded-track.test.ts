import { expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { EncodedTrack } from "../../../src/core/rtp/encoded-track.js";
import { MediaAnchor } from "../../../src/core/rtp/media-anchor.js";
import { PacketRing } from "../../../src/core/rtp/packet-ring.js";
import type { PayloadWriter, WrittenFrame } from "../../../src/core/rtp/payload-writer.js";

/** Writes a frame as as many packets as its first byte says; the second byte says whether it is a key frame. */
class FakeWriter implements PayloadWriter {
  readonly crossings = { nativeToArenaBytes: 0, arenaToSlotBytes: 0 };
  readonly firstIndexes: number[] = [];
  error: Error | undefined;

  write(data: Uint8Array, firstIndex: number): WrittenFrame {
    if (this.error !== undefined) {
      throw this.error;
    }
    this.firstIndexes.push(firstIndex);
    return { packetCount: data[0], isKey: data[1] === 1 };
  }
}

function rig({ canForceKeyFrame = true } = {}) {
  const ring = new PacketRing(new SlotRing(Arena.create({ sizeBytes: 131_072 }), { name: "test", slotCount: 16 }));
  const writer = new FakeWriter();
  const anchor = new MediaAnchor();
  const wishes = { forced: 0 };
  const force = (): void => void wishes.forced++;
  const track = new EncodedTrack({
    kind: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    ring,
    writer,
    anchor,
    forceKeyFrame: canForceKeyFrame ? force : undefined,
  });
  const heard: number[] = [];
  track.frameWritten.on((nowUs) => heard.push(nowUs));
  return { ring, writer, anchor, track, wishes, heard };
}

const frame = (packetCount: number, isKey: boolean): Uint8Array => Uint8Array.of(packetCount, isKey ? 1 : 0, 0, 0);

test("a frame goes into the ring where the last one ended, and viewers are told when", () => {
  const { track, ring, writer, heard } = rig();
  track.write(frame(3, true), 0, 1000);
  track.write(frame(2, false), 33_333, 34_333);
  expect(writer.firstIndexes).toEqual([0, 3]);
  expect(ring.nextIndex).toBe(5);
  expect([ring.frames.isKey(0), ring.frames.isKey(1), ring.frames.timeUs(1)]).toEqual([true, false, 33_333]);
  expect(heard).toEqual([1000, 34_333]);
  expect(track.counters).toEqual({ frames: 2, keyFrames: 1, bytes: 8, dropped: 0 });
});

test("the ring already holds the frame when viewers are told", () => {
  const { track, ring } = rig();
  const seen: number[] = [];
  track.frameWritten.on(() => seen.push(ring.nextIndex));
  track.write(frame(4, true), 0, 0);
  expect(seen).toEqual([4]);
});

test("an empty frame is nothing: no packet, no count, no news", () => {
  const { track, ring, heard } = rig();
  track.write(frame(0, false), 0, 0);
  expect([ring.nextIndex, ring.frames.next, heard.length, track.counters.frames]).toEqual([0, 0, 0, 0]);
});

test("a frame over the writer's limit is dropped and counted, and the next one is taken", () => {
  const { track, ring, writer, heard } = rig();
  writer.error = new FloeError("h264/too-large", "too large");
  track.write(frame(1, true), 0, 0);
  expect([track.counters.dropped, track.counters.frames, ring.nextIndex, heard.length]).toEqual([1, 0, 0, 0]);
  writer.error = undefined;
  track.write(frame(1, true), 1, 1);
  expect([track.counters.dropped, track.counters.frames, ring.nextIndex]).toEqual([1, 1, 1]);
});

test("a fault of our own is not taken for a frame that is too large", () => {
  const { track, writer } = rig();
  writer.error = new TypeError("a bug");
  expect(() => track.write(frame(1, true), 0, 0)).toThrow(TypeError);
  expect(track.counters.dropped).toBe(0);
});

test("every frame tells the source's anchor when it came, dropped ones too", () => {
  const { track, anchor, writer } = rig();
  writer.error = new FloeError("h264/too-large", "too large");
  track.write(frame(1, true), 500, 10_500);
  expect(anchor.mediaTimeUs(12_500)).toBe(2500);
});

test("a key frame that was written fulfils the wish that waited for one", () => {
  const { track, wishes } = rig();
  track.keyFrames.request(0);
  track.keyFrames.request(100_000);
  expect([wishes.forced, track.keyFrames.deadlineUs]).toEqual([1, 500_000]);
  track.write(frame(1, false), 0, 110_000);
  expect(track.keyFrames.deadlineUs).toBe(500_000);
  track.write(frame(1, true), 1, 120_000);
  expect(track.keyFrames.deadlineUs).toBeUndefined();
});

test("a track whose key frames nobody can force says so, and asking for one is harmless", () => {
  const { track, wishes } = rig({ canForceKeyFrame: false });
  expect(track.canForceKeyFrame).toBe(false);
  track.keyFrames.request(0);
  expect(wishes.forced).toBe(0);
  expect(rig().track.canForceKeyFrame).toBe(true);
});

test("who makes key frames may change while the stream runs, and the rate limit goes on", () => {
  const { track, wishes } = rig({ canForceKeyFrame: false });
  track.keyFrames.request(0);
  track.setForceKeyFrame(() => void wishes.forced++);
  expect(track.canForceKeyFrame).toBe(true);
  track.keyFrames.request(100_000);
  track.keyFrames.tick(500_000);
  expect(wishes.forced).toBe(1);
  track.setForceKeyFrame(undefined);
  track.keyFrames.request(2_000_000);
  expect([track.canForceKeyFrame, wishes.forced]).toEqual([false, 1]);
});
