// Statistics of a publishing call from reports made up entry by entry (W3C webrtc-stats).
import { expect, test } from "vitest";
import { PublishStatsReader } from "../../../src/browser/webrtc/publish-stats.js";

type Entry = { readonly id: string; readonly [name: string]: unknown };

function report(...entries: Entry[]): Map<string, Entry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

const video = (fields: { readonly [name: string]: unknown }): Entry => ({
  id: "V",
  type: "outbound-rtp",
  kind: "video",
  codecId: "C",
  remoteId: "R",
  packetsSent: 1,
  ...fields,
});
const codec: Entry = { id: "C", type: "codec", mimeType: "video/H264" };
const far: Entry = { id: "R", type: "remote-inbound-rtp", packetsLost: 4, fractionLost: 0.25, roundTripTime: 0.04 };

test("rates are of the interval, losses and round trip are the far end's", () => {
  const reader = new PublishStatsReader(0);
  const before = { bytesSent: 1000, framesEncoded: 30, retransmittedPacketsSent: 2 };
  reader.read(report(video(before), codec), 1000);
  const now = { bytesSent: 251_000, framesEncoded: 90, framesSent: 88, frameWidth: 1280, frameHeight: 720 };
  const look = reader.read(report(video({ ...now, retransmittedPacketsSent: 5 }), codec, far), 3000);
  expect(look).toMatchObject({ intervalMs: 2000, audio: undefined, availableBitrateBps: undefined, path: "" });
  expect(look.video).toMatchObject({
    codec: "H264",
    bitrateBps: 1_000_000,
    fps: 30,
    framesSent: 88,
    width: 1280,
    height: 720,
    packetsResent: 5,
    packetsResentDelta: 3,
    packetsLost: 4,
    lossRatio: 0.25,
    roundTripMs: 40,
    limitation: "none",
    limitationWords: "",
  });
});

test("a medium is there with its first packet, and a far end that has not reported is not made up", () => {
  const reader = new PublishStatsReader(0);
  expect(reader.read(report(video({ packetsSent: 0 })), 1000).video).toBeUndefined();
  expect(reader.read(report(video({})), 2000).video).toMatchObject({
    codec: "",
    packetsLost: 0,
    roundTripMs: undefined,
  });
});

test("sound has the level of what is heard", () => {
  const audio: Entry = { id: "A", type: "outbound-rtp", kind: "audio", packetsSent: 9, mediaSourceId: "S" };
  const source: Entry = { id: "S", type: "media-source", kind: "audio", audioLevel: 0.5 };
  expect(new PublishStatsReader(0).read(report(audio, source), 1000).audio).toMatchObject({
    level: 0.5,
    packetsSent: 9,
  });
});

test.each([
  ["bandwidth", "bandwidth", "The network carries less than the picture needs."],
  ["cpu", "cpu", "This computer does not encode the picture fast enough."],
  ["other", "other", "The browser holds the picture's quality back."],
  ["none", "none", ""],
  [undefined, "none", ""],
])("what holds the picture back stands in words: %s", (qualityLimitationReason, limitation, limitationWords) => {
  const look = new PublishStatsReader(0).read(report(video({ qualityLimitationReason })), 1000);
  expect(look.video).toMatchObject({ limitation, limitationWords });
});
