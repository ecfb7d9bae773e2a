import { describe, expect, onTestFinished, test } from "vitest";
import { defaultAudioTarget } from "../../../src/core/media/audio-target.js";
import { readStampLuma } from "../../../src/core/media/read-stamp.js";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import { Signal } from "../../../src/core/signal/signal.js";
import { type AudioFramePacket, VideoFrame, type VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { TestSource } from "../../../src/node/av/test-source.js";
import { ManualClock } from "../../sim/manual-clock.js";

const small = { ...defaultVideoTarget, width: 320, height: 180 };

async function open(video = small) {
  const clock = new ManualClock({ startUs: 123_456 });
  const source = await TestSource.open({ video, audio: defaultAudioTarget, clock });
  onTestFinished(() => source.close());
  return { clock, source };
}

function stampOf(packet: VideoFramePacket) {
  const [strideBytes] = packet.strides;
  return readStampLuma(packet.planes[0], { width: packet.width, height: packet.height, strideBytes });
}

function isLoud(packet: AudioFramePacket): boolean {
  const [bytes] = packet.planes;
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return floats.some((value) => Math.abs(value) > 0.05);
}

describe("pictures", () => {
  test("come at the target's size and rate, stamped with the wall clock and their number", async () => {
    const { clock, source } = await open();
    const seen: { timeUs: number; number: number | undefined; ageMs: number }[] = [];
    source.start((packet) => {
      if (VideoFrame.is(packet)) {
        const stamp = stampOf(packet);
        const nowMs = Math.floor(clock.wallUs() / 1000) % 2 ** 32;
        expect([packet.width, packet.height, packet.format]).toEqual([320, 180, "i420"]);
        seen.push({ timeUs: packet.timeUs, number: stamp?.frameNumber, ageMs: nowMs - (stamp?.captureMs ?? 0) });
      }
    });
    clock.advance(1_000_000);
    expect(seen.length).toBe(31);
    expect(seen.map(({ number }) => number)).toEqual(seen.map((_, index) => index));
    expect(seen.map(({ timeUs }) => timeUs)).toEqual(seen.map((_, index) => Math.round((index * 1_000_000) / 30)));
    expect(new Set(seen.map(({ ageMs }) => ageMs))).toEqual(new Set([0]));
  });

  test("are drawn into frames that nobody holds: a held picture never changes", async () => {
    const { clock, source } = await open();
    const held: VideoFramePacket[] = [];
    source.start((packet) => {
      if (VideoFrame.is(packet) && held.length < 5) {
        held.push(packet.clone() as VideoFramePacket);
      }
    });
    clock.advance(1_000_000);
    expect(held.map((packet) => stampOf(packet)?.frameNumber)).toEqual([0, 1, 2, 3, 4]);
    for (const packet of held) {
      packet.release?.();
    }
  });

  test("are skipped and counted when everything behind keeps them, instead of taking all memory", async () => {
    const { clock, source } = await open();
    const held: VideoFramePacket[] = [];
    source.start((packet) => {
      if (VideoFrame.is(packet)) {
        held.push(packet.clone() as VideoFramePacket);
      }
    });
    clock.advance(2_000_000);
    expect(held.length).toBe(16);
    expect(source.counters.skipped).toBe(61 - 16);
    for (const packet of held) {
      packet.release?.();
    }
  });

  test("that nobody has room for are not drawn, and sound goes on", async () => {
    const { clock, source } = await open();
    const demand = { ready: false, credit: 0, drained: new Signal() };
    const kinds: string[] = [];
    source.start(({ kind }) => kinds.push(kind.name), demand);
    clock.advance(1_000_000);
    expect([new Set(kinds), source.counters.skipped]).toEqual([new Set(["audio-frame"]), 31]);
    demand.ready = true;
    clock.advance(100_000);
    expect(kinds).toContain("video-frame");
  });
});

describe("sound", () => {
  test("comes in pieces of 960 samples without a gap, beside the pictures on one timeline", async () => {
    const { clock, source } = await open();
    const times: number[] = [];
    source.start((packet) => {
      if (!VideoFrame.is(packet)) {
        expect([packet.sampleCount, packet.sampleRateHz, packet.channels]).toEqual([960, 48_000, 2]);
        times.push(packet.timeUs);
      }
    });
    clock.advance(1_000_000);
    expect(times).toEqual(Array.from({ length: 51 }, (_, index) => index * 20_000));
  });

  test("beeps exactly while the picture flashes", async () => {
    const { clock, source } = await open();
    const loud: number[] = [];
    const lit: number[] = [];
    source.start((packet) => {
      if (!VideoFrame.is(packet)) {
        if (isLoud(packet)) {
          loud.push(packet.timeUs);
        }
      } else if (packet.planes[0][70 * packet.strides[0] + 250] > 200) {
        lit.push(packet.timeUs);
      }
    });
    clock.advance(3_100_000);
    const onsets = (times: number[]) => times.filter((time) => !times.some((t) => t < time && time - t < 200_000));
    expect(onsets(lit)).toEqual([0, 1_000_000, 2_000_000, 3_000_000]);
    expect(onsets(loud)).toEqual([0, 1_000_000, 2_000_000, 3_000_000]);
    expect(loud.length).toBe(20);
  });
});

describe("its life", () => {
  test("nothing is drawn before start nor after stop, and no timer stays", async () => {
    const { clock, source } = await open();
    let count = 0;
    clock.advance(100_000);
    source.start(() => count++);
    clock.advance(100_000);
    source.stop();
    const before = count;
    clock.advance(1_000_000);
    expect([before > 0, count, clock.pending]).toEqual([true, before, 0]);
  });

  test("after a stop media time has gone on, and nothing counts as skipped", async () => {
    const { clock, source } = await open();
    const times: number[] = [];
    const collect = (packet: { timeUs: number }) => times.push(packet.timeUs);
    source.start(collect);
    clock.advance(100_000);
    source.stop();
    clock.advance(5_000_000);
    const before = times.length;
    source.start(collect);
    clock.advance(100_000);
    expect(times[before]).toBeGreaterThanOrEqual(5_100_000);
    expect(times.slice(before)).toEqual([...times.slice(before)].sort((a, b) => a - b));
    expect(source.counters.skipped).toBe(0);
  });

  test("a sink that throws stops the source with an error instead of the process", async () => {
    const { clock, source } = await open();
    const errors: string[] = [];
    source.failed.on((error) => errors.push(error.code));
    source.start(() => {
      throw new Error("sink");
    });
    clock.advance(100_000);
    expect(errors).toEqual(["av/failed"]);
    expect(clock.pending).toBe(0);
  });

  test("twenty rounds of open and close leave nothing behind", async () => {
    const before = liveHandles();
    for (let round = 0; round < 20; round++) {
      const clock = new ManualClock();
      const source = await TestSource.open({ video: small, audio: defaultAudioTarget, clock });
      source.start(() => {});
      clock.advance(100_000);
      await source.close();
      await source.close();
    }
    expect(liveHandles()).toEqual(before);
  });

  test("an odd size is refused with a fix", async () => {
    const opening = TestSource.open({
      video: { ...small, width: 321 },
      audio: defaultAudioTarget,
      clock: new ManualClock(),
    });
    await expect(opening).rejects.toMatchObject({ code: "source/bad-size" });
  });
});
