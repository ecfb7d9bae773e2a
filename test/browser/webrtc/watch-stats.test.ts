// Statistics of a watching call from reports made up entry by entry (W3C webrtc-stats).
import { describe, expect, test } from "vitest";
import { WatchStatsReader } from "../../../src/browser/webrtc/watch-stats.js";

type Entry = { readonly id?: string; readonly type?: string } & { readonly [name: string]: unknown };

function report(...entries: Entry[]): Map<string, Entry> {
  return new Map(entries.map((entry) => [entry.id ?? "", entry]));
}

const video = (fields: { [name: string]: number }, id = "V"): Entry => ({
  id,
  type: "inbound-rtp",
  kind: "video",
  codecId: "C",
  packetsReceived: 1,
  ...fields,
});
const codec: Entry = { id: "C", type: "codec", mimeType: "video/H264" };

describe("one look", () => {
  test("at nothing has no media, no path and no round trip", () => {
    const stats = new WatchStatsReader(100).read(report(), 100);
    expect(stats).toEqual({ intervalMs: 0, video: undefined, audio: undefined, roundTripMs: undefined, path: "" });
  });

  test("counts rates from the call's beginning", () => {
    const stats = new WatchStatsReader(1000).read(
      report(codec, video({ framesDecoded: 15, bytesReceived: 62_500, frameWidth: 1280, frameHeight: 720 })),
      1500,
    );
    expect(stats.video).toMatchObject({ codec: "H264", width: 1280, height: 720, fps: 30, bitrateBps: 1_000_000 });
  });

  test("shows a medium only when its first packet is there", () => {
    expect(new WatchStatsReader(0).read(report(video({ packetsReceived: 0 })), 1000).video).toBeUndefined();
  });

  test("takes the busiest of several received streams", () => {
    const both = report(
      video({ bytesReceived: 10, framesDecoded: 1 }),
      video({ bytesReceived: 99, framesDecoded: 7 }, "W"),
    );
    expect(new WatchStatsReader(0).read(both, 1000).video?.framesDecoded).toBe(7);
  });

  test("names the path of the pair in use and its round trip", () => {
    const pair: Entry = { id: "P", type: "candidate-pair", localCandidateId: "L", currentRoundTripTime: 0.025 };
    const local: Entry = {
      id: "L",
      type: "local-candidate",
      candidateType: "relay",
      protocol: "udp",
      relayProtocol: "tls",
    };
    const transport: Entry = { id: "T", type: "transport", selectedCandidatePairId: "P" };
    const stats = new WatchStatsReader(0).read(report(pair, local, transport), 1);
    expect([stats.path, stats.roundTripMs]).toEqual(["relay tls", 25]);
  });

  test("finds the pair in use by its nomination where the transport names none", () => {
    const pair: Entry = { id: "P", type: "candidate-pair", nominated: true, state: "succeeded", localCandidateId: "L" };
    const local: Entry = { id: "L", type: "local-candidate", candidateType: "host", protocol: "udp" };
    const stats = new WatchStatsReader(0).read(report(pair, local, { id: "T", type: "transport" }), 1);
    expect([stats.path, stats.roundTripMs]).toEqual(["host udp", undefined]);
  });
});

describe("the next look", () => {
  test("counts rates and deltas since the one before, and totals since the beginning", () => {
    const reader = new WatchStatsReader(0);
    const first = { framesDecoded: 30, bytesReceived: 1000, packetsLost: 2, freezeCount: 1, totalFreezesDuration: 0.5 };
    reader.read(report(video({ ...first, jitterBufferDelay: 1, jitterBufferEmittedCount: 30 })), 1000);
    const second = {
      framesDecoded: 90,
      bytesReceived: 3000,
      packetsLost: 5,
      freezeCount: 1,
      totalFreezesDuration: 0.5,
    };
    const { video: now, intervalMs } = reader.read(
      report(video({ ...second, jitterBufferDelay: 1.6, jitterBufferEmittedCount: 90 })),
      3000,
    );
    expect(intervalMs).toBe(2000);
    expect(now).toMatchObject({ fps: 30, bitrateBps: 8000, framesDecoded: 90, framesDecodedDelta: 60 });
    expect(now).toMatchObject({
      packetsLost: 5,
      packetsLostDelta: 3,
      freezeCount: 1,
      freezeCountDelta: 0,
      freezeMs: 500,
    });
    expect(now?.jitterBufferMs).toBeCloseTo(10);
  });

  test("takes a total that fell for one that began anew", () => {
    const reader = new WatchStatsReader(0);
    reader.read(report(video({ framesDecoded: 100 })), 1000);
    expect(reader.read(report(video({ framesDecoded: 10 })), 2000).video).toMatchObject({
      fps: 0,
      framesDecodedDelta: 0,
    });
  });

  test("at the same moment divides by nothing", () => {
    const reader = new WatchStatsReader(0);
    reader.read(report(video({ framesDecoded: 1 })), 1000);
    expect(reader.read(report(video({ framesDecoded: 2 })), 1000).video).toMatchObject({ fps: 0, bitrateBps: 0 });
  });

  test("tells how much of the sound was made up", () => {
    const audio = (concealedSamples: number, totalSamplesReceived: number): Map<string, Entry> =>
      report({
        id: "A",
        type: "inbound-rtp",
        kind: "audio",
        packetsReceived: 9,
        concealedSamples,
        totalSamplesReceived,
        totalAudioEnergy: 0.5,
        audioLevel: 0.1,
      });
    const reader = new WatchStatsReader(0);
    reader.read(audio(0, 48_000), 1000);
    const { audio: now } = reader.read(audio(4800, 96_000), 2000);
    expect(now).toMatchObject({ concealedRatio: 0.1, energy: 0.5, level: 0.1, codec: "", playoutDelayMs: 0 });
  });

  test("tells how long the sound takes to the loudspeaker", () => {
    const looked = (totalPlayoutDelay: number, totalSamplesCount: number): Map<string, Entry> =>
      report(
        { id: "A", type: "inbound-rtp", kind: "audio", packetsReceived: 9, playoutId: "AP" },
        { id: "AP", type: "media-playout", totalPlayoutDelay, totalSamplesCount },
      );
    const reader = new WatchStatsReader(0);
    reader.read(looked(4800, 48_000), 1000);
    expect(reader.read(looked(6240, 96_000), 2000).audio?.playoutDelayMs).toBeCloseTo(30);
  });
});
