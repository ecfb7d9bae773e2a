import { describe, expect, test } from "vitest";
import { type LiveArrival, LiveTimeline, type LiveTrack } from "../../../src/core/media/live-timeline.js";
import { SeededRandom } from "../../sim/seeded-random.js";

const MINUTE_US = 60_000_000;
const FRAME_US = 40_000;

/** Feeds packets and gives where they were placed. */
function rig(options: { arrival?: LiveArrival } = {}) {
  const timeline = new LiveTimeline(options);
  return {
    timeline,
    put(sourceUs: number, nowUs: number, track: LiveTrack = "video"): number {
      timeline.observe(track, sourceUs, nowUs);
      return timeline.place(track, sourceUs, FRAME_US);
    },
  };
}

function steps(times: readonly number[]): number[] {
  return times.slice(1).map((timeUs, index) => timeUs - times[index]);
}

test("the first packet is at 0, whatever both clocks say", () => {
  expect(rig().put(987_654_321, 123_456_789)).toBe(0);
});

test("the network's jitter is not in the times", () => {
  const { put } = rig();
  const random = new SeededRandom(7);
  const times = Array.from({ length: 2000 }, (_, i) =>
    put(i * FRAME_US, 1_000_000 + i * FRAME_US + random.integer(15_000)),
  );
  // The first seconds find the least delay; from then on a step is a frame, to a fraction of a millisecond.
  for (const step of steps(times.slice(500))) {
    expect(Math.abs(step - FRAME_US)).toBeLessThan(1000);
  }
});

test.each([
  ["fast", 0.9998],
  ["slow", 1.0002],
])("a source whose clock runs %s is followed: an hour later it is still on ours", (_, rate) => {
  const { put } = rig();
  const count = (60 * MINUTE_US) / FRAME_US;
  let placedUs = 0;
  for (let i = 0; i <= count; i++) {
    placedUs = put(Math.round(i * FRAME_US * rate), i * FRAME_US);
  }
  expect(Math.abs(placedUs - 60 * MINUTE_US)).toBeLessThan(5000);
});

test("a burst of what was held back ends at now, in order", () => {
  const { put } = rig();
  const times = Array.from({ length: 25 }, (_, i) => put(i * FRAME_US, 1_000_000 + i * 10));
  expect(steps(times).every((step) => step >= 1000)).toBe(true);
  expect(times[24]).toBeLessThan(25_000);
  const after = Array.from({ length: 5 }, (_, i) => put((25 + i) * FRAME_US, 1_000_250 + (i + 1) * FRAME_US));
  expect(steps(after).every((step) => Math.abs(step - FRAME_US) < 100)).toBe(true);
});

test("a network that stalls moves nothing: what comes late keeps its time", () => {
  const { put } = rig();
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    times.push(put(i * FRAME_US, Math.max(i * FRAME_US, i > 30 ? 75 * FRAME_US : 0)));
  }
  expect(times.every((timeUs, i) => Math.abs(timeUs - i * FRAME_US) < 2000)).toBe(true);
});

test("sound and picture keep their distance", () => {
  const { put } = rig();
  put(0, 500_000);
  for (let i = 1; i < 100; i++) {
    const videoUs = put(i * FRAME_US, 500_000 + i * FRAME_US);
    const audioUs = put(i * FRAME_US - 13_000, 530_000 + i * FRAME_US, "audio");
    expect(Math.abs(videoUs - audioUs - 13_000)).toBeLessThan(100);
  }
});

describe("jumps", () => {
  test.each([
    ["back to zero", -4_000_000],
    ["an hour ahead", 60 * MINUTE_US],
  ])("a count that jumps %s goes on where it was", (_, jumpUs) => {
    const { put } = rig();
    const times = Array.from({ length: 200 }, (_, i) => put(i * FRAME_US + (i < 100 ? 0 : jumpUs), i * FRAME_US));
    expect(times.every((timeUs, i) => Math.abs(timeUs - i * FRAME_US) < 1000)).toBe(true);
  });

  test("of one track leave the other alone", () => {
    const { put } = rig();
    for (let i = 0; i < 200; i++) {
      const videoUs = put(i * FRAME_US + (i < 100 ? 0 : 7_000_000), i * FRAME_US);
      const audioUs = put(i * FRAME_US, i * FRAME_US, "audio");
      expect(Math.abs(videoUs - audioUs)).toBeLessThan(1000);
    }
  });

  test("a hole that the clock explains is a hole", () => {
    const { put } = rig();
    put(0, 0);
    put(FRAME_US, FRAME_US);
    expect(Math.abs(put(5_000_000, 5_020_000) - 5_000_000)).toBeLessThan(5000);
  });

  test("a source that lost time itself is taken as it is after ten seconds", () => {
    const { put } = rig();
    let placedUs = 0;
    for (let i = 0; i < 600; i++) {
      // It pauses for 900 ms, three times over, and goes on counting as if nothing had been.
      placedUs = put(i * FRAME_US, i * FRAME_US + 900_000 * Math.min(3, Math.floor(i / 50)));
    }
    expect(Math.abs(placedUs - (599 * FRAME_US + 2_700_000))).toBeLessThan(1_100_000);
  });
});

describe("connections", () => {
  test("the next one goes on at the time that has passed, whatever it counts from", () => {
    const { put, timeline } = rig();
    put(50_000_000, 1_000_000);
    put(50_040_000, 1_040_000);
    timeline.beginConnection();
    expect(put(7, 4_000_000)).toBe(3_000_000);
    expect(put(40_007, 4_040_000)).toBe(3_040_000);
  });

  test("times never step back", () => {
    const { put, timeline } = rig();
    const random = new SeededRandom(3);
    let nowUs = 0;
    let lastUs = -1;
    for (let i = 0; i < 5000; i++) {
      nowUs += random.integer(80_000);
      if (random.integer(200) === 0) {
        timeline.beginConnection();
      }
      const timeUs = put(random.integer(20_000_000), nowUs);
      expect(timeUs).toBeGreaterThan(lastUs);
      lastUs = timeUs;
    }
  });
});

test("what carries no time follows the last by its duration", () => {
  const { put, timeline } = rig();
  put(0, 0);
  put(FRAME_US, FRAME_US);
  expect(timeline.place("video", undefined, FRAME_US)).toBe(2 * FRAME_US);
  expect(new LiveTimeline().place("audio", undefined, 20_000)).toBe(0);
});

describe("encoded sound", () => {
  const PIECE_US = 20_000;

  test("follows piece on piece to the microsecond, however the line creeps", () => {
    const { timeline } = rig();
    const random = new SeededRandom(5);
    for (let i = 0; i < 5000; i++) {
      timeline.observe("audio", i * PIECE_US, i * PIECE_US + random.integer(9000));
      expect(timeline.placeSound(i * PIECE_US, PIECE_US)).toBe(i * PIECE_US);
    }
  });

  test("is left out where time is full already, and goes on without a seam", () => {
    const { timeline } = rig();
    const times: number[] = [];
    for (let i = 0; i < 100; i++) {
      // Twenty pieces come at once, then one after the other.
      timeline.observe("audio", i * PIECE_US, Math.max(0, i - 20) * PIECE_US + i);
      const timeUs = timeline.placeSound(i * PIECE_US, PIECE_US);
      if (timeUs !== undefined) {
        times.push(timeUs);
      }
    }
    expect(steps(times).every((step) => step === PIECE_US)).toBe(true);
    expect(Math.abs(times[times.length - 1] - 79 * PIECE_US)).toBeLessThan(50_000);
  });

  test("leaves a hole where pieces are missing, and follows the last where no time is told", () => {
    const { timeline } = rig();
    timeline.observe("audio", 0, 0);
    expect(timeline.placeSound(undefined, PIECE_US)).toBe(0);
    expect(timeline.placeSound(undefined, PIECE_US)).toBe(PIECE_US);
    timeline.observe("audio", 500_000, 500_000);
    expect(Math.abs((timeline.placeSound(500_000, PIECE_US) as number) - 500_000)).toBeLessThan(200);
  });
});

describe("what comes ahead of its time", () => {
  test("is due by its own count from the first packet on", () => {
    const { put, timeline } = rig({ arrival: "ahead" });
    for (let i = 0; i < 100; i++) {
      put(3_000_000 + i * FRAME_US, 700_000 + i);
      expect(timeline.dueUs("video")).toBe(700_000 + i * FRAME_US);
    }
  });

  test("joins parts that count anew", () => {
    const { put, timeline } = rig({ arrival: "ahead" });
    put(0, 0);
    put(6_000_000 - FRAME_US, 10);
    put(0, 20);
    expect(timeline.dueUs("video")).toBe(6_000_000);
    put(90_000_000, 30);
    expect(timeline.dueUs("video")).toBe(6_000_000 + FRAME_US);
  });

  test("is paced anew when it came too late", () => {
    const { put, timeline } = rig({ arrival: "ahead" });
    put(0, 0);
    expect(put(FRAME_US, 5_000_000)).toBe(5_000_000);
    put(2 * FRAME_US, 5_000_010);
    expect(timeline.dueUs("video")).toBe(5_000_000 + FRAME_US);
  });
});
