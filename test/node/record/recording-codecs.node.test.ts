import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { seconds } from "../../../src/core/time/units.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import type { RecordingFormat } from "../../../src/node/record/container.js";
import { Recording } from "../../../src/node/record/recording.js";
import { temporaryFolder } from "../av/rig.js";
import { byTime, encodedPictures, encodedSounds } from "./encoded-media.js";
import { media, moved } from "./media.js";
import { playBack } from "./play-back.js";

const FOUR_SIZES = [
  [320, 180],
  [480, 270],
  [640, 360],
  [960, 540],
] as const;

beforeAll(async () => {
  await loadNodeAv();
});

async function open(format: RecordingFormat): Promise<{ recording: Recording; folder: string; errors: string[] }> {
  const folder = temporaryFolder();
  const pathOf = (index: number): string => join(folder, `take-${index}.${format}`);
  const recording = await Recording.open({ format, pathOf, expectsVideo: true, expectsAudio: true });
  const errors: string[] = [];
  recording.failed.on((error) => void errors.push(error.toString()));
  return { recording, folder, errors };
}

const vp8 = (secondsEach: number, sizes: readonly (readonly [number, number])[] = [[320, 180]]) =>
  encodedPictures({ codec: "vp8", sizes, secondsEach });
const h264 = (secondsEach: number) => encodedPictures({ codec: "h264", sizes: [[320, 180]], secondsEach });
const later = (units: readonly PlainEncodedVideo[], us: number) => units.map((unit) => moved(unit, unit.timeUs + us));

describe.each(["webm", "mkv"] as const)("VP8 as %s", (format) => {
  test("is kept as it came over three changes of size, and plays without an error", async () => {
    const before = liveHandles();
    const { recording, folder } = await open(format);
    for (const packet of byTime(vp8(1, FOUR_SIZES), encodedSounds(seconds(4)))) {
      recording.write(packet);
    }
    await recording.close();
    const { video, audio } = await playBack(join(folder, `take-0.${format}`));
    expect(video).toMatchObject({ codec: "vp8", frames: 60, errors: 0 });
    expect(video?.sizes).toEqual(["320x180", "480x270", "640x360", "960x540"]);
    expect(audio).toMatchObject({ codec: "opus", frames: 200, errors: 0 });
    expect(video?.endS).toBeCloseTo(4, 1);
    expect(recording.report().video).toEqual({ codec: "vp8", width: 960, height: 540, pictures: 60 });
    expect(liveHandles()).toEqual(before);
  });
});

test("VP8 as MP4 is refused with the formats that take it, and no file is made", async () => {
  const { recording, folder, errors } = await open("mp4");
  recording.write(vp8(0.1)[0]);
  expect(errors).toEqual([
    "record/wrong-container: A mp4 recording cannot hold vp8 and opus. Set media.record.format to mkv or webm.",
  ]);
  expect(recording.report().error?.code).toBe("record/wrong-container");
  expect(readdirSync(folder)).toEqual([]);
});

describe("a publisher that changes its codec", () => {
  test("begins a new segment where the format takes both", async () => {
    const { recording, folder, errors } = await open("mkv");
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    const changed = later(vp8(2), seconds(2));
    // The first picture of the new codec got lost: what depends on it is left out.
    const [, ...cut] = changed;
    for (const packet of byTime(h264(2), cut.slice(0, 5), later(vp8(2), seconds(3)), encodedSounds(seconds(5)))) {
      recording.write(packet);
    }
    await recording.close();
    expect(errors).toEqual([]);
    expect(asked).toBe(1);
    expect(recording.report().skippedPictures).toBe(5);
    const [first, second] = await Promise.all([0, 1].map((i) => playBack(join(folder, `take-${i}.mkv`))));
    expect(first.video).toMatchObject({ codec: "h264", frames: 30, errors: 0 });
    expect(second.video).toMatchObject({ codec: "vp8", frames: 30, errors: 0 });
    expect((first.audio?.frames ?? 0) + (second.audio?.frames ?? 0)).toBe(250);
    expect(second.audio?.startS).toBe(0);
    expect(second.video?.startS).toBeGreaterThan(0.5);
  });

  test("ends the recording with what there is where the format does not", async () => {
    const { recording, folder, errors } = await open("mp4");
    for (const packet of byTime(h264(2), later(vp8(1), seconds(2)), encodedSounds(seconds(3)))) {
      recording.write(packet);
    }
    await recording.close();
    expect(errors).toEqual([
      "record/wrong-container: A mp4 recording cannot hold vp8. Set media.record.format to mkv or webm.",
    ]);
    expect(recording.state).toBe("failed");
    const { video, audio } = await playBack(join(folder, "take-0.mp4"));
    expect(video).toMatchObject({ codec: "h264", frames: 30, errors: 0 });
    expect(audio).toMatchObject({ frames: 100, errors: 0 });
  });
});

test("sound that is not Opus is never written as Opus: the recording ends and says why", async () => {
  const { recording, folder, errors } = await open("mp4");
  for (const packet of media("h264-opus", seconds(2))) {
    recording.write(packet);
  }
  const data = new Uint8Array(160);
  recording.write(new PlainEncodedAudio({ codec: "pcmu", data, timeUs: 2_000_000, durationUs: 20_000 }));
  await recording.close();
  expect(errors).toEqual(["record/wrong-container: A mp4 recording cannot hold pcmu. Publish H.264 or VP8 with Opus."]);
  expect(await playBack(join(folder, "take-0.mp4"))).toMatchObject({ video: { errors: 0 }, audio: { frames: 100 } });
});

test("key frames that lack their parameter sets are waited out", async () => {
  const { recording, folder } = await open("mp4");
  let asked = 0;
  recording.keyFrameNeeded.on(() => asked++);
  const units = encodedPictures({ codec: "h264", sizes: [[320, 180]], secondsEach: 2, keyFrameEvery: 10 });
  for (const [i, unit] of units.entries()) {
    recording.write(i === 0 || i === 10 ? withoutParameterSets(unit) : unit);
  }
  await recording.close();
  expect(asked).toBeGreaterThan(1);
  expect(recording.report().skippedPictures).toBe(20);
  expect(await playBack(join(folder, "take-0.mp4"))).toMatchObject({ video: { frames: 10, errors: 0 } });
});

/** What a sender makes that tells its parameter sets once. */
function withoutParameterSets(unit: PlainEncodedVideo): PlainEncodedVideo {
  const bytes = Buffer.from(unit.data);
  const idr = bytes.indexOf(Buffer.from([0, 0, 1, 0x65]));
  return new PlainEncodedVideo({ ...unit, data: Uint8Array.from([0, ...bytes.subarray(idr)]) });
}
