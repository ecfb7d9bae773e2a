// What the status says of record mode: a publisher in numbers and words, and whether recordings can be made.
import { expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { receiverCounters } from "../../../src/core/rtp/receive/rtp-receiver-options.js";
import type { ReceivedTrackReport } from "../../../src/core/webrtc/received-track.js";
import type { RecordingReport } from "../../../src/node/record/recording-sink.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { type PublisherStatus, publisherStatus } from "../../../src/node/server/modes/record/publisher-status.js";
import { recordStatus, type ShownRecordMode } from "../../../src/node/server/modes/record/record-status.js";

const INTAKE = { datagrams: 0, rtp: 0, rtcp: 0, malformed: 1, oversized: 2, foreign: 3 };

function track(kind: "video" | "audio", options: Partial<ReceivedTrackReport> = {}): ReceivedTrackReport {
  return {
    mid: kind,
    kind,
    codec: kind === "video" ? "h264" : "opus",
    fps: 30,
    bitrateBps: 1_000_000,
    frames: 100,
    keyFrames: 1,
    droppedFrames: 0,
    fractionLost: 0,
    silentMs: 10,
    rtp: {
      ...receiverCounters(),
      keyFrameRequests: 7,
      repaired: 5,
      ssrc: 1,
      waiting: 0,
      missing: 0,
      jitterMs: 2,
      delayMs: 20,
      roundTripMs: undefined,
      estimateBps: undefined,
      clockJumps: 0,
      outOfSyncMs: 0,
    },
    ...options,
  };
}

function publisher(tracks: readonly ReceivedTrackReport[], activeMs = 60_000): PublisherStatus {
  return publisherStatus({
    peer: "ada|1",
    state: "active",
    notes: [],
    received: { intake: INTAKE, tracks },
    recording: undefined,
    activeMs,
  });
}

test.each([
  ["all that is agreed on comes", [track("video"), track("audio")], ""],
  ["nothing came yet, a moment after the call began", [track("video", { silentMs: undefined })], "", 2000],
  [
    "nothing comes",
    [track("video", { silentMs: 4000 }), track("audio", { silentMs: undefined })],
    "No packets come from the publisher: its camera and microphone may be off, or its network is interrupted.",
  ],
  ["sound alone is published", [track("audio")], "Only sound is published."],
  [
    "the picture stays away",
    [track("video", { silentMs: 4000 }), track("audio")],
    "Only sound comes: the camera may be off.",
  ],
  [
    "no key frame comes",
    [track("video", { keyFrames: 0 }), track("audio")],
    "No key frame has come after 7 requests, so there is no picture to begin with.",
  ],
  [
    "the sound stays away",
    [track("video"), track("audio", { silentMs: 4000 })],
    "Only pictures come: the microphone may be off.",
  ],
  ["there is no sound", [track("video")], ""],
])("when %s, the words are as they should be", (_, tracks, words, activeMs = 60_000) => {
  expect(publisher(tracks as ReceivedTrackReport[], activeMs).words).toBe(words);
});

test("while sound is recorded alone, the words say so, and what a picture would do", () => {
  const report = { state: "recording", bytes: 1, durationUs: 8_000_000 } as RecordingReport;
  const words = (more: Partial<RecordingReport>, tracks: readonly ReceivedTrackReport[]): string =>
    publisherStatus({
      peer: "ada|1",
      state: "active",
      notes: [],
      received: { intake: INTAKE, tracks },
      recording: { id: "ada-1", sink: { report: () => ({ ...report, ...more }) } },
      activeMs: 8000,
    }).words;
  const off = [track("video", { silentMs: undefined }), track("audio")];
  const alone = "So far sound alone is recorded; the first picture begins a new file.";
  expect(words({}, off)).toBe(`Only sound comes: the camera may be off. ${alone}`);
  expect(words({}, [track("video", { keyFrames: 0 }), track("audio")])).toMatch(
    new RegExp(`^No key frame .*${alone}$`),
  );
  expect(words({ state: "waiting" }, off)).toBe("Only sound comes: the camera may be off.");
  const video = { codec: "h264", width: 640, height: 360, pictures: 9 };
  expect(words({ video }, off)).toBe("Only sound comes: the camera may be off.");
  expect(words({}, [track("audio")])).toBe("Only sound is published.");
});

test("a publisher's numbers stand by medium, and what was of no use is summed", () => {
  expect(publisher([track("video", { width: 640, height: 360 })])).toMatchObject({
    unusable: 6,
    video: { codec: "h264", width: 640, height: 360, fps: 30, keyFrameRequests: 7, repairedPackets: 5, jitterMs: 2 },
  });
  expect(publisher([])).not.toHaveProperty("video");
});

function shown(options: Partial<ShownRecordMode> = {}): ShownRecordMode {
  return {
    record: parseConfigObject({ media: { mode: "record" } }).media.record,
    videoCodecs: ["h264"],
    publishers: [],
    recorder: {
      folder: "/srv/private/recordings",
      spaceFault: undefined,
      list: () => [
        { isLive: true, bytes: 1000 },
        { isLive: false, bytes: 500 },
      ],
    },
    alarms: { count: 0, last: "" },
    kernels: { kind: "wasm", reason: "", counters: {} },
    ...options,
  };
}

test("the mode tells what it takes and what there is, without the machine's folders", () => {
  const status = recordStatus(shown({ publishers: [publisher([track("video")])] }));
  expect(status.sections).toMatchObject({
    sessions: { total: 1, active: 1, publishers: [{ peer: "ada|1" }] },
    record: { folder: "recordings", format: "mp4", publish: { video: ["h264"], audio: ["opus"] } },
    recordings: { total: 2, live: 1, bytes: 1500 },
  });
  expect(status.configuration).toEqual({ record: { format: "mp4", publish: { video: ["h264"], audio: ["opus"] } } });
  expect(JSON.stringify(status)).not.toContain("private");
});

const NO_SPACE = new FloeError("record/no-space", "the disk is full", { fix: "Make room." });

test.each([
  ["is fine while there is room", {}, { result: "pass", detail: "what is published is written to recordings as mp4" }],
  [
    "fails without room on the disk",
    { recorder: { ...shown().recorder, spaceFault: NO_SPACE } },
    { result: "fail", detail: "record/no-space: the disk is full. Make room." },
  ],
  [
    "warns once a recording has failed",
    { alarms: { count: 2, last: "record/disk-full: there is no room" } },
    {
      result: "warn",
      detail: "2 recordings have ended by themselves since the server began. record/disk-full: there is no room",
    },
  ],
  [
    "warns of a publisher with whom something is wrong",
    { publishers: [publisher([track("audio")])] },
    { result: "warn", detail: "ada: Only sound is published." },
  ],
])("the check %s", (_, options, expected) => {
  expect(recordStatus(shown(options as Partial<ShownRecordMode>)).checks[0]).toEqual({
    name: "recording",
    ...expected,
  });
});
