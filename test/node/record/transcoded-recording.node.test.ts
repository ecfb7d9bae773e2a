import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";
import { PlainEncodedVideo as Picture, PlainEncodedAudio as Sound } from "../../../src/core/stream/encoded-packet.js";
import { seconds } from "../../../src/core/time/units.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { TranscodedRecording, type TranscodedRecordingOptions } from "../../../src/node/record/transcoded-recording.js";
import { temporaryFolder } from "../av/rig.js";
import { byTime, encodedPictures, encodedSounds } from "./encoded-media.js";
import { feed } from "./feed.js";
import { flashesAndBeeps } from "./flash-and-beep.js";
import { moved } from "./media.js";
import { playBack } from "./play-back.js";
import { openRecorder } from "./recorder-rig.js";

const TARGET = { width: 640, height: 360, fps: 30, bitrateBps: 800_000 };
const THREE_SIZES = [
  [320, 180],
  [480, 270],
  [960, 540],
] as const;

beforeAll(async () => {
  await loadNodeAv();
});

async function open(options: Partial<TranscodedRecordingOptions> = {}): Promise<[TranscodedRecording, string]> {
  const path = join(temporaryFolder(), "take.mp4");
  const recording = await TranscodedRecording.open({
    format: "mp4",
    pathOf: () => path,
    expectsVideo: true,
    expectsAudio: true,
    videoTarget: TARGET,
    ...options,
  });
  return [recording, path];
}

describe.each(["h264", "vp8"] as const)("a transcoded recording of %s", (codec) => {
  test("over three sizes has one, and the length and the sound that came", async () => {
    const before = liveHandles();
    const [recording, path] = await open();
    const pictures = encodedPictures({ codec, sizes: THREE_SIZES, secondsEach: 2 });
    await feed(recording, byTime(pictures, encodedSounds(seconds(6))));
    await recording.close();
    const { video, audio } = await playBack(path);
    expect(video).toMatchObject({ codec: "h264", frames: 90, errors: 0, sizes: ["640x360"] });
    expect(audio).toMatchObject({ codec: "aac", errors: 0 });
    expect(Math.abs((video?.endS ?? 0) - 6)).toBeLessThan(0.12);
    expect(Math.abs((audio?.endS ?? 0) - 6)).toBeLessThan(0.12);
    expect(recording.report()).toMatchObject({
      state: "ended",
      video: { codec: "h264", width: 640, height: 360, pictures: 90 },
      audio: { codec: "aac" },
      droppedPictures: 0,
      droppedSounds: 0,
      skippedPictures: 0,
      gapCount: 0,
    });
    expect(liveHandles()).toEqual(before);
  });
});

describe("a transcoded recording", () => {
  test("keeps beep and flash together, also when both come irregularly and with holes", async () => {
    const [recording, path] = await open();
    const pictures = encodedPictures({ codec: "vp8", sizes: [[480, 270]], secondsEach: 8, fps: 20 });
    const jittered = pictures.map((picture, i) => moved(picture, picture.timeUs + (i % 20 === 0 ? 0 : (i % 3) * 5000)));
    // One hole that silence fills, and one behind which the sound begins anew.
    const isThere = (us: number) => (us < 2_300_000 || us >= 2_700_000) && (us < 4_200_000 || us >= 6_510_000);
    const sounds = encodedSounds(seconds(8)).filter(({ timeUs }) => isThere(timeUs));
    await feed(recording, byTime(jittered, sounds));
    await recording.close();
    const { flashes, beeps } = await flashesAndBeeps(path);
    expect(flashes.map(Math.round)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(beeps.map(Math.round)).toEqual([0, 1, 2, 3, 4, 7]);
    for (const beepS of beeps) {
      expect(Math.abs(beepS - flashes[Math.round(beepS)])).toBeLessThan(0.045);
      expect(Math.abs(beepS - Math.round(beepS))).toBeLessThan(0.045);
    }
  });

  test("puts pictures of another shape in the middle of black", async () => {
    const [recording, path] = await open();
    const portrait = encodedPictures({ codec: "h264", sizes: [[180, 320]], secondsEach: 1 });
    await feed(recording, portrait);
    const wide = encodedPictures({ codec: "h264", sizes: [[640, 200]], secondsEach: 1 });
    await feed(
      recording,
      wide.map((picture) => moved(picture, picture.timeUs + seconds(1))),
    );
    await recording.close();
    const bars: boolean[] = [];
    await playBack(path, (_, frame) => {
      const [luma] = frame.data as Buffer[];
      const [stride] = frame.linesize;
      const isBlack = (x: number, y: number): boolean => luma[y * stride + x] < 20;
      const sides = [10, 200, 439, 629].map((x) => isBlack(x, 100) && isBlack(x, 300));
      const ends = [5, 70, 289, 354].map((y) => isBlack(320, y) && isBlack(600, y));
      bars.push(frame.pts < 90_000n ? sides.every(Boolean) : ends.every(Boolean));
    });
    expect(bars).toEqual(Array(30).fill(true));
  });

  test("leaves out what is above its rate, and keeps the times of the rest", async () => {
    const [recording, path] = await open({ expectsAudio: false });
    await feed(recording, encodedPictures({ codec: "vp8", sizes: [[320, 180]], secondsEach: 2, fps: 60 }));
    await recording.close();
    const { video } = await playBack(path);
    expect(video).toMatchObject({ frames: 60, errors: 0 });
    expect(video?.longestStepS).toBeCloseTo(1 / 30, 2);
  });

  test("leaves out what lies in a pause, and goes on with a key frame", async () => {
    const [recording, path] = await open();
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    const pictures = encodedPictures({ codec: "h264", sizes: [[320, 180]], secondsEach: 6, keyFrameEvery: 25 });
    for (const packet of byTime(pictures, encodedSounds(seconds(6)))) {
      if (packet.timeUs === 2_000_000 && packet instanceof Picture) {
        recording.pause();
        expect(recording.report().state).toBe("paused");
      } else if (packet.timeUs === 4_000_000 && packet instanceof Picture) {
        recording.resume();
      }
      await feed(recording, [packet]);
    }
    await recording.close();
    const { video, audio } = await playBack(path);
    expect([video?.errors, audio?.errors]).toEqual([0, 0]);
    // Pictures 30 to 59 lie in the pause; the next key frame is the 75th.
    expect(video?.frames).toBe(30 + 15);
    expect(recording.report().skippedPictures).toBe(15);
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(video?.endS).toBeCloseTo(4, 0);
    expect(audio?.endS).toBeCloseTo(4, 0);
  });

  test("takes a burst, as after a stall of the network, without a loss", async () => {
    const [recording, path] = await open();
    const pictures = encodedPictures({ codec: "h264", sizes: [[320, 180]], secondsEach: 4 });
    for (const packet of byTime(pictures, encodedSounds(seconds(4)))) {
      recording.write(packet);
    }
    await recording.close();
    expect((await playBack(path)).video).toMatchObject({ frames: 60, errors: 0 });
  });

  test("that cannot keep up leaves out pictures, says how many, and plays", async () => {
    const [recording, path] = await open();
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    const pictures = encodedPictures({ codec: "h264", sizes: [[320, 180]], secondsEach: 20, keyFrameEvery: 30 });
    // All at once: no machine is quick enough.
    for (const packet of byTime(pictures, encodedSounds(seconds(20)))) {
      recording.write(packet);
    }
    expect(recording.ready).toBe(false);
    await recording.close();
    const { droppedPictures, skippedPictures, droppedSounds, video } = recording.report();
    expect(droppedPictures).toBeGreaterThan(60);
    expect(skippedPictures).toBeGreaterThan(100);
    expect(droppedSounds).toBeGreaterThan(100);
    expect(droppedPictures + skippedPictures + (video?.pictures ?? 0)).toBe(300);
    expect(asked).toBeGreaterThan(1);
    const played = await playBack(path);
    expect([played.video?.errors, played.audio?.errors]).toEqual([0, 0]);
    expect(played.video?.frames).toBe(video?.pictures);
  });

  test("that is thrown away in the midst leaves nothing behind, and neither does one that fails", async () => {
    const before = liveHandles();
    const packets = byTime(
      encodedPictures({ codec: "vp8", sizes: [[320, 180]], secondsEach: 1 }),
      encodedSounds(seconds(1)),
    );
    const [idle] = await open();
    await idle.close();
    expect(idle.report()).toMatchObject({ state: "ended", files: [] });

    const [failing] = await open({ pathOf: () => join(temporaryFolder(), "missing", "a.mp4") });
    const failed = new Promise<string>((done) => failing.failed.on(({ code }) => done(code)));
    for (const packet of packets) {
      failing.write(packet);
    }
    expect(await failed).toBe("record/unwritable");
    failing.write(packets[0]);
    await failing.close();
    expect(failing.report()).toMatchObject({ state: "failed", error: { code: "record/unwritable" } });
    expect(liveHandles()).toEqual(before);
  });

  test("of pictures that do not decode goes on, and one of a codec that is not known ends with the fix", async () => {
    const [recording, path] = await open({ expectsAudio: false });
    const pictures = encodedPictures({ codec: "vp8", sizes: [[320, 180]], secondsEach: 2, keyFrameEvery: 10 });
    for (const [i, picture] of pictures.entries()) {
      const data = i === 5 || i === 12 ? picture.data.slice(0, 2) : picture.data;
      await feed(recording, [new Picture({ ...picture, data })]);
    }
    const errors: string[] = [];
    await feed(recording, []);
    recording.failed.on((error) => void errors.push(error.toString()));
    await recording.close();
    expect(errors).toEqual([]);
    expect((await playBack(path)).video).toMatchObject({ errors: 0 });
    expect(recording.report().video?.pictures).toBeGreaterThan(20);

    const [other] = await open();
    other.failed.on((error) => void errors.push(error.toString()));
    other.write(new Picture({ codec: "vp9", data: new Uint8Array(10), isKey: true, timeUs: 0 }));
    await other.close();
    expect(errors).toEqual([
      "record/unsupported-codec: A recording is not transcoded from vp9. Publish H.264 or VP8 with Opus.",
    ]);
  });

  test("of broken media goes on, and leaves nothing behind", async () => {
    const before = liveHandles();
    const random = new SeededRandom(7);
    const [recording, path] = await open();
    for (const codec of ["h264", "vp8"] as const) {
      const pictures = encodedPictures({ codec, sizes: THREE_SIZES, secondsEach: 1, keyFrameEvery: 5 });
      const broken = byTime(pictures, encodedSounds(seconds(3))).map((packet) => {
        const data = packet.data.slice();
        for (let i = random.integer(4); i > 0; i--) {
          data[random.integer(Math.min(data.length, 64))] = random.integer(256);
        }
        return packet instanceof Picture
          ? new Picture({ ...packet, data: data.subarray(0, 1 + random.integer(data.length * 4)) })
          : new Sound({ ...packet, data });
      });
      await feed(recording, broken);
    }
    // A picture that would take half a gigabyte.
    const [huge] = encodedPictures({ codec: "vp8", sizes: [[320, 180]], secondsEach: 0.1 });
    huge.data.set([0xff, 0x3f, 0xff, 0x3f], 6);
    await feed(recording, [moved(huge, seconds(10))]);
    await recording.close();
    expect(recording.report()).toMatchObject({ state: "ended" });
    expect(recording.report().droppedPictures).toBeGreaterThan(10);
    expect((await playBack(path)).video).toMatchObject({ errors: 0, sizes: ["640x360"] });
    expect(liveHandles()).toEqual(before);
  });

  test("refuses a format that does not take H.264 and AAC", async () => {
    await expect(open({ format: "webm" })).rejects.toThrow(expect.objectContaining({ code: "record/wrong-container" }));
  });

  test("is what a recorder makes that is told to, of whatever codec comes", async () => {
    const { recorder, told } = await openRecorder({
      transcodeTo: { video: TARGET, audio: { sampleRateHz: 44_100, channels: 1, bitrateBps: 64_000 } },
    });
    const live = await recorder.begin({ peer: "alice", video: "vp8", audio: "opus" });
    const pictures = encodedPictures({ codec: "vp8", sizes: THREE_SIZES, secondsEach: 1 });
    await feed(live.sink, byTime(pictures, encodedSounds(seconds(3))));
    const info = await live.end();
    expect(info).toMatchObject({ state: "finished", video: { codec: "h264", width: 640, height: 360, frames: 45 } });
    expect(told()).toEqual([`recording-started ${live.id}`, `recording-ended ${live.id}`]);
    const { video, audio } = await playBack(recorder.fileOf(live.id).path);
    expect([video?.errors, audio?.errors, audio?.codec]).toEqual([0, 0, "aac"]);
    expect(audio?.endS).toBeCloseTo(3, 1);
  });
});
