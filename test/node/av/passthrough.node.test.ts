import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  AudioFrame,
  EncodedAudio,
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
} from "../../../src/core/stream/media-packet.js";
import { Demuxer } from "../../../src/node/av/demuxer.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { MediaReader, type MediaReaderOptions } from "../../../src/node/av/media-reader.js";
import { PassthroughVideo } from "../../../src/node/av/passthrough-video.js";
import { decodeOpus, H264Back, nalTypes, wholeOf } from "./decode-back.js";
import { type ClipOptions, makeClip } from "./make-clip.js";
import { temporaryFolder } from "./rig.js";

type Seen = {
  readonly kind: string;
  readonly timeUs: number;
  readonly durationUs: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
};

const small = { width: 320, height: 180, seconds: 1, bFrames: 0 } as const;

async function clip(options: Partial<ClipOptions> & { readonly name?: string } = {}): Promise<string> {
  const path = join(temporaryFolder(), options.name ?? "clip.mp4");
  await makeClip({ ...small, ...options, path });
  return path;
}

/** Everything that a reader gives, until the end or until so many loops are over. */
async function readAll(
  path: string,
  { loops = 0, ...options }: { readonly loops?: number } & Partial<MediaReaderOptions> = {},
) {
  const reader = await MediaReader.open(path, { loop: loops > 0, passthrough: "auto", ...options });
  const seen: Seen[] = [];
  const info = reader.info;
  try {
    for (;;) {
      const packet = await reader.next();
      if (packet === undefined || (loops > 0 && reader.passes >= loops)) {
        packet?.release();
        return { seen, info, lastInfo: reader.info, copiedBytes: reader.copiedBytes, faults: reader.faults };
      }
      const encoded = packet as EncodedVideoPacket;
      seen.push({
        kind: packet.kind.name,
        timeUs: packet.timeUs,
        durationUs: encoded.durationUs,
        isKey: encoded.isKey === true,
        data:
          EncodedVideo.is(packet) || EncodedAudio.is(packet)
            ? wholeOf(packet as EncodedVideoPacket)
            : new Uint8Array(0),
      });
      packet.release();
    }
  } finally {
    await reader.close();
  }
}

const only = (seen: readonly Seen[], { name }: { readonly name: string }) => seen.filter(({ kind }) => kind === name);
const times = (seen: readonly Seen[]) => seen.map(({ timeUs }) => timeUs);

/** Numbers of the pictures that come out of a decoder. */
function stampsOf(units: readonly Seen[]): (number | undefined)[] {
  const back = new H264Back();
  onTestFinished(() => back.close());
  return units.map(({ data }) => back.decode(data, ({ stamp }) => stamp?.frameNumber));
}

describe("H.264 without B-frames", () => {
  test.each([
    "clip.mp4",
    "clip.mkv",
    "clip.mov",
    "clip.ts",
    "clip.flv",
  ])("goes through %s untouched, from the first picture to the last", async (name) => {
    const path = await clip({ name, seconds: 2, keyFrameEvery: 20 });
    const { seen, info, copiedBytes, faults } = await readAll(path);
    const units = only(seen, EncodedVideo);
    expect(units).toHaveLength(60);
    expect(stampsOf(units)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(units.map(({ isKey }) => isKey)).toEqual(Array.from({ length: 60 }, (_, i) => i % 20 === 0));
    for (const { data } of units.filter(({ isKey }) => isKey)) {
      expect(nalTypes(data).filter((type) => type !== 6 && type !== 9)).toEqual([7, 8, 5]);
    }
    expect(faults).toBe(0);
    // Key frames of files that keep their parameter sets apart have them beside, not in front of, their own bytes.
    expect(copiedBytes).toBe(0);
    expect(info.video).toEqual({ width: 320, height: 180, fps: 30, codec: "h264", delivery: "passthrough" });
    expect(info.passthrough.words).toMatch(/^passthrough: yes \(H.264 [A-Z][A-Za-z ]+, 320x180, no B-frames\)$/);
    expect(liveHandles()).toEqual({ frames: 0, packets: 0, contexts: 0 });
  });

  test("has the times of the decoded pictures, over the joins of a loop as well", async () => {
    const path = await clip({ seconds: 1.5 });
    const through = await readAll(path, { loops: 3 });
    const decoded = await readAll(path, { loops: 3, passthrough: "never" });
    expect(times(only(through.seen, EncodedVideo))).toEqual(times(only(decoded.seen, VideoFrame)));
    const units = only(through.seen, EncodedVideo);
    expect(units.filter((_, i) => i % 45 === 0).every(({ isKey }) => isKey)).toBe(true);
    expect(stampsOf(units)).toEqual(Array.from({ length: 135 }, (_, i) => i % 45));
  });

  test("its sound in AAC is decoded all the same, and stays in order", async () => {
    const { seen, info } = await readAll(await clip());
    expect(info.audio).toMatchObject({ codec: "aac", delivery: "decoded" });
    expect(info.passthrough).toMatchObject({ video: true, audio: false });
    expect(only(seen, EncodedVideo)).toHaveLength(30);
    const inOrder = seen.every(({ timeUs }, i) => i === 0 || timeUs >= seen[i - 1].timeUs - 100_000);
    expect(inOrder).toBe(true);
  });

  test("several slices of a picture stay together", async () => {
    const videoOptions = { preset: "ultrafast", "x264-params": "slices=4" };
    const { seen } = await readAll(await clip({ videoOptions, audio: false }));
    const units = only(seen, EncodedVideo);
    expect(units).toHaveLength(30);
    expect(nalTypes(units[3].data).filter((type) => type === 1)).toHaveLength(4);
    expect(stampsOf(units)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test("picture times of a variable rate stay what they are", async () => {
    const frameTimesMs = [0, 33, 66, 400, 433, 1000, 1010, 1500];
    const { seen } = await readAll(await clip({ frameTimesMs, audio: false }));
    for (const [i, { timeUs }] of only(seen, EncodedVideo).entries()) {
      expect(Math.abs(timeUs - frameTimesMs[i] * 1000)).toBeLessThanOrEqual(1000);
    }
  });

  test("the bytes of a packet are turned to Annex B where they are: nothing is copied", async () => {
    const demuxer = await Demuxer.open(await clip({ audio: false }));
    onTestFinished(() => demuxer.close());
    const through = new PassthroughVideo(demuxer.tracks.video ?? expect.unreachable());
    for (let left = 5; left > 0; left--) {
      const packet = await demuxer.next("video");
      if (typeof packet === "string") {
        expect.unreachable();
      }
      const before = packet.data ?? expect.unreachable();
      const unit = through.take(packet)?.place({ timeUs: 0, durationUs: 0 });
      expect([...before.subarray(0, 4)]).toEqual([0, 0, 0, 1]);
      unit?.release();
    }
  });

  test("goes on at a key frame when what was given out is lost", async () => {
    const reader = await MediaReader.open(await clip({ seconds: 2, audio: false }), {
      loop: false,
      passthrough: "auto",
    });
    onTestFinished(() => reader.close());
    for (let left = 5; left > 0; left--) {
      (await reader.next())?.release();
    }
    reader.resync();
    const next = (await reader.next()) as EncodedVideoPacket;
    expect([next.isKey, next.timeUs]).toEqual([true, 1_000_000]);
    next.release?.();
  });
});

describe("B-frames that turn up while the stream is running", () => {
  /** Two seconds without B-frames, then two with them, in one transport stream. */
  async function turning(): Promise<string> {
    const folder = temporaryFolder();
    const parts = [join(folder, "a.ts"), join(folder, "b.ts")];
    await makeClip({ ...small, audio: false, seconds: 8, path: parts[0] });
    await makeClip({ ...small, audio: false, seconds: 3, bFrames: 2, path: parts[1] });
    const path = join(folder, "turning.ts");
    writeFileSync(path, Buffer.concat(parts.map((part) => readFileSync(part))));
    return path;
  }

  test("the pictures are decoded from the next key frame on, and the words change", async () => {
    const reader = await MediaReader.open(await turning(), { loop: false, passthrough: "auto" });
    onTestFinished(() => reader.close());
    const told: unknown[] = [];
    reader.infoChanged.on(({ passthrough }) => told.push(passthrough.words));
    expect(reader.info.passthrough.video).toBe(true);
    const kinds: string[] = [];
    let lastUs = -1;
    for (let packet = await reader.next(); packet !== undefined; packet = await reader.next()) {
      expect(packet.timeUs).toBeGreaterThan(lastUs);
      lastUs = packet.timeUs;
      kinds.push(packet.kind.name);
      packet.release();
    }
    const through = kinds.filter((kind) => kind === EncodedVideo.name).length;
    const decoded = kinds.filter((kind) => kind === VideoFrame.name).length;
    expect(through).toBeGreaterThanOrEqual(240);
    // One group of pictures is lost between the two.
    expect(decoded).toBeGreaterThanOrEqual(60);
    expect(kinds.lastIndexOf(EncodedVideo.name)).toBeLessThan(kinds.indexOf(VideoFrame.name));
    expect(told).toEqual(["passthrough: no, because the stream has B-frames"]);
    expect(reader.info.video).toMatchObject({ codec: "h264", delivery: "decoded" });
  });

  test("with always it is an error", async () => {
    await expect(readAll(await turning(), { passthrough: "always" })).rejects.toMatchObject({
      code: "source/unsupported-codec",
    });
    expect(liveHandles()).toEqual({ frames: 0, packets: 0, contexts: 0 });
  });

  test("are seen by the order of the times, when nothing announces them", async () => {
    const demuxer = await Demuxer.open(await clip({ bFrames: 2, audio: false }));
    onTestFinished(() => demuxer.close());
    const through = new PassthroughVideo(demuxer.tracks.video ?? expect.unreachable());
    let units = 0;
    for (let packet = await demuxer.next("video"); typeof packet !== "string"; packet = await demuxer.next("video")) {
      const unit = through.take(packet);
      units += unit === undefined ? 0 : 1;
      unit?.free();
    }
    expect(through.unfit).toBe("the stream has B-frames");
    expect(units).toBeLessThan(5);
  });
});

describe("a stream that refreshes bit by bit, and has hardly an IDR picture", () => {
  const refreshing = {
    name: "clip.ts",
    audio: false,
    seconds: 6,
    keyFrameEvery: 10,
    videoOptions: { preset: "ultrafast", "x264-params": "intra-refresh=1" },
  } as const;

  test("is decoded as soon as that is plain", async () => {
    const { seen, lastInfo } = await readAll(await clip(refreshing));
    expect(lastInfo.passthrough.words).toBe("passthrough: no, because it has too few IDR pictures to begin at");
    expect(only(seen, EncodedVideo).length).toBeLessThan(100);
    expect(only(seen, VideoFrame).length).toBeGreaterThan(50);
  });

  test("is not waited for when its first IDR picture is missing", async () => {
    const reader = await MediaReader.open(await clip(refreshing), { loop: false, passthrough: "auto" });
    onTestFinished(() => reader.close());
    (await reader.next())?.release();
    reader.resync();
    const next = (await reader.next()) ?? expect.unreachable();
    expect(next.kind).toBe(VideoFrame);
    expect(next.timeUs).toBeLessThan(2_000_000);
    next.release();
  });
});

describe("sound", () => {
  const sound = { video: false, seconds: 2 } as const;

  test.each([
    "sound.webm",
    "sound.ogg",
    "sound.mkv",
    "sound.mp4",
    "sound.ts",
  ])("in Opus goes through %s untouched", async (name) => {
    const { seen, info } = await readAll(await clip({ ...sound, name, audioEncoder: "libopus" }));
    expect(info.audio).toEqual({ sampleRateHz: 48_000, channels: 2, codec: "opus", delivery: "passthrough" });
    expect(info.passthrough).toEqual({ video: false, audio: true, words: "passthrough: yes (Opus)" });
    expect(seen.every(({ kind, durationUs }) => kind === EncodedAudio.name && durationUs === 20_000)).toBe(true);
    expect(seen.length).toBeGreaterThanOrEqual(100);
    expect(seen.length).toBeLessThanOrEqual(102);
    for (const [i, { timeUs }] of seen.entries()) {
      // The first one is moved by what the decoder throws away of it.
      expect(Math.abs(timeUs - i * 20_000)).toBeLessThanOrEqual(8000);
    }
    const samples = decodeOpus(seen.map(({ data }) => data));
    expect(samples.some((level) => Math.abs(level) > 0.05)).toBe(true);
  });

  test.each([
    ["pcm_mulaw", "pcmu", "sound.wav"],
    ["pcm_alaw", "pcma", "sound.wav"],
    ["pcm_mulaw", "pcmu", "sound.mov"],
    ["pcm_alaw", "pcma", "sound.mkv"],
  ])("in %s goes through as %s from %s, in pieces of 20 ms or the file's own", async (audioEncoder, codec, name) => {
    const path = await clip({ ...sound, name, audioEncoder, sampleRateHz: 8000, channels: 1 });
    const { seen, info, copiedBytes } = await readAll(path);
    expect(info.audio).toEqual({ sampleRateHz: 8000, channels: 1, codec, delivery: "passthrough" });
    expect(info.passthrough.words).toBe("passthrough: yes (G.711)");
    let endUs = 0;
    for (const { timeUs, durationUs, data } of seen) {
      expect(Math.abs(timeUs - endUs)).toBeLessThanOrEqual(1000);
      expect(durationUs).toBe(data.length * 125);
      expect(durationUs).toBeLessThanOrEqual(60_000);
      endUs = timeUs + durationUs;
    }
    expect(endUs).toBeGreaterThan(1_950_000);
    expect(copiedBytes).toBeLessThanOrEqual(16_000);
  });

  test.each([
    ["stereo G.711", { audioEncoder: "pcm_alaw", sampleRateHz: 8000, name: "s.wav" }, "pcm_alaw"],
    ["MP3", { audioEncoder: "libmp3lame", name: "s.mp3" }, "mp3"],
    ["PCM", { audioEncoder: "pcm_s16le", name: "s.wav" }, "pcm_s16le"],
    ["AAC", { name: "s.m4a" }, "aac"],
  ])("%s is decoded, and says so", async (_what, options, codec) => {
    const { seen, info } = await readAll(await clip({ ...sound, ...options }));
    expect(info.audio).toMatchObject({ codec, delivery: "decoded" });
    expect(info.passthrough).toEqual({
      video: false,
      audio: false,
      words: `passthrough: no, because the codec is ${codec}`,
    });
    expect(seen.every(({ kind }) => kind === AudioFrame.name)).toBe(true);
  });

  test("is joined at the joins of the pictures, without a step back", async () => {
    const path = await clip({ name: "both.mkv", audioEncoder: "libopus", seconds: 1, audioSeconds: 1.1 });
    const { seen } = await readAll(path, { loops: 3 });
    const pictures = times(only(seen, EncodedVideo));
    expect(pictures).toHaveLength(90);
    const sounds = only(seen, EncodedAudio);
    for (const [i, { timeUs }] of sounds.entries()) {
      const previous = sounds[i - 1];
      const gapUs = previous === undefined ? 0 : timeUs - previous.timeUs - previous.durationUs;
      expect(gapUs).toBeGreaterThanOrEqual(-1000);
      expect(gapUs).toBeLessThan(21_000);
    }
    for (const joinUs of [pictures[30], pictures[60]]) {
      expect(sounds.some(({ timeUs }) => Math.abs(timeUs - joinUs) <= 1000)).toBe(true);
    }
  });

  test("in packets that no datagram takes is decoded from there on", async () => {
    // 60 ms at 500 kb/s are more than 3 KB.
    const path = await clip({
      ...sound,
      name: "s.mkv",
      audioEncoder: "libopus",
      audioOptions: { b: "500000", frame_duration: "60", vbr: "off" },
    });
    const { seen, info, lastInfo } = await readAll(path);
    expect(info.audio?.delivery).toBe("passthrough");
    expect(lastInfo.audio).toMatchObject({ codec: "opus", delivery: "decoded" });
    expect(lastInfo.passthrough.audio).toBe(false);
    expect(seen.filter(({ kind }) => kind === AudioFrame.name).length).toBeGreaterThan(20);
  });
});

describe("what cannot go through is decoded, and says why", () => {
  test.each<[string, Partial<ClipOptions>, string]>([
    ["B-frames", { bFrames: 2 }, "the stream has B-frames"],
    [
      "H.265",
      { videoEncoder: "libx265", videoOptions: { preset: "ultrafast", "x265-params": "log-level=none" } },
      "the codec is hevc",
    ],
    ["10 bit", { pixelFormat: "yuv420p10le" }, "its pictures are not 8-bit 4:2:0"],
    ["4:2:2", { pixelFormat: "yuv422p" }, "its pictures are not 8-bit 4:2:0"],
    ["a turned picture", { rotation: 90 }, "the picture is to be turned by 90 degrees"],
    [
      "interlaced pictures",
      { videoOptions: { preset: "ultrafast", "x264-params": "interlaced=1" } },
      "its pictures are interlaced",
    ],
    [
      "pixels that are not square",
      { videoOptions: { preset: "ultrafast", "x264-params": "sar=4/3" } },
      "its pixels are not square",
    ],
  ])("%s", async (_what, options, reason) => {
    const path = await clip({ ...options, audio: false });
    const { seen, info } = await readAll(path);
    expect(info.passthrough).toEqual({ video: false, audio: false, words: `passthrough: no, because ${reason}` });
    expect(info.video?.delivery).toBe("decoded");
    expect(only(seen, VideoFrame)).toHaveLength(30);
    await expect(readAll(path, { passthrough: "always" })).rejects.toMatchObject({
      code: "source/unsupported-codec",
      message: expect.stringContaining(reason),
    });
    expect(liveHandles()).toEqual({ frames: 0, packets: 0, contexts: 0 });
  });

  test("a wish for a certain picture", async () => {
    const { info } = await readAll(await clip({ audio: false }), { explicitVideoKeys: ["media.video.bitrate"] });
    expect(info.passthrough.words).toBe("passthrough: no, because media.video.bitrate is set");
  });
});
