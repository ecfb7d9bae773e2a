import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { defaultAudioTarget } from "../../../src/core/media/audio-target.js";
import { readStampLuma } from "../../../src/core/media/read-stamp.js";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../../src/core/stream/media-packet.js";
import { H264Encoder } from "../../../src/node/av/h264-encoder.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { MediaReader, type MediaReaderOptions } from "../../../src/node/av/media-reader.js";
import { openSource } from "../../../src/node/av/open-source.js";
import { OpusEncoder } from "../../../src/node/av/opus-encoder.js";
import { VideoScaler } from "../../../src/node/av/video-scaler.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { type DecodedPicture, decodeOpus, H264Back, wholeOf } from "./decode-back.js";
import { type ClipOptions, makeClip } from "./make-clip.js";
import { temporaryFolder } from "./rig.js";

type Delivered = {
  readonly pictures: readonly { readonly timeUs: number; readonly bytes: Uint8Array }[];
  readonly sounds: readonly { readonly timeUs: number; readonly bytes: Uint8Array }[];
  readonly info: MediaReader["info"];
};

/** A whole file as a viewer would get it: opened, scaled into 320x320, encoded. */
async function deliver(path: string, options: Partial<MediaReaderOptions> = {}): Promise<Delivered> {
  const before = liveHandles();
  const reader = await MediaReader.open(path, { loop: false, passthrough: "auto", ...options });
  const scaler = new VideoScaler({ width: 320, height: 320, fps: 60, maxInFlight: 1000 });
  const encoder = new H264Encoder({ fps: 60, maxInFlight: 1000 });
  const opus = new OpusEncoder();
  const pictures: { timeUs: number; bytes: Uint8Array }[] = [];
  const sounds: { timeUs: number; bytes: Uint8Array }[] = [];
  const keepPicture = (packet: EncodedVideoPacket) => pictures.push({ timeUs: packet.timeUs, bytes: wholeOf(packet) });
  const keepSound = (packet: EncodedAudioPacket) =>
    sounds.push({ timeUs: packet.timeUs, bytes: Uint8Array.from(packet.data) });
  const encode = (packet: EncodedVideoPacket) => {
    keepPicture(packet);
    packet.release?.();
  };
  const scaled = (frame: VideoFramePacket) => {
    encoder.process(frame, encode);
    frame.release?.();
  };
  try {
    for (let packet = await reader.next(); packet !== undefined; packet = await reader.next()) {
      if (VideoFrame.is(packet)) {
        scaler.process(packet as VideoFramePacket, scaled);
      } else if (AudioFrame.is(packet)) {
        opus.process(packet as AudioFramePacket, keepSound);
      } else if (EncodedVideo.is(packet)) {
        keepPicture(packet);
      } else if (EncodedAudio.is(packet)) {
        keepSound(packet);
      }
      packet.release();
    }
    await scaler.stop();
    await encoder.stop();
    opus.stop();
    return { pictures, sounds, info: reader.info };
  } finally {
    await Promise.all([scaler.close(), encoder.close(), reader.close()]);
    opus.close();
    expect(liveHandles()).toEqual(before);
  }
}

/** What every picture shows, decoded. */
function look<T>({ pictures }: Delivered, see: (picture: DecodedPicture) => T): (T | undefined)[] {
  const back = new H264Back();
  onTestFinished(() => back.close());
  return pictures.map(({ bytes }) => back.decode(bytes, see));
}

const numbers = (delivered: Delivered) => look(delivered, ({ stamp }) => stamp?.frameNumber);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const small = { width: 320, height: 180, seconds: 1 } as const;

async function clip({
  name = "clip.mp4",
  ...options
}: Partial<ClipOptions> & { readonly name?: string }): Promise<string> {
  const path = join(temporaryFolder(), name);
  await makeClip({ ...small, ...options, path });
  return path;
}

/** Where the one beep that a second of the test sound has begins, in seconds. */
function beepSeconds(sounds: Delivered["sounds"]): number {
  const samples = decodeOpus(sounds.map(({ bytes }) => bytes));
  return samples.findIndex((level) => Math.abs(level) > 0.05) / 48_000;
}

const x265 = { videoEncoder: "libx265", videoOptions: { preset: "ultrafast", "x265-params": "log-level=none" } };
const vp8 = { videoEncoder: "libvpx", videoOptions: { deadline: "realtime", "cpu-used": "8" } };
const vp9 = { ...vp8, videoEncoder: "libvpx-vp9" };
const av1 = { videoEncoder: "libsvtav1", videoOptions: { preset: "12" } };

describe("a film comes through with every picture in its place and its sound", () => {
  test.each<[string, Partial<ClipOptions> & { readonly name: string }]>([
    ["MP4, H.264 with B-frames, AAC", { name: "a.mp4", bFrames: 2 }],
    ["MP4, H.264 without B-frames", { name: "a.mp4", bFrames: 0 }],
    ["MOV, H.264 and PCM", { name: "a.mov", audioEncoder: "pcm_s16le" }],
    ["MKV, H.265 and AAC", { name: "a.mkv", ...x265 }],
    ["MP4, H.265 with B-frames", { name: "a.mp4", ...x265, bFrames: 2 }],
    ["WebM, VP8 and Opus", { name: "a.webm", ...vp8, audioEncoder: "libopus" }],
    ["WebM, VP9 and Opus", { name: "a.webm", ...vp9, audioEncoder: "libopus" }],
    ["WebM, AV1 and Opus", { name: "a.webm", ...av1, audioEncoder: "libopus" }],
    ["MPEG-TS", { name: "a.ts", bFrames: 2 }],
    ["FLV", { name: "a.flv", sampleRateHz: 44_100 }],
    ["MKV, VP9 and MP3", { name: "a.mkv", ...vp9, audioEncoder: "libmp3lame" }],
    ["10 bit", { name: "a.mkv", pixelFormat: "yuv420p10le" }],
    ["4:2:2 of 10 bit", { name: "a.mkv", pixelFormat: "yuv422p10le" }],
    ["4:4:4", { name: "a.mp4", pixelFormat: "yuv444p" }],
    ["ProRes", { name: "a.mov", videoEncoder: "prores_ks", videoOptions: {}, pixelFormat: "yuv422p10le" }],
    ["Motion JPEG", { name: "a.mkv", videoEncoder: "mjpeg", videoOptions: { strict: "-1" }, pixelFormat: "yuvj420p" }],
  ])("%s", async (_what, options) => {
    const delivered = await deliver(await clip(options));
    expect(numbers(delivered)).toEqual(upTo(30));
    const firstUs = delivered.pictures[0].timeUs;
    expect(firstUs).toBeLessThan(150_000);
    for (const [i, { timeUs }] of delivered.pictures.entries()) {
      // Containers of whole milliseconds round; nothing may add up.
      expect(Math.abs(timeUs - firstUs - (i * 1_000_000) / 30)).toBeLessThanOrEqual(1500);
    }
    const { sounds } = delivered;
    expect(sounds.length).toBeGreaterThanOrEqual(49);
    for (const [i, { timeUs }] of sounds.entries()) {
      expect(Math.abs(timeUs - sounds[0].timeUs - i * 20_000)).toBeLessThanOrEqual(8000);
    }
    expect(beepSeconds(sounds)).toBeLessThan(0.1);
  });

  test.each([
    [321, 181],
    [175, 321],
    [319, 240],
  ])("%i x %i, which no 4:2:0 can be, becomes even with its aspect kept", async (width, height) => {
    const delivered = await deliver(
      await clip({ name: "odd.mkv", pixelFormat: "yuv444p", width, height, audio: false }),
    );
    const sizes = look(delivered, (picture) => [picture.width, picture.height] as const);
    expect(sizes).toHaveLength(30);
    for (const size of sizes) {
      const [w, h] = size ?? expect.unreachable();
      expect([w % 2, h % 2]).toEqual([0, 0]);
      expect(w <= 320 && h <= 320).toBe(true);
      expect(Math.abs(w / h - width / height) / (width / height)).toBeLessThan(0.02);
    }
  });

  test("times of a variable rate are kept within 10 ms, gaps of seconds too", async () => {
    const frameTimesMs = [0, 33, 100, 116, 133, 900, 933, 2933, 3000];
    for (const bFrames of [0, 2]) {
      for (const name of ["vfr.mp4", "vfr.mkv", "vfr.webm"]) {
        const codec = name === "vfr.webm" ? vp8 : {};
        const { pictures } = await deliver(
          await clip({ name, ...codec, bFrames: name === "vfr.webm" ? 0 : bFrames, frameTimesMs, audio: false }),
        );
        expect(pictures).toHaveLength(frameTimesMs.length);
        for (const [i, { timeUs }] of pictures.entries()) {
          expect(Math.abs(timeUs - frameTimesMs[i] * 1000)).toBeLessThanOrEqual(10_000);
        }
      }
    }
  });
});

describe("a film that a phone recorded lying on its side stands upright", () => {
  /** Where pixel (x, y) of the film lies in the picture of `width` x `height` that was turned clockwise. */
  const turned = {
    90: (x: number, y: number, width: number) => [width - 1 - y, x],
    180: (x: number, y: number, width: number, height: number) => [width - 1 - x, height - 1 - y],
    270: (x: number, y: number, _width: number, height: number) => [y, height - 1 - x],
  } as const;

  test.each([90, 180, 270] as const)("turned by %i degrees", async (rotation) => {
    for (const name of ["phone.mp4", "phone.mov"]) {
      const delivered = await deliver(await clip({ name, rotation, bFrames: 0, seconds: 0.5, audio: false }));
      const [width, height] = rotation === 180 ? [320, 180] : [180, 320];
      const seen = look(delivered, (picture) => {
        expect([picture.width, picture.height]).toEqual([width, height]);
        const luma = new Uint8Array(320 * 180);
        for (let y = 0; y < 180; y++) {
          for (let x = 0; x < 320; x++) {
            const [column, row] = turned[rotation](x, y, width, height);
            luma[y * 320 + x] = picture.luma[row * picture.strideBytes + column];
          }
        }
        return readStampLuma(luma, { width: 320, height: 180, strideBytes: 320 })?.frameNumber;
      });
      expect(seen).toEqual(upTo(15));
      expect(delivered.info.passthrough.words).toBe(
        `passthrough: no, because the picture is to be turned by ${rotation} degrees`,
      );
    }
  });

  test("is fitted as it stands: 1280x720 turned is 180 wide in a box of 320", async () => {
    const delivered = await deliver(await clip({ rotation: 90, width: 1280, height: 720, seconds: 0.1, audio: false }));
    expect(look(delivered, ({ width, height }) => [width, height])[0]).toEqual([180, 320]);
    expect(delivered.info.video).toMatchObject({ width: 720, height: 1280 });
  });
});

describe("sound alone", () => {
  test.each<[string, Partial<ClipOptions> & { readonly name: string }]>([
    ["MP3", { name: "a.mp3", audioEncoder: "libmp3lame" }],
    ["WAV", { name: "a.wav", audioEncoder: "pcm_s16le", sampleRateHz: 44_100 }],
    ["WAV in mono at 16 kHz", { name: "a.wav", audioEncoder: "pcm_s16le", sampleRateHz: 16_000, channels: 1 }],
    ["M4A", { name: "a.m4a" }],
    ["FLAC", { name: "a.flac", audioEncoder: "flac" }],
    ["Ogg, Opus", { name: "a.ogg", audioEncoder: "libopus" }],
  ])("%s", async (_what, options) => {
    const delivered = await deliver(await clip({ ...options, video: false, seconds: 2 }));
    expect(delivered.info.video).toBeUndefined();
    expect(delivered.sounds.length).toBeGreaterThanOrEqual(99);
    expect(delivered.sounds.length).toBeLessThanOrEqual(106);
    expect(beepSeconds(delivered.sounds)).toBeLessThan(0.1);
  });
});

describe("files that are not right say so, or are played as far as they go", () => {
  const options = { video: defaultVideoTarget, audio: defaultAudioTarget, loop: true, clock: new ManualClock() };

  test("a path with spaces, umlauts and signs that URLs and FFmpeg know", async () => {
    const folder = join(temporaryFolder(), "Ferien 2026 % & #1");
    mkdirSync(folder);
    for (const name of ["großer Film – 映画 🎬.mp4", "a:b?c=%20.mp4", "-y.mp4", "%03d.mp4"]) {
      const path = join(folder, name);
      await makeClip({ ...small, seconds: 0.2, audio: false, path });
      const source = await openSource(path, options);
      expect(source.info).toMatchObject({ name, video: { width: 320, height: 180 } });
      await source.close();
    }
  });

  test("an MP4 that was cut off before its index", async () => {
    const path = await clip({});
    truncateSync(path, Math.floor(readFileSync(path).length / 2));
    await expect(openSource(path, options)).rejects.toMatchObject({
      code: "source/unreadable",
      message: expect.stringContaining(path),
      fix: expect.stringMatching(/complete/),
    });
  });

  test.each(["mkv", "ts", "webm"])("a cut %s is played up to the cut", async (ending) => {
    const codec = ending === "webm" ? { ...vp8, audioEncoder: "libopus" } : {};
    const path = await clip({ name: `cut.${ending}`, ...codec });
    truncateSync(path, Math.floor(readFileSync(path).length / 2));
    const delivered = await deliver(path);
    const seen = numbers(delivered);
    expect(seen.length).toBeGreaterThan(8);
    expect(seen.slice(0, 8)).toEqual(upTo(8));
  });

  test.each<[string, Uint8Array | string, string]>([
    ["an empty file", "", "source/no-media"],
    ["text", "once upon a time\n".repeat(50), "source/unreadable"],
    ["noise", Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251), "source/unreadable"],
    [
      "an MP4 head and nothing else",
      Uint8Array.from([0, 0, 0, 16, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d, 0, 0, 0, 0]),
      "source/unreadable",
    ],
  ])("%s", async (_what, content, code) => {
    const path = join(temporaryFolder(), "file.mp4");
    writeFileSync(path, content);
    await expect(openSource(path, options)).rejects.toMatchObject({ code, fix: expect.stringMatching(/\w/) });
    expect(liveHandles()).toEqual({ frames: 0, packets: 0, contexts: 0 });
  });
});
