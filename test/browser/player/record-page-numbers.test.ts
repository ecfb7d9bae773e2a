import { describe, expect, test } from "vitest";
import { durationNow, ownRecording } from "../../../examples/playground/src/model/own-recording.js";
import { publishRows } from "../../../examples/playground/src/model/publish-rows.js";
import { recorderName, rememberedName, rememberName } from "../../../examples/playground/src/model/recorder-name.js";
import { parseRecording, type RecordingInfo } from "../../../examples/playground/src/model/recording-info.js";
import { levelOf, meterShare } from "../../../examples/playground/src/model/sound-level.js";
import { PublishStatsReader } from "../../../src/browser/webrtc/publish-stats.js";

function recording(more: object): RecordingInfo {
  const info = parseRecording({ id: "a-1", peer: "ada|1", state: "recording", isLive: true, ...more });
  if (info === undefined) {
    throw new Error("no recording");
  }
  return info;
}

describe("the page's own recording", () => {
  const old = recording({ id: "a-1", startedAt: "2026-11-28T12:00:00Z" });
  const other = recording({ id: "b-2", peer: "bob|2", startedAt: "2026-11-28T12:05:00Z" });
  const mine = recording({ id: "a-3", startedAt: "2026-11-28T12:05:00Z" });

  test("is the first of its peer that was not there before", () => {
    const run = { address: "ada|1", before: new Set(["a-1"]) };
    expect(ownRecording([other, old], run)).toBeUndefined();
    expect(ownRecording([other, old, mine], run)?.id).toBe("a-3");
    const later = recording({ id: "a-4", peer: "ada", startedAt: "2026-11-28T12:06:00Z" });
    expect(ownRecording([later, mine], run)?.id).toBe("a-3");
    expect(ownRecording([later], run)?.id).toBe("a-4");
  });

  test("goes on between two answers, for a while, and stands still while it is paused", () => {
    const at = (state: string): RecordingInfo => recording({ state, durationMs: 5000 });
    expect(durationNow(at("recording"), 700)).toBe(5700);
    expect(durationNow(at("recording"), 60_000)).toBe(9000);
    expect(durationNow(at("recording"), -5)).toBe(5000);
    expect(durationNow(at("paused"), 700)).toBe(5000);
  });
});

describe("the name of a recording", () => {
  test("is what was typed, without what no name may have", () => {
    expect(recorderName("  Ada | Lovelace\n")).toBe("Ada Lovelace");
    expect(recorderName("|")).toBe("camera");
    expect(recorderName("x".repeat(90))).toHaveLength(60);
  });

  test("is remembered where the browser lets pages keep anything", () => {
    const kept = new Map<string, string>();
    const place = {
      localStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
      },
    };
    rememberName(place, "Ada");
    expect(rememberedName(place)).toBe("Ada");
    const closed = {
      get localStorage(): Storage {
        throw new Error("denied");
      },
    };
    rememberName(closed, "Ada");
    expect(rememberedName(closed)).toBe("");
  });
});

describe("the numbers of a broadcast", () => {
  test("are dashes before there is anything, in the same places", () => {
    const empty = publishRows(new PublishStatsReader(0).read(new Map(), 0));
    expect(empty.map(({ value }) => value)).toEqual(Array.from({ length: 8 }, () => "–"));
    expect(publishRows(undefined).map(({ name }) => name)).toEqual(empty.map(({ name }) => name));
  });

  test("are those of picture and sound together", () => {
    const medium = {
      ...{ codec: "opus", bitrateBps: 32_000, packetsSent: 50, packetsResent: 1, packetsResentDelta: 0 },
      ...{ packetsLost: 2, lossRatio: 0, roundTripMs: undefined },
    };
    const rows = publishRows({
      ...{ intervalMs: 1000, roundTripMs: undefined, availableBitrateBps: undefined, path: "host udp" },
      audio: { ...medium, level: 0.5 },
      video: {
        ...{ ...medium, codec: "H264", bitrateBps: 2_000_000, roundTripMs: 12.4 },
        ...{ width: 1280, height: 720, fps: 29.96, framesSent: 3, framesSentDelta: 3, keyFramesEncoded: 1 },
        ...{ targetBitrateBps: 0, nackCount: 0, pliCount: 0 },
        ...{ limitation: "cpu", limitationWords: "This computer is slow." },
      },
    });
    expect(rows.map(({ value }) => value)).toEqual([
      ...["1280 × 720", "H.264 + Opus", "30.0 fps", "2.03 Mb/s", "12 ms", "4", "2", "host udp"],
    ]);
    expect(rows[0]?.note).toBe("This computer is slow.");
  });
});

describe("the level of a microphone", () => {
  test("is the root mean square in dB of full scale", () => {
    expect(levelOf(new Float32Array(8).fill(1))).toBe(0);
    expect(levelOf(new Float32Array(8).fill(0.1))).toBeCloseTo(-20, 3);
    expect(levelOf(new Float32Array(8))).toBe(-100);
    expect(levelOf(new Float32Array(0))).toBe(-100);
  });

  test("fills the meter from -60 dB on", () => {
    expect([-100, -60, -30, 0, 3].map(meterShare)).toEqual([0, 0, 0.5, 1, 1]);
  });
});
