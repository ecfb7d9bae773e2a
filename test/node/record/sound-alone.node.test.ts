// Recordings of publishers whose picture was promised and stays away: a camera that is off, a key frame that never comes.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { PlainEncodedAudio, type PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { seconds } from "../../../src/core/time/units.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { Recording, type RecordingOptions } from "../../../src/node/record/recording.js";
import { TranscodedRecording } from "../../../src/node/record/transcoded-recording.js";
import { temporaryFolder } from "../av/rig.js";
import { byTime, encodedPictures, encodedSounds } from "./encoded-media.js";
import { feed } from "./feed.js";
import { moved, sounds } from "./media.js";
import { type PlayedTrack, playBack } from "./play-back.js";
import { BOTH, openRecorder } from "./recorder-rig.js";

beforeAll(async () => {
  await loadNodeAv();
});

type Played = { readonly video: PlayedTrack | undefined; readonly audio: PlayedTrack | undefined };
type Take = {
  readonly options: RecordingOptions;
  /** Plays the files that there are, in their order. */
  play(): Promise<readonly Played[]>;
};

function take(more: Partial<RecordingOptions> = {}): Take {
  const folder = temporaryFolder();
  const paths: string[] = [];
  const options: RecordingOptions = {
    format: "mp4",
    pathOf: (index) => {
      paths[index] = join(folder, `take-${index}`);
      return paths[index];
    },
    expectsVideo: true,
    expectsAudio: true,
    ...more,
  };
  return { options, play: () => Promise.all(paths.map((path) => playBack(path))) };
}

/** Sound from `fromS` to `toS`, 50 pieces a second. */
function sound(fromS: number, toS: number): PlainEncodedAudio[] {
  const pieces: PlainEncodedAudio[] = [];
  for (const piece of sounds()) {
    if (piece.timeUs >= seconds(toS)) {
      return pieces;
    }
    if (piece.timeUs >= seconds(fromS)) {
      pieces.push(piece);
    }
  }
  return pieces;
}

/** Pictures of so many seconds from `fromS` on, 15 a second; the first one is the only key frame. */
function film(codec: "h264" | "vp8", fromS: number, lengthS: number): PlainEncodedVideo[] {
  const pictures = encodedPictures({ codec, sizes: [[320, 180]], secondsEach: lengthS });
  return pictures.map((picture) => moved(picture, picture.timeUs + seconds(fromS)));
}

/** The same without the key frame. */
const withoutKey = (...args: Parameters<typeof film>): PlainEncodedVideo[] => film(...args).slice(1);

const backAndForth = (i: number): number => (i % 2) * seconds(4);

const piecesIn = (files: readonly Played[]): number => files.reduce((sum, { audio }) => sum + (audio?.frames ?? 0), 0);
const errorsIn = (files: readonly Played[]): number =>
  files.reduce((sum, { video, audio }) => sum + (video?.errors ?? 0) + (audio?.errors ?? 0), 0);

describe.each([
  ["mp4", "h264"],
  ["ts", "h264"],
  ["mkv", "vp8"],
  ["webm", "vp8"],
] as const)("a recording as %s whose key frame stays away", (format, codec) => {
  test("begins with all of the sound after five seconds, and the key frame begins a segment with both", async () => {
    const before = liveHandles();
    const { options, play } = take({ format });
    const recording = await Recording.open(options);
    let asked = 0;
    recording.keyFrameNeeded.on(() => asked++);
    for (const packet of byTime(withoutKey(codec, 0, 5), sound(0, 5))) {
      recording.write(packet);
    }
    expect(recording.report()).toMatchObject({ state: "waiting", files: [], audio: { packets: 0 } });
    for (const packet of byTime(withoutKey(codec, 5, 3), sound(5, 8))) {
      recording.write(packet);
    }
    const alone = recording.report();
    expect(alone).toMatchObject({ state: "recording", durationUs: seconds(8), audio: { packets: 400 }, gapCount: 0 });
    expect(alone.video).toBeUndefined();
    // Every half second.
    expect(asked).toBeGreaterThanOrEqual(12);
    // What a kill would leave.
    const killed = `${alone.files[0]}-killed`;
    copyFileSync(alone.files[0], killed);
    expect((await playBack(killed)).audio?.endS).toBeGreaterThan(7);

    for (const packet of byTime(film(codec, 8, 3), sound(8, 11))) {
      recording.write(packet);
    }
    await recording.close();
    const files = await play();
    expect(files).toHaveLength(2);
    expect(errorsIn(files)).toBe(0);
    expect([files[0].video, files[0].audio?.frames, files[1].video?.frames]).toEqual([undefined, 400, 45]);
    expect(piecesIn(files)).toBe(550);
    const [, { video, audio }] = files;
    expect((video?.startS ?? 0) - (audio?.startS ?? 0)).toBeCloseTo(0, 1);
    expect(recording.report()).toMatchObject({
      state: "ended",
      durationUs: seconds(11),
      video: { codec },
      gapCount: 0,
    });
    expect(liveHandles()).toEqual(before);
  });
});

describe("a recording whose picture stays away", () => {
  test.each([
    { what: "five seconds", most: 250, bytes: 80, timeUs: (i: number) => i * 20_000 },
    { what: "a mebibyte", most: 17, bytes: 60_000, timeUs: (i: number) => i * 20_000 },
    { what: "pieces without content on a clock that goes back and forth", most: 4096, bytes: 0, timeUs: backAndForth },
    { what: "a clock that jumps", most: 1, bytes: 80, timeUs: (i: number) => -i * seconds(10) },
  ])("lets sound wait within a bound, and then has all of it: $what", async ({ most, bytes, timeUs }) => {
    const { options } = take();
    const recording = await Recording.open(options);
    const piece = (i: number): PlainEncodedAudio =>
      new PlainEncodedAudio({ codec: "opus", data: new Uint8Array(bytes), timeUs: timeUs(i), durationUs: 0 });
    for (let i = 0; i < most; i++) {
      recording.write(piece(i));
    }
    expect(recording.report()).toMatchObject({ state: "waiting", audio: { packets: 0 } });
    recording.write(piece(most));
    expect(recording.report()).toMatchObject({ state: "recording", audio: { packets: most + 1 } });
    await recording.close();
  });

  test("has what was said also when it ends, or is paused, before the five seconds are over", async () => {
    const { options, play } = take();
    const recording = await Recording.open(options);
    for (const piece of sound(0, 2)) {
      recording.write(piece);
    }
    recording.pause();
    expect(recording.report()).toMatchObject({ state: "paused", audio: { packets: 100 } });
    recording.resume();
    for (const piece of sound(6, 9)) {
      recording.write(piece);
    }
    await recording.close();
    const files = await play();
    expect(files).toMatchObject([{ video: undefined, audio: { frames: 250, errors: 0 } }]);
    // The pause is not in it.
    expect(files[0].audio?.endS).toBeCloseTo(5, 1);
  });

  test("waits for it anew behind a pause, and begins the segment with the sound that waited", async () => {
    const { options, play } = take();
    const recording = await Recording.open(options);
    for (const piece of sound(0, 6)) {
      recording.write(piece);
    }
    recording.pause();
    for (const packet of byTime(film("h264", 6, 2), sound(6, 8))) {
      recording.write(packet);
    }
    recording.resume();
    expect(recording.state).toBe("recording");
    for (const packet of byTime(film("h264", 11, 2), sound(8, 13))) {
      recording.write(packet);
    }
    await recording.close();
    const files = await play();
    expect(files).toMatchObject([
      { video: undefined, audio: { frames: 300, errors: 0 } },
      { video: { frames: 30, errors: 0 }, audio: { frames: 250, errors: 0, startS: 0 } },
    ]);
    expect(files[1].video?.startS).toBeCloseTo(3, 1);
  });

  test("behind a pause goes on in the file that has pictures, with the sound alone and then with both", async () => {
    const { options, play } = take();
    const recording = await Recording.open(options);
    for (const packet of byTime(film("h264", 0, 2), sound(0, 2))) {
      recording.write(packet);
    }
    recording.pause();
    recording.resume();
    for (const packet of byTime(film("h264", 9, 1), sound(2, 10))) {
      recording.write(packet);
    }
    await recording.close();
    const files = await play();
    expect(files).toMatchObject([{ video: { frames: 45, errors: 0 }, audio: { frames: 500, errors: 0 } }]);
    expect(files[0].audio?.longestStepS).toBeCloseTo(0.02, 3);
    expect(files[0].video?.longestStepS).toBeCloseTo(7, 0);
  });

  test("is cut into segments by time, too", async () => {
    const { options, play } = take({ segmentUs: seconds(3) });
    const recording = await Recording.open(options);
    for (const piece of sound(0, 10)) {
      recording.write(piece);
    }
    await recording.close();
    const files = await play();
    expect(files.map(({ audio }) => audio?.frames)).toEqual([150, 150, 150, 50]);
    expect(files.map(({ audio }) => audio?.startS)).toEqual([0, 0, 0, 0]);
  });

  test("after a file that was full loses nothing either, also when a key frame of the same codec comes in the end", async () => {
    const { options, play } = take({ maxFilePackets: 200 });
    const recording = await Recording.open(options);
    for (const packet of byTime(film("h264", 0, 1), film("h264", 19, 1), sound(0, 20))) {
      recording.write(packet);
    }
    await recording.close();
    const files = await play();
    expect(errorsIn(files)).toBe(0);
    expect(piecesIn(files)).toBe(1000);
    expect(files.map(({ video }) => video?.frames)).toEqual([15, ...Array(4).fill(undefined), 15]);
  });
});

describe("a transcoded recording whose picture stays away", () => {
  test("begins with the sound alone as well, also behind a pause", async () => {
    const before = liveHandles();
    const { options, play } = take();
    const recording = await TranscodedRecording.open({
      ...options,
      videoTarget: { width: 320, height: 180, fps: 15, bitrateBps: 200_000 },
    });
    const heard = encodedSounds(seconds(16));
    const between = (fromS: number, toS: number): PlainEncodedAudio[] =>
      heard.filter(({ timeUs }) => timeUs >= seconds(fromS) && timeUs < seconds(toS));
    await feed(recording, between(0, 6));
    recording.pause();
    await feed(recording, between(6, 8));
    recording.resume();
    await feed(recording, byTime(withoutKey("vp8", 8, 6), between(8, 14)));
    await feed(recording, byTime(film("vp8", 14, 2), between(14, 16)));
    await recording.close();
    const files = await play();
    expect(files).toHaveLength(2);
    expect(errorsIn(files)).toBe(0);
    expect(files.map(({ video }) => video?.frames)).toEqual([undefined, 30]);
    expect(files[0].audio?.endS).toBeCloseTo(12, 1);
    expect(files[1].audio?.endS).toBeCloseTo(2, 0);
    expect(recording.report()).toMatchObject({ state: "ended", gapCount: 0, droppedSounds: 0 });
    expect(recording.report().skippedPictures).toBe(89);
    expect(liveHandles()).toEqual(before);
  });
});

describe("a recorder", () => {
  test("tells of a recording without a picture that it has begun, and of its second file when there is one", async () => {
    const { recorder, told } = await openRecorder();
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    for (const packet of byTime(withoutKey("h264", 0, 6), sound(0, 6))) {
      live.sink.write(packet);
    }
    expect(recorder.get(live.id)).toMatchObject({
      state: "recording",
      isAudioOnly: false,
      segments: [{ fileName: `${live.id}.mp4` }],
      audio: { codec: "opus", packets: 300 },
      skippedPictures: 89,
    });
    expect(recorder.get(live.id)).not.toHaveProperty("video");
    expect(recorder.get(live.id)).not.toHaveProperty("droppedPictures");
    expect(told()).toEqual([`recording-started ${live.id}`]);
    for (const packet of byTime(film("h264", 6, 1), sound(6, 7))) {
      live.sink.write(packet);
    }
    const info = await live.end();
    expect(info).toMatchObject({
      segments: [{ fileName: `${live.id}.mp4` }, { fileName: `${live.id}-0001.mp4` }],
      video: { codec: "h264", frames: 15 },
      audio: { packets: 350 },
    });
    const files = await Promise.all([0, 1].map((segment) => playBack(recorder.fileOf(live.id, segment).path)));
    expect(files).toMatchObject([
      { video: undefined, audio: { frames: 300 } },
      { video: { frames: 15 }, audio: { frames: 50 } },
    ]);
    expect(told()).toEqual([`recording-started ${live.id}`, `recording-ended ${live.id}`]);
  });

  test("tells that one has begun whose sound was written at its pause, or at its end", async () => {
    const { recorder, told } = await openRecorder();
    const paused = await recorder.begin({ peer: "ada", ...BOTH });
    const stopped = await recorder.begin({ peer: "bob", ...BOTH });
    for (const piece of sound(0, 1)) {
      paused.sink.write(piece);
      stopped.sink.write(piece);
    }
    recorder.pause(paused.id);
    recorder.resume(paused.id);
    await recorder.stop(stopped.id);
    expect(told()).toEqual([
      `recording-started ${paused.id}`,
      `recording-paused ${paused.id}`,
      `recording-resumed ${paused.id}`,
      `recording-started ${stopped.id}`,
      `recording-ended ${stopped.id}`,
    ]);
    expect(recorder.get(stopped.id)).toMatchObject({ state: "finished", audio: { packets: 50 } });
  });
});
