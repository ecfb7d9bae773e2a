// Encoded media for the tests of recordings, of any size and codec: the test picture with its flash, and the beep beside it.
import type { CodecContext } from "node-av/lib";
import { Beeper } from "../../../src/core/media/test-pattern/beep.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { PlainAudioFrame, type PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import { checkAv } from "../../../src/node/av/av-error.js";
import { frameOf } from "../../../src/node/av/frame-input.js";
import { allocatePacket, freeFrame, freePacket } from "../../../src/node/av/live-handles.js";
import { requireNodeAv } from "../../../src/node/av/load-node-av.js";
import { OpusEncoder } from "../../../src/node/av/opus-encoder.js";
import { setAvOptions } from "../../../src/node/av/set-options.js";
import { pictureMaker } from "../av/rig.js";

/** How pictures are made. FFmpeg must be loaded. */
export type PicturesOptions = {
  readonly codec: "h264" | "vp8";
  /** One after the other, each for `secondsEach`. */
  readonly sizes: readonly (readonly [width: number, height: number])[];
  readonly secondsEach: number;
  /** Default 15. */
  readonly fps?: number;
  /** Key frames at least this often, in pictures. Default: at changes of size only. */
  readonly keyFrameEvery?: number;
};

const FPS = 15;

/** Pictures from 0 on, in even steps; each size begins with a key frame. */
export function encodedPictures(options: PicturesOptions): PlainEncodedVideo[] {
  const { codec, sizes, secondsEach, fps = FPS, keyFrameEvery = 10_000 } = options;
  const count = Math.round(secondsEach * fps);
  return sizes.flatMap(([width, height], part) => {
    const picture = pictureMaker(width, height, fps);
    const encode = pictureEncoder(codec, { width, height, fps, keyFrameEvery });
    const units: PlainEncodedVideo[] = [];
    for (let i = 0; i < count; i++) {
      units.push(encode.encode(picture(part * count + i)));
    }
    encode.close();
    return units;
  });
}

/** Opus of the beep, 20 ms a packet, from 0 to `endUs`. */
export function encodedSounds(endUs: number): PlainEncodedAudio[] {
  const beeper = new Beeper({ sampleRateHz: 48_000, channels: 2 });
  const encoder = new OpusEncoder();
  const units: PlainEncodedAudio[] = [];
  for (let position = 0; position * (1e6 / 48_000) < endUs; position += 960) {
    const samples = new Float32Array(960 * 2);
    beeper.render(samples, position);
    const frame = new PlainAudioFrame({
      sampleRateHz: 48_000,
      channels: 2,
      sampleCount: 960,
      format: "f32",
      planes: [new Uint8Array(samples.buffer)],
      timeUs: Math.round((position * 1e6) / 48_000),
    });
    encoder.process(frame, ({ data, timeUs, durationUs }) => {
      units.push(new PlainEncodedAudio({ codec: "opus", data: data.slice(), timeUs, durationUs, ownsData: true }));
    });
  }
  encoder.close();
  return units;
}

/** Both in the order of their times. */
export function byTime(
  ...tracks: readonly (readonly (PlainEncodedVideo | PlainEncodedAudio)[])[]
): (PlainEncodedVideo | PlainEncodedAudio)[] {
  return tracks.flat().sort((one, other) => one.timeUs - other.timeUs);
}

type PictureEncoder = { encode(picture: PlainVideoFrame): PlainEncodedVideo; close(): void };

function pictureEncoder(
  codec: "h264" | "vp8",
  { width, height, fps, keyFrameEvery }: { width: number; height: number; fps: number; keyFrameEvery: number },
): PictureEncoder {
  const av = requireNodeAv();
  const context: CodecContext = new av.CodecContext();
  const encoder = av.Codec.findEncoderByName((codec === "h264" ? "libx264" : "libvpx") as never);
  context.allocContext3(encoder);
  context.width = width;
  context.height = height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, 1_000_000);
  context.framerate = new av.Rational(fps, 1);
  context.gopSize = keyFrameEvery;
  context.maxBFrames = 0;
  context.threadCount = 1;
  context.bitRate = 400_000n;
  setAvOptions(
    context,
    codec === "h264"
      ? { preset: "ultrafast", tune: "zerolatency", profile: "baseline", "x264-params": "scenecut=0" }
      : { deadline: "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1" },
  );
  checkAv(context.open2Sync(encoder), "opening an encoder");
  const packet = allocatePacket();
  return {
    encode(picture): PlainEncodedVideo {
      const frame = frameOf(picture);
      frame.pts = BigInt(picture.timeUs);
      checkAv(context.sendFrameSync(frame), "encoding a picture");
      freeFrame(frame);
      checkAv(context.receivePacketSync(packet), "encoding a picture");
      const unit = new PlainEncodedVideo({
        codec,
        data: Uint8Array.from(packet.data as Buffer),
        isKey: packet.isKeyframe,
        timeUs: picture.timeUs,
        durationUs: Math.round(1e6 / fps),
        ownsData: true,
      });
      packet.unref();
      return unit;
    },
    close(): void {
      freePacket(packet);
      context.freeContext();
    },
  };
}
