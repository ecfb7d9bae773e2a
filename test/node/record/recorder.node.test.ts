import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { ManualClock } from "../../../src/core/time/manual-clock.js";
import { seconds } from "../../../src/core/time/units.js";
import { Recorder } from "../../../src/node/record/recorder.js";
import { temporaryFolder, until } from "../av/rig.js";
import { media, sounds } from "./media.js";
import { playBack } from "./play-back.js";
import { BOTH, openRecorder, publish, VP8_KEY_FRAME } from "./recorder-rig.js";

/** Where a manual clock begins. */
const START_MS = 1_800_000_000_000;

const faultOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "no fault";
  } catch (error) {
    expect(error).toBeInstanceOf(FloeError);
    return String(error);
  }
};

describe("a recording", () => {
  test("is one file called by its peer and its start, plays, and is listed live and finished", async () => {
    const { recorder, folder, clock, told } = await openRecorder();
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    const id = `alice-${START_MS}`;
    expect(live.id).toBe(id);
    expect(recorder.list()).toMatchObject([
      { id, peer: "alice", state: "waiting", isLive: true, bytes: 0, segments: [] },
    ]);
    publish(live, 4);
    expect(recorder.find(id)).toMatchObject({ state: "recording", isLive: true, fileName: `${id}.mp4` });
    expect(recorder.find(id)?.bytes).toBeGreaterThan(10_000);
    clock.advance(seconds(4));
    const info = await live.end();
    expect(recorder.list()).toEqual([info]);
    expect(info).toEqual({
      id,
      peer: "alice",
      state: "finished",
      isLive: false,
      isInterrupted: false,
      startedAt: new Date(START_MS).toISOString(),
      endedAt: new Date(START_MS + 4000).toISOString(),
      durationMs: expect.any(Number),
      bytes: expect.any(Number),
      format: "mp4",
      isAudioOnly: false,
      mimeType: "video/mp4",
      fileName: `${id}.mp4`,
      segments: [{ fileName: `${id}.mp4`, bytes: info.bytes }],
      video: { codec: "h264", width: expect.any(Number), height: expect.any(Number), frames: 60 },
      audio: { codec: "opus", packets: 200 },
      gaps: [],
      gapCount: 0,
      url: `/api/recordings/${id}/file`,
    });
    expect(info.durationMs).toBeCloseTo(4000, -2);
    const { video, audio } = await playBack(join(folder, `${id}.mp4`));
    expect([video?.frames, video?.errors, audio?.frames, audio?.errors]).toEqual([60, 0, 200, 0]);
    expect(told()).toEqual([`recording-started ${id}`, `recording-ended ${id}`]);
    expect(readdirSync(folder).sort()).toEqual([`${id}.json`, `${id}.mp4`]);
  });

  test("of a peer whose name is a path stays in the folder, and two of one moment get two names", async () => {
    const { recorder, folder } = await openRecorder();
    const peers = ["../../etc/passwd", "../../etc/passwd", "/etc/passwd"];
    const lives = await Promise.all(peers.map((peer) => recorder.begin({ peer, ...BOTH })));
    expect(lives.map(({ id }) => id)).toEqual([0, 1, 2].map((ms) => `_etc_passwd-${START_MS + ms}`));
    for (const live of lives) {
      publish(live, 1);
      await live.end();
    }
    expect(readdirSync(folder)).toHaveLength(6);
    expect(recorder.find(lives[0].id)?.peer).toBe("../../etc/passwd");
  });

  test("never overwrites a file that exists, neither its first nor a segment's", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, `alice-${START_MS}.mp4`), "holiday");
    writeFileSync(join(folder, `alice-${START_MS + 1}-0001.mp4`), "birthday");
    const { recorder } = await openRecorder({ folder, segmentSeconds: 3 });
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    publish(live, 10);
    const { segments } = await live.end();
    expect(segments.map(({ fileName }) => fileName)).toEqual([
      `alice-${START_MS + 1}.mp4`,
      `alice-${START_MS + 1}-0002.mp4`,
      `alice-${START_MS + 1}-0003.mp4`,
    ]);
    expect(readFileSync(join(folder, `alice-${START_MS}.mp4`), "utf8")).toBe("holiday");
    expect(readFileSync(join(folder, `alice-${START_MS + 1}-0001.mp4`), "utf8")).toBe("birthday");
    for (const { fileName } of segments) {
      expect((await playBack(join(folder, fileName))).video?.errors).toBe(0);
    }
    expect(recorder.fileOf(live.id, 1).fileName).toBe(`alice-${START_MS + 1}-0002.mp4`);
    expect(await faultOf(() => recorder.fileOf(live.id, 3))).toMatch(
      /^record\/not-found: .* has no segment 3\. .*0 to 2\.$/,
    );
  });

  test("begins a new segment by size too", async () => {
    const { recorder, folder } = await openRecorder({ segmentBytes: 30_000 });
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    publish(live, 8);
    const { segments, bytes } = await live.end();
    expect(segments.length).toBeGreaterThanOrEqual(2);
    expect(segments.reduce((sum, segment) => sum + segment.bytes, 0)).toBe(bytes);
    expect(readdirSync(folder)).toHaveLength(segments.length + 1);
  });

  test("of sound alone says so, and has the type of sound", async () => {
    const { recorder } = await openRecorder();
    const live = await recorder.begin({ peer: "alice", audio: "opus" });
    for (const packet of sounds()) {
      if (packet.timeUs >= seconds(1)) {
        break;
      }
      live.sink.write(packet);
    }
    expect(await live.end()).toMatchObject({ isAudioOnly: true, mimeType: "audio/mp4", audio: { packets: 50 } });
  });

  test("that nobody sent anything to leaves nothing behind", async () => {
    const { recorder, folder, told } = await openRecorder();
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    expect(readdirSync(folder)).toEqual([`${live.id}.json`]);
    expect(await faultOf(() => recorder.fileOf(live.id))).toMatch(/^record\/empty: /);
    await live.end();
    await until(() => recorder.list().length === 0);
    expect(readdirSync(folder)).toEqual([]);
    expect(told()).toEqual([`recording-removed ${live.id}`]);
  });

  test("is paused, resumed and stopped from outside; whoever publishes hears that it is over", async () => {
    const { recorder, told } = await openRecorder();
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    const ends: unknown[] = [];
    live.ended.on((error) => void ends.push(error));
    let asked = 0;
    live.sink.keyFrameNeeded.on(() => void asked++);
    for (const packet of media("h264-opus", seconds(12))) {
      if (packet.timeUs === 2_000_000) {
        expect(recorder.pause(live.id)).toMatchObject({ state: "paused", isLive: true });
      } else if (packet.timeUs === 8_200_000) {
        expect(recorder.resume(live.id)).toMatchObject({ state: "recording" });
      }
      live.sink.write(packet);
    }
    expect(asked).toBeGreaterThan(0);
    const info = await recorder.stop(live.id);
    expect(info).toMatchObject({ state: "finished", isLive: false });
    expect(info.durationMs).toBeLessThan(7000);
    expect(ends).toEqual([undefined]);
    const { bytes } = info;
    publish(live, 1);
    expect(recorder.find(live.id)?.bytes).toBe(bytes);
    expect(told().map((line) => line.split(" ")[0])).toEqual([
      "recording-started",
      "recording-paused",
      "recording-resumed",
      "recording-ended",
    ]);
    for (const verb of ["pause", "resume", "stop"] as const) {
      expect(await faultOf(() => recorder[verb](live.id))).toMatch(/^record\/not-live: /);
      expect(await faultOf(() => recorder[verb]("nobody-1"))).toMatch(/^record\/not-found: /);
    }
  });

  test("is deleted with all that belongs to it, but not while it is made", async () => {
    const { recorder, folder, told } = await openRecorder({ segmentSeconds: 3 });
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    publish(live, 10);
    expect(await faultOf(() => recorder.remove(live.id))).toMatch(/^record\/live: .* Stop it first\.$/);
    await live.end();
    writeFileSync(join(folder, "notes.txt"), "mine");
    expect(readdirSync(folder).length).toBeGreaterThan(4);
    await recorder.remove(live.id);
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
    expect(recorder.list()).toEqual([]);
    expect(told().at(-1)).toBe(`recording-removed ${live.id}`);
    expect(await faultOf(() => recorder.remove("../notes"))).toMatch(/^record\/not-found: /);
  });
});

test("a file that somebody deletes while it is written is an alarm, not a recording of nothing", async () => {
  const { recorder, folder, told } = await openRecorder();
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  let code = "";
  live.ended.on((error) => {
    code = error?.code ?? "none";
  });
  for (const packet of media("h264-opus", seconds(8))) {
    if (packet.timeUs === 4_000_000) {
      rmSync(join(folder, `${live.id}.mp4`), { force: true });
    }
    live.sink.write(packet);
  }
  await until(() => code !== "");
  expect(code).toBe("record/unwritable");
  expect(told().at(-1)).toBe(`recording-failed ${live.id}`);
  expect(recorder.find(live.id)).toMatchObject({ state: "failed", segments: [], error: { code: "record/unwritable" } });
});

describe("what a recording cannot be", () => {
  test("an MP4 of VP8 is refused, and the formats that fit are named", async () => {
    const { recorder, folder } = await openRecorder();
    expect(await faultOf(() => recorder.begin({ peer: "alice", video: "vp8", audio: "opus" }))).toBe(
      "record/wrong-container: A mp4 recording cannot hold vp8 and opus. Set media.record.format to mkv or webm.",
    );
    expect(await faultOf(() => recorder.begin({ peer: "alice" }))).toMatch(/^record\/no-media: /);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("one that gets VP8 although H.264 was agreed ends with an alarm, and another goes on", async () => {
    const { recorder, folder, events } = await openRecorder();
    const good = await recorder.begin({ peer: "good", ...BOTH });
    const bad = await recorder.begin({ peer: "bad", ...BOTH });
    const ends: (string | undefined)[] = [];
    bad.ended.on((error) => void ends.push(error?.code));
    publish(good, 2);
    bad.sink.write(VP8_KEY_FRAME);
    await until(() => ends.length > 0);
    expect(ends).toEqual(["record/wrong-container"]);
    expect(events.at(-1)).toMatchObject({
      event: "recording-failed",
      peer: "bad",
      code: "record/wrong-container",
      recording: { state: "failed", isLive: false, error: { code: "record/wrong-container" } },
    });
    publish(good, 3);
    const info = await good.end();
    expect(info.state).toBe("finished");
    expect((await playBack(join(folder, info.fileName))).video?.errors).toBe(0);
    expect(recorder.find(bad.id)).toMatchObject({ state: "failed", segments: [] });
  });
});

describe("a folder that cannot be written", () => {
  test("is told when the recorder opens, with a fix", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const folder = join(file, "recordings");
    expect(await faultOf(() => Recorder.open({ folder, clock: new ManualClock() }))).toBe(
      `record/unwritable: the folder ${folder} cannot be written: a part of its path is no folder. Check that the folder exists and may be written, or record to another one.`,
    );
  });

  test("is told also where the system takes no folders and says only that it is not there", async () => {
    expect(await faultOf(() => Recorder.open({ folder: "/proc/floe/recordings", clock: new ManualClock() }))).toMatch(
      /^record\/unwritable: the folder \/proc\/floe\/recordings cannot be written: /,
    );
  });

  test("is made when it is not there", async () => {
    const folder = join(temporaryFolder(), "a", "b");
    await openRecorder({ folder });
    expect(existsSync(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("later on refuses what begins, and says so", async () => {
    const folder = join(temporaryFolder(), "a");
    const { recorder } = await openRecorder({ folder });
    rmSync(folder, { recursive: true });
    expect(await faultOf(() => recorder.begin({ peer: "alice", ...BOTH }))).toMatch(
      /^record\/unwritable: .*it is not there/,
    );
    mkdirSync(folder);
    publish(await recorder.begin({ peer: "alice", ...BOTH }), 1);
  });
});

test("closing completes what is being recorded, and nothing begins any more", async () => {
  const { recorder, folder } = await openRecorder();
  const lives = [await recorder.begin({ peer: "a", ...BOTH }), await recorder.begin({ peer: "b", ...BOTH })];
  for (const live of lives) {
    publish(live, 2);
  }
  await Promise.all([recorder.close(), recorder.close()]);
  expect(recorder.list().map(({ state }) => state)).toEqual(["finished", "finished"]);
  for (const { id } of lives) {
    expect((await playBack(join(folder, `${id}.mp4`))).video?.frames).toBe(30);
  }
  expect(await faultOf(() => recorder.begin({ peer: "c", ...BOTH }))).toMatch(/^record\/closed: /);
});

test("a listener that throws ends no recording, and the recording is told to the others before it", async () => {
  const { recorder, told } = await openRecorder();
  recorder.happened.on(() => {
    throw new Error("nobody catches this");
  });
  const live = await recorder.begin({ peer: "ada", ...BOTH });
  live.ended.on(() => {
    throw new Error("nor this");
  });
  publish(live, 2);
  expect(await live.end()).toMatchObject({ id: live.id, state: "finished" });
  expect(told()).toEqual([`recording-started ${live.id}`, `recording-ended ${live.id}`]);
  expect(recorder.find(live.id)).toMatchObject({ state: "finished", isInterrupted: false });
});
