import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { readInterrupted } from "../../../src/node/record/interrupted-recording.js";
import { RecordingFolder } from "../../../src/node/record/recording-folder.js";
import { temporaryFolder } from "../av/rig.js";
import { BOTH, openRecorder, publish } from "./recorder-rig.js";

/** What a process that is killed now would leave behind, in a folder of its own. */
function killed(folder: string): string {
  const left = temporaryFolder();
  for (const name of readdirSync(folder)) {
    copyFileSync(join(folder, name), join(left, name));
  }
  return left;
}

test("recordings are listed after a restart as they were before", async () => {
  const { recorder, folder } = await openRecorder({ segmentSeconds: 3, format: "mkv" });
  const live = await recorder.begin({ peer: "Ada & co", ...BOTH });
  publish(live, 10);
  const info = await live.end();
  await recorder.close();
  const again = await openRecorder({ folder });
  expect(again.recorder.list()).toEqual([info]);
  expect(info).toMatchObject({ peer: "Ada & co", mimeType: "video/x-matroska", format: "mkv" });
  expect(info.segments.length).toBeGreaterThan(2);
});

test.each([
  "mp4",
  "mkv",
  "ts",
] as const)("a killed process's recording as %s is shown as finished and interrupted, and says what is in its files", async (format) => {
  const { recorder, folder } = await openRecorder({ format, segmentSeconds: 3 });
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  publish(live, 8);
  const left = killed(folder);
  // Killed while it wrote that down.
  writeFileSync(join(left, `${live.id}.json.tmp`), "{");
  const before = liveHandles();
  const again = await openRecorder({ folder: left });
  expect(again.recorder.list()).toMatchObject([
    { id: live.id, state: "finished", isLive: false, isInterrupted: true, endedAt: expect.any(String) },
  ]);
  await again.recorder.settled;
  expect(liveHandles()).toEqual(before);
  const [info] = again.recorder.list();
  expect(info).toMatchObject({
    isInterrupted: true,
    video: { codec: "h264", width: live.info.video?.width, height: live.info.video?.height },
    audio: { codec: "opus" },
  });
  expect(info.segments.length).toBe(live.info.segments.length);
  expect(info.durationMs).toBeGreaterThan(7000);
  expect(info.durationMs).toBeLessThan(8200);
  expect(info.video?.frames).toBeGreaterThan(110);
  expect(info.video?.frames).toBeLessThanOrEqual(120);
  expect(info.audio?.packets).toBeLessThanOrEqual(400);
  expect(readdirSync(left)).not.toContain(`${live.id}.json.tmp`);
  // It is read once: the next start finds it written down.
  await again.recorder.close();
  const third = await openRecorder({ folder: left });
  expect(third.recorder.list()).toEqual([info]);
  await live.end();
});

test("a segment that was begun when the process was killed is found by its name", async () => {
  const { recorder, folder } = await openRecorder();
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  publish(live, 4);
  const left = killed(folder);
  copyFileSync(join(left, `${live.id}.mp4`), join(left, `${live.id}-0001.mp4`));
  const again = await openRecorder({ folder: left });
  await again.recorder.settled;
  const [info] = again.recorder.list();
  expect(info.segments.map(({ fileName }) => fileName)).toEqual([`${live.id}.mp4`, `${live.id}-0001.mp4`]);
  expect(info.durationMs).toBeGreaterThan(7000);
});

test.each([
  "mp4",
  "mkv",
] as const)("of a very long %s the beginning is read, and the rest is estimated by its bytes", async (format) => {
  const { recorder, folder } = await openRecorder({ format });
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  publish(live, 40);
  const left = killed(folder);
  const limits = { signal: new AbortController().signal, maxPackets: 650 };
  const read = await readInterrupted(live.facts(), await RecordingFolder.open(left), limits);
  // 650 of 2600 packets.
  expect(read.durationMs / 40_000).toBeCloseTo(1, 1);
  expect((read.video?.frames ?? 0) / 600).toBeCloseTo(1, 1);
  expect((read.audio?.packets ?? 0) / 2000).toBeCloseTo(1, 1);
});

test("a broken file among others is told, and the others count", async () => {
  const { recorder, folder } = await openRecorder({ segmentSeconds: 3 });
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  publish(live, 8);
  const left = killed(folder);
  const [first] = live.info.segments;
  writeFileSync(join(left, first.fileName), "this is no film");
  const again = await openRecorder({ folder: left });
  await again.recorder.settled;
  const [info] = again.recorder.list();
  expect(info).toMatchObject({ state: "finished", isInterrupted: true, error: { code: "source/unreadable" } });
  expect(info.durationMs).toBeGreaterThan(2000);
  expect(info.durationMs).toBeLessThan(6000);
});

test("a broken file is shown with its error, and keeps nobody from starting", async () => {
  const { recorder, folder } = await openRecorder();
  const broken = await recorder.begin({ peer: "broken", ...BOTH });
  const whole = await recorder.begin({ peer: "whole", ...BOTH });
  publish(broken, 2);
  publish(whole, 2);
  const left = killed(folder);
  writeFileSync(join(left, `${broken.id}.mp4`), "this is no film");
  const again = await openRecorder({ folder: left });
  await again.recorder.settled;
  const info = again.recorder.find(broken.id);
  expect(info).toMatchObject({ state: "failed", isInterrupted: true, error: { code: "source/unreadable" } });
  expect(JSON.stringify(info)).not.toContain(left);
  expect(again.recorder.find(whole.id)).toMatchObject({ state: "finished", video: { codec: "h264" } });
});

test("what strangers have in the folder is neither listed nor deleted, whatever it is called", async () => {
  const folder = temporaryFolder();
  const sidecar = (facts: object): string =>
    JSON.stringify({
      kind: "floe-recording/1",
      id: "alice-1",
      peer: "alice",
      state: "finished",
      isInterrupted: false,
      startedAt: "2020-01-01T00:00:00.000Z",
      endedAt: "2020-01-01T00:00:00.000Z",
      durationMs: 1,
      format: "mp4",
      isAudioOnly: false,
      segments: [{ fileName: "alice-1.mp4", bytes: 1 }],
      gaps: [],
      gapCount: 0,
      ...facts,
    });
  const files: Record<string, string> = {
    "holiday.mp4": "x",
    "alice-1700000000000.mp4": "x",
    "package.json": '{"name":"x"}',
    "broken.json": "{",
    "large.json": " ".repeat(300_000),
    "bob-1.json": sidecar({}),
    "carol-1.json": sidecar({ id: "carol-1", segments: [{ fileName: "../holiday.mp4", bytes: 1 }] }),
    "dave-1.json": sidecar({ id: "dave-1", segments: [{ fileName: "holiday.mp4", bytes: 1 }] }),
    "erin-1.json": sidecar({ id: "erin-1", kind: "other" }),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, "folder.json"));
  const { recorder } = await openRecorder({ folder, maxAgeHours: 1, maxTotalBytes: 1 });
  await recorder.sweep();
  expect(recorder.list()).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(files), "folder.json"].sort());
  expect(readFileSync(join(folder, "holiday.mp4"), "utf8")).toBe("x");
});

test("a recording whose files somebody has taken away is forgotten", async () => {
  const { recorder, folder } = await openRecorder();
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  publish(live, 1);
  await live.end();
  await recorder.close();
  const left = temporaryFolder();
  copyFileSync(join(folder, `${live.id}.json`), join(left, `${live.id}.json`));
  const again = await openRecorder({ folder: left });
  expect(again.recorder.list()).toEqual([]);
  expect(readdirSync(left)).toEqual([]);
});

test("a recording that had failed before it had a file does not keep the recorder from opening when its process was killed", async () => {
  const folder = temporaryFolder();
  const facts = {
    id: "alice-1",
    peer: "alice",
    state: "recording",
    isInterrupted: false,
    durationMs: 0,
    format: "mp4",
  };
  const rest = { isAudioOnly: false, segments: [], gaps: [], gapCount: 0, startedAt: "2026-11-28T10:00:00.000Z" };
  const error = { code: "record/unwritable", message: "it could not be written" };
  const sidecar = JSON.stringify({ kind: "floe-recording/1", ...facts, ...rest, error });
  writeFileSync(join(folder, "alice-1.json"), sidecar);
  // A stranger's, where a draft would be.
  mkdirSync(join(folder, "alice-1.json.tmp"));
  const { recorder } = await openRecorder({ folder });
  await recorder.settled;
  expect(recorder.list()).toMatchObject([{ id: "alice-1", state: "failed", error, endedAt: rest.startedAt }]);
});
