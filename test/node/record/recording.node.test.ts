import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { seconds } from "../../../src/core/time/units.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { FRAGMENT_MS, type RecordingFormat } from "../../../src/node/record/container.js";
import { Recording, type RecordingOptions } from "../../../src/node/record/recording.js";
import { temporaryFolder } from "../av/rig.js";
import { media, pictures, sounds } from "./media.js";
import { playBack } from "./play-back.js";

beforeAll(async () => {
  await loadNodeAv();
});

async function open(options: Partial<RecordingOptions> = {}): Promise<{ recording: Recording; folder: string }> {
  const folder = temporaryFolder();
  const format: RecordingFormat = options.format ?? "mp4";
  const pathOf = (index: number): string => join(folder, `take-${index}.${format}`);
  const recording = await Recording.open({ format, pathOf, expectsVideo: true, expectsAudio: true, ...options });
  return { recording, folder };
}

describe.each(["mp4", "mkv", "ts"] as const)("a recording as %s", (format) => {
  test("holds pictures and sound as they came, over changes of size, and plays without an error", async () => {
    const before = liveHandles();
    const { recording, folder } = await open({ format });
    let count = 0;
    for (const packet of media("resize", seconds(8))) {
      recording.write(packet);
      count++;
    }
    await recording.close();
    expect(count).toBe(400 + 120);
    const { video, audio } = await playBack(join(folder, `take-0.${format}`));
    expect(video).toMatchObject({ codec: "h264", frames: 120, errors: 0 });
    expect(video?.sizes.length).toBeGreaterThanOrEqual(2);
    expect(audio).toMatchObject({ errors: 0 });
    expect(audio?.frames).toBe(400);
    expect((video?.endS ?? 0) - (video?.startS ?? 0)).toBeCloseTo(8, 1);
    expect((audio?.startS ?? 0) - (video?.startS ?? 0)).toBeCloseTo(0, 2);
    expect(recording.report()).toMatchObject({ state: "ended", gapCount: 0, skippedPictures: 0 });
    expect(liveHandles()).toEqual(before);
  });

  test("killed at any moment, leaves a file that plays up to a second before, whatever key frames came", async () => {
    const { recording, folder } = await open({ format });
    const path = join(folder, `take-0.${format}`);
    let atUs = 0;
    let kills = 0;
    let isFirst = true;
    for (const packet of media("h264-opus", seconds(12))) {
      // One key frame, and never another.
      const isPicture = "isKey" in packet;
      if (isPicture && packet.isKey && !isFirst) {
        continue;
      }
      isFirst &&= !isPicture;
      recording.write(packet);
      atUs = packet.timeUs;
      // What the file system has is what a killed process leaves behind.
      if (atUs > seconds(2) && Math.floor(atUs / 1_700_000) > kills) {
        kills = Math.floor(atUs / 1_700_000);
        const copy = join(folder, `killed-${kills}.${format}`);
        copyFileSync(path, copy);
        const { video, audio } = await playBack(copy);
        expect(video?.frames).toBeGreaterThan(10);
        const endS = Math.min(video?.endS ?? 0, audio?.endS ?? 0) - (video?.startS ?? 0);
        expect(endS).toBeGreaterThan(atUs / 1e6 - 1);
      }
    }
    await recording.close();
    expect(kills).toBeGreaterThan(4);
  });
});

test("the fragment that a kill may cost is shorter than a second", () => {
  expect(FRAGMENT_MS).toBeLessThan(1000);
});

describe("a recording", () => {
  test("makes no file before the first key frame, asks for one, and has the sound from the first moment", async () => {
    const { recording, folder } = await open();
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    let isKeySeen = false;
    for (const packet of media("h264-opus", seconds(4))) {
      const isPicture = "isKey" in packet;
      const isKey = isPicture && packet.isKey && packet.timeUs > seconds(1);
      if (isPicture && packet.isKey && !isKey) {
        continue;
      }
      recording.write(packet);
      isKeySeen ||= isKey;
      expect(readdirSync(folder).length).toBe(isKeySeen ? 1 : 0);
    }
    await recording.close();
    expect(isKeySeen).toBe(true);
    expect(asked).toBeGreaterThanOrEqual(2);
    const { video, audio } = await playBack(join(folder, "take-0.mp4"));
    expect(audio?.startS).toBe(0);
    expect(video?.startS).toBeGreaterThan(1);
    expect(recording.report().skippedPictures).toBeGreaterThan(10);
  });

  test("of sound alone begins at once", async () => {
    const { recording, folder } = await open({ expectsVideo: false });
    for (const packet of sounds()) {
      if (packet.timeUs >= seconds(2)) {
        break;
      }
      recording.write(packet);
    }
    await recording.close();
    const { video, audio } = await playBack(join(folder, "take-0.mp4"));
    expect([video, audio?.frames, audio?.errors]).toEqual([undefined, 100, 0]);
  });

  test("leaves out what lies in a pause, and goes on with a key frame", async () => {
    const { recording, folder } = await open();
    for (const packet of media("h264-opus", seconds(12))) {
      if (packet.timeUs === 2_000_000) {
        recording.pause();
      } else if (packet.timeUs === 8_000_000) {
        recording.resume();
      }
      recording.write(packet);
    }
    await recording.close();
    const { video, audio } = await playBack(join(folder, "take-0.mp4"));
    expect([video?.errors, audio?.errors]).toEqual([0, 0]);
    expect(recording.report().durationUs).toBeLessThan(seconds(7));
    expect(video?.longestStepS).toBeLessThan(1);
  });

  test("tells the gaps that the network left", async () => {
    const { recording } = await open();
    for (const packet of media("h264-opus", seconds(9))) {
      if (packet.timeUs < seconds(2) || packet.timeUs >= seconds(5)) {
        recording.write(packet);
      }
    }
    await recording.close();
    const { gaps, gapCount, durationUs } = recording.report();
    expect(gapCount).toBe(1);
    expect(gaps[0].durationUs).toBeGreaterThan(seconds(2));
    expect(durationUs).toBeGreaterThan(seconds(8));
  });

  test("does not take the length of a gap for that of the picture behind it", async () => {
    const { recording } = await open({ expectsAudio: false });
    for (const packet of media("h264-opus", seconds(9))) {
      if ("isKey" in packet && (packet.timeUs < seconds(2) || packet.timeUs >= seconds(8))) {
        // A picture from the network does not say how long it is shown.
        recording.write(new PlainEncodedVideo({ ...packet, durationUs: 0 }));
      }
    }
    await recording.close();
    expect(Math.round(recording.report().durationUs / 1000)).toBe(9000);
  });

  test("begins a new segment at a key frame behind the time that is set, and loses nothing between", async () => {
    const { recording, folder } = await open({ segmentUs: seconds(3) });
    let count = 0;
    for (const packet of media("h264-opus", seconds(10))) {
      recording.write(packet);
      count += "isKey" in packet ? 1 : 0;
    }
    await recording.close();
    const names = readdirSync(folder).sort();
    expect(names.length).toBeGreaterThanOrEqual(3);
    let frames = 0;
    for (const name of names) {
      const { video, audio } = await playBack(join(folder, name));
      expect([video?.errors, audio?.errors]).toEqual([0, 0]);
      expect(video?.startS).toBeLessThan(0.1);
      frames += video?.frames ?? 0;
    }
    expect(frames).toBe(count);
  });

  test("has no more files than its bound: the last one goes on", async () => {
    const { recording, folder } = await open({ segmentUs: seconds(1), maxFiles: 2 });
    let count = 0;
    for (const packet of media("h264-opus", seconds(10))) {
      recording.write(packet);
      count += "isKey" in packet ? 1 : 0;
    }
    await recording.close();
    expect(recording.report().state).toBe("ended");
    const files = await Promise.all(readdirSync(folder).map((name) => playBack(join(folder, name))));
    expect(files.length).toBe(2);
    const frames = files.reduce((sum, { video }) => sum + (video?.frames ?? 0), 0);
    expect(frames).toBe(count);
  });

  test("asks for the key frame that begins the next segment, and without one ends the file at its bound", async () => {
    const { recording, folder } = await open({ maxFilePackets: 200 });
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    let isFirst = true;
    for (const packet of media("h264-opus", seconds(10))) {
      const isPicture = "isKey" in packet;
      if (isPicture && packet.isKey && !isFirst && packet.timeUs < seconds(7)) {
        continue;
      }
      isFirst &&= !isPicture;
      recording.write(packet);
    }
    await recording.close();
    expect(asked).toBeGreaterThan(5);
    const [first, second] = await Promise.all([0, 1].map((i) => playBack(join(folder, `take-${i}.mp4`))));
    // 200 packets are 3.1 s, and a quarter more 3.8 s. The key frame comes at 8 s.
    expect(first.audio).toMatchObject({ frames: 193, errors: 0 });
    expect(first.audio?.endS).toBeCloseTo(3.86, 1);
    // The sound that waited is there, at its own pace, and the picture where it belongs.
    expect(second.audio?.startS).toBe(0);
    expect(second.audio?.endS).toBeCloseTo((second.audio?.frames ?? 0) / 50, 1);
    expect((second.video?.startS ?? 0) + 3.86).toBeCloseTo(8, 0);
    expect(recording.report().skippedPictures).toBeGreaterThan(40);
  });

  test("ends with an error that says why when its folder is not there, and takes no more", async () => {
    const folder = join(temporaryFolder(), "missing");
    const { recording } = await open({ pathOf: () => join(folder, "a.mp4") });
    const errors: string[] = [];
    recording.failed.on(({ code }) => void errors.push(code));
    for (const packet of media("h264-opus", seconds(1))) {
      recording.write(packet);
    }
    expect(errors).toEqual(["record/unwritable"]);
    expect(recording.state).toBe("failed");
    expect(existsSync(folder)).toBe(false);
    mkdirSync(folder);
    recording.write([...media("h264-opus", 1)][0]);
    expect(readdirSync(folder)).toEqual([]);
    await recording.close();
    expect(recording.state).toBe("failed");
  });

  test("refuses a container that does not take the codecs, and says which does", async () => {
    const { recording } = await open({ format: "webm" });
    let error = "";
    recording.failed.on((failure) => {
      error = failure.toString();
    });
    for (const picture of pictures("h264-opus")) {
      recording.write(picture);
      break;
    }
    expect(error).toBe(
      "record/wrong-container: A webm recording cannot hold h264 and opus. Set media.record.format to mp4 or mkv or ts.",
    );
  });
});
