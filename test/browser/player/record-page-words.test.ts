import { describe, expect, test } from "vitest";
import { clockWords, sizeWords, whenWords } from "../../../examples/playground/src/model/amounts.js";
import { refusal } from "../../../examples/playground/src/model/api-fault.js";
import { type BroadcastScene, broadcastWords } from "../../../examples/playground/src/model/broadcast-words.js";
import {
  ANY,
  cameraOptions,
  microphoneOptions,
  NONE,
  rememberChoice,
  rememberedChoice,
  SCREEN,
} from "../../../examples/playground/src/model/device-choice.js";
import { insecureWords } from "../../../examples/playground/src/model/insecure-page.js";
import {
  parseRecording,
  parseRecordings,
  type RecordingInfo,
} from "../../../examples/playground/src/model/recording-info.js";
import { recordingRows } from "../../../examples/playground/src/model/recording-rows.js";

const STARTED = "2026-11-28T12:00:00.000Z";
const TOLD = {
  id: "ada-1795867200000",
  peer: "ada|abc",
  state: "finished",
  isLive: false,
  isInterrupted: false,
  startedAt: STARTED,
  durationMs: 42_300,
  bytes: 5_312_000,
  format: "mp4",
  mimeType: "video/mp4",
  fileName: "ada-1795867200000.mp4",
  isAudioOnly: false,
  segments: [{ fileName: "ada-1795867200000.mp4", bytes: 5_312_000 }],
  video: { codec: "h264", width: 1280, height: 720, frames: 1269 },
  audio: { codec: "opus", packets: 2115 },
  gaps: [],
  gapCount: 0,
  url: "/api/recordings/ada-1795867200000/file",
};

function recording(more: object = {}): RecordingInfo {
  const info = parseRecording({ ...TOLD, ...more });
  if (info === undefined) {
    throw new Error("no recording");
  }
  return info;
}

describe("amounts", () => {
  test.each([
    [0, "0 kB"],
    [1, "1 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [5_312_000, "5.3 MB"],
    [999_950_000, "1.00 GB"],
  ])("%d bytes are %s", (bytes, words) => {
    expect(sizeWords(bytes)).toBe(words);
  });

  test.each([
    [0, "0:00"],
    [999, "0:00"],
    [61_000, "1:01"],
    [3_723_000, "1:02:03"],
  ])("%d ms are %s", (ms, words) => {
    expect(clockWords(ms)).toBe(words);
  });

  test("a moment is told as seen from now", () => {
    const now = Date.parse("2026-11-28T14:00:00Z");
    const zone = { timeZone: "UTC" };
    expect(whenWords(now - 3_600_000, now, zone)).toBe("Today, 13:00");
    expect(whenWords(now - 20 * 3_600_000, now, zone)).toBe("Yesterday, 18:00");
    expect(whenWords(Date.parse("2026-11-03T00:15:00Z"), now, zone)).toBe("Nov 3, 2026, 00:15");
    expect(whenWords(Number.NaN, now, zone)).toBe("");
  });
});

describe("the list of recordings", () => {
  const now = Date.parse(STARTED) + 60_000;

  test("leaves out what is none, and reads what is", () => {
    expect(
      parseRecordings({ recordings: [TOLD, 7, null, { id: "x", state: "dancing" }, { state: "failed" }] }),
    ).toEqual([recording()]);
    expect(parseRecordings("no")).toEqual([]);
    expect(recording({ durationMs: "long", gaps: [{ durationMs: 1500 }, { durationMs: 400 }, 3] })).toMatchObject({
      durationMs: 0,
      gapMs: 1900,
      startedAtMs: Date.parse(STARTED),
    });
  });

  test("has live ones on top, then the newest first", () => {
    const older = recording({ id: "older", startedAt: "2026-11-27T12:00:00Z" });
    const live = recording({ id: "live", startedAt: "2026-11-26T12:00:00Z", state: "recording", isLive: true });
    expect(recordingRows([older, recording(), live], now).map(({ id }) => id)).toEqual(["live", TOLD.id, "older"]);
  });

  test("tells of each who, how long, how big and in which form", () => {
    const [row] = recordingRows([recording()], now);
    expect(row).toMatchObject({
      name: "ada",
      badge: undefined,
      duration: "0:42",
      facts: ["5.3 MB", "1280 × 720", "H.264 + Opus", "MP4"],
      notes: [],
      hasMedia: true,
      parts: [],
    });
    expect(row?.when).toMatch(/^Today, /);
  });

  test.each([
    [{ isLive: true, state: "recording" }, "Live", []],
    [{ isLive: true, state: "paused" }, "Paused", []],
    [{ isLive: true, state: "waiting", bytes: 0 }, "Live, waiting", [/^Nothing is written before/]],
    [{ isInterrupted: true }, "Cut short", [/^The server was stopped/]],
    [
      { state: "failed", error: { code: "record/disk-full", message: "the disk is full" } },
      "Failed",
      [/^The disk is full\.$/],
    ],
    [{ gapCount: 1, gaps: [{ atMs: 5, durationMs: 3400 }] }, undefined, [/^1 gap, 3\.4 s in all: media was lost/]],
    [{ gapCount: 120 }, undefined, [/^120 gaps: media was lost/]],
    [{ audio: undefined }, undefined, [/^Without sound\.$/]],
    [{ video: undefined }, undefined, [/^Sound only\.$/]],
    [{ isLive: true, state: "recording", video: undefined }, "Live", [/^Sound alone so far: no picture has come\./]],
    [{ isLive: true, state: "recording", video: undefined, isAudioOnly: true }, "Live", []],
    [
      { droppedPictures: 12, droppedSounds: 3, skippedPictures: 5 },
      undefined,
      [/^Left out: pictures 12, pieces of sound 3\. The server could not keep up/],
    ],
    [{ bytes: 0 }, undefined, [/^Nothing came/]],
  ])("says what somebody should know before relying on one (%#)", (more, badge, notes) => {
    const [row] = recordingRows([recording(more)], now);
    expect(row?.badge?.words).toBe(badge);
    expect(row?.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  });

  test("names the parts of one that was cut into several files", () => {
    const segments = [
      { fileName: "a-0001.mp4", bytes: 2_000_000 },
      { fileName: "a-0002.mp4", bytes: 500_000 },
    ];
    expect(recordingRows([recording({ segments })], now)[0]?.parts).toEqual(["Part 1, 2.0 MB", "Part 2, 500 kB"]);
  });
});

describe("a refusal of the server", () => {
  test("is told in its own words, else by its number", () => {
    expect(refusal(409, { error: "record/live", message: "it is still recorded" })).toMatchObject({
      code: "record/live",
      message: "It is still recorded.",
    });
    expect(refusal(401, { error: "unauthorized" }).message).toBe("The server refused the token.");
    expect(refusal(404, { error: "record/not-found" }).message).toBe(
      "The server answered with HTTP 404 (record/not-found).",
    );
    expect(refusal(502, undefined).message).toBe("The server answered with HTTP 502.");
  });
});

describe("the line of a broadcast", () => {
  const scene: BroadcastScene = {
    capture: { kind: "on" },
    call: { kind: "idle" },
    recording: undefined,
    elapsedMs: 61_000,
    isOnline: true,
    hasNothing: false,
    listTrouble: "",
  };
  const active = { kind: "live", isInterrupted: false } as const;
  const stopped = { kind: "stopped" } as const;
  const failed = (code: string, message = "That was it", fix = "Do it again.") =>
    ({ kind: "failed", code, message, fix }) as const;
  const live = (state: string, more: object = {}): RecordingInfo => recording({ state, isLive: true, ...more });

  test.each<[Partial<BroadcastScene>, string, string]>([
    [{}, "idle", "Ready."],
    [{ isOnline: false }, "idle", "Not connected."],
    [{ hasNothing: true, call: stopped }, "idle", "Nothing is chosen."],
    [{ hasNothing: true, call: { kind: "calling" } }, "connecting", "Connecting…"],
    [{ capture: { kind: "asking" } }, "connecting", "Asking for permission…"],
    [{ capture: { kind: "failed", title: "No camera.", fix: "" } }, "failed", "No camera."],
    [{ call: { kind: "calling" } }, "connecting", "Connecting…"],
    [{ call: active }, "waiting", "Connected."],
    [{ call: active, recording: live("waiting") }, "waiting", "Waiting for the first key frame…"],
    [{ call: active, recording: live("recording") }, "recording", "Recording."],
    [{ call: active, recording: live("paused") }, "paused", "Paused."],
    [{ call: active, recording: recording() }, "failed", "The server ended the recording."],
    [{ call: { ...active, isInterrupted: true } }, "reconnecting", "The connection is interrupted."],
    [{ call: active, isOnline: false, recording: live("recording") }, "reconnecting", "The server does not answer."],
    [{ call: { kind: "stopping" } }, "connecting", "Stopping…"],
    [{ call: stopped, recording: live("recording") }, "connecting", "Stopping…"],
    [{ call: stopped, recording: recording() }, "saved", "Saved."],
    [{ call: stopped, recording: recording({ bytes: 0 }) }, "idle", "Stopped."],
    [{ call: failed("call/busy") }, "failed", "The server did not take the broadcast."],
    [{ call: failed("call/negotiation-failed") }, "failed", "The server records nothing that this browser sends."],
    [{ call: failed("symple/timeout") }, "failed", "The broadcast failed."],
    [{ call: stopped, capture: { kind: "asking" } }, "connecting", "Asking for permission…"],
  ])("(%#) is %o → %s", (more, state, title) => {
    expect(broadcastWords({ ...scene, ...more })).toMatchObject({ state, title });
  });

  test("has what ticks apart from what is announced", () => {
    const words = broadcastWords({ ...scene, call: active, recording: live("paused") });
    expect(words).toMatchObject({ detail: "Nothing is written until you resume.", progress: "1:01, 5.3 MB" });
  });

  test("says of a camera that sends nothing that its sound is recorded", () => {
    const words = broadcastWords({ ...scene, call: active, recording: live("recording", { video: undefined }) });
    expect(words).toMatchObject({ title: "Recording.", detail: "Sound alone: no picture has come yet." });
  });

  test("tells why a recording failed, and what is kept of it", () => {
    const full = recording({ state: "failed", error: { code: "record/disk-full", message: "The disk is full" } });
    for (const call of [active, stopped, failed("call/hangup")]) {
      expect(broadcastWords({ ...scene, call, recording: full })).toMatchObject({
        title: "The recording failed.",
        detail: "The disk is full. 0:42, 5.3 MB are kept in the list.",
      });
    }
  });

  test("does not say that nothing was recorded when it does not know", () => {
    const listTrouble = "The server cannot be reached.";
    expect(broadcastWords({ ...scene, call: stopped, listTrouble })).toMatchObject({
      title: "Stopped.",
      detail: "What was recorded is not known. The server cannot be reached.",
    });
    expect(broadcastWords({ ...scene, call: active, listTrouble }).detail).toContain("is not known");
  });

  test("tells what happened, what is kept, and what to do", () => {
    const call = failed("call/rejected", "It records as many as it may", "Try again when one has ended.");
    expect(broadcastWords({ ...scene, call }).detail).toBe(
      "It records as many as it may. Try again when one has ended.",
    );
    expect(broadcastWords({ ...scene, call: failed("call/peer-gone"), recording: recording() }).detail).toBe(
      "That was it. 0:42, 5.3 MB are kept in the list. Do it again.",
    );
  });
});

describe("the choice of devices", () => {
  const camera = { deviceId: "c1", label: "HD Webcam (046d:0825)" };
  const microphone = { deviceId: "m1", label: "Desk microphone" };
  const unnamed = [{ deviceId: "", label: "Camera 1" }];
  const values = (options: readonly { readonly value: string }[]): readonly string[] =>
    options.map(({ value }) => value);

  test("has whichever, a screen and none before the browser tells which there are", () => {
    expect(cameraOptions(unnamed, ANY, { canShareScreen: true })).toEqual([
      { value: ANY, label: "Any camera" },
      { value: SCREEN, label: "A screen or a window" },
      { value: NONE, label: "No camera" },
    ]);
    expect(values(cameraOptions(unnamed, SCREEN, { canShareScreen: false }))).toEqual([ANY, SCREEN, NONE]);
    expect(values(microphoneOptions([], NONE))).toEqual([ANY, NONE]);
  });

  test("has names without their numbers afterwards, and always what is chosen", () => {
    expect(cameraOptions([camera], "c1", { canShareScreen: false })).toEqual([
      { value: "c1", label: "HD Webcam" },
      { value: NONE, label: "No camera" },
    ]);
    expect(microphoneOptions([microphone], "gone")).toEqual([
      { value: "gone", label: "The microphone of last time" },
      { value: "m1", label: "Desk microphone" },
      { value: NONE, label: "No microphone" },
    ]);
  });

  test("is remembered where the browser lets pages keep anything", () => {
    const kept = new Map<string, string>();
    const place = {
      localStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
      },
    };
    expect(rememberedChoice(place)).toEqual({ camera: ANY, microphone: ANY });
    rememberChoice(place, { camera: SCREEN, microphone: "m1" });
    expect(rememberedChoice(place)).toEqual({ camera: SCREEN, microphone: "m1" });
    const closed = {
      get localStorage(): Storage {
        throw new Error("denied");
      },
    };
    rememberChoice(closed, { camera: SCREEN, microphone: "m1" });
    expect(rememberedChoice(closed)).toEqual({ camera: ANY, microphone: ANY });
    expect(rememberedChoice({ localStorage: { getItem: () => "[3" } })).toEqual({ camera: ANY, microphone: ANY });
  });
});

describe("a page on plain http", () => {
  test("says why it gets no camera, and three ways out that can be copied", () => {
    const { title, why, ways } = insecureWords("http://192.168.1.20:4500/floe/");
    expect(title).toBe("No camera on plain http.");
    expect(why).toContain("http://192.168.1.20:4500");
    expect(ways.map(({ code }) => code)).toEqual([
      "http://localhost:4500/floe/",
      "ssh -N -L 4500:192.168.1.20:4500 192.168.1.20",
      "https://192.168.1.20/floe/",
    ]);
  });
});
