// Makes media files for tests, in process: the test picture with its stamp as H.264 and the beep as AAC, or in other
// codecs and shapes, in MP4 or whatever container the path's ending says.
import type { CodecContext, FormatContext, Frame, Packet } from "node-av/lib";
import { Beeper } from "../../../src/core/media/test-pattern/beep.js";
import { TestPattern } from "../../../src/core/media/test-pattern/test-pattern.js";
import { checkAv } from "../../../src/node/av/av-error.js";
import { loadNodeAv, type NodeAv } from "../../../src/node/av/load-node-av.js";
import { setAvOptions } from "../../../src/node/av/set-options.js";

/** What the clip is like. */
export type ClipOptions = {
  /** Where to write it; the ending chooses the container. */
  readonly path: string;
  /** Length of the pictures. Default 2. */
  readonly seconds?: number;
  /** Default 1280x720 at 30. */
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** False leaves the medium out. Default both. */
  readonly video?: boolean;
  readonly audio?: boolean;
  /** Length of the sound. Default as the pictures. */
  readonly audioSeconds?: number;
  /** Rate of the sound. Default 48000. */
  readonly sampleRateHz?: number;
  /** Pictures between references, as recorders make them. Default 2. */
  readonly bFrames?: number;
  /** Times of the pictures in milliseconds, for a variable rate. Default even. */
  readonly frameTimesMs?: readonly number[];
  /** Pictures from one key frame to the next. Default a second's. */
  readonly keyFrameEvery?: number;
  /** FFmpeg's name of the encoder. Default `libx264`. */
  readonly videoEncoder?: string;
  /** Its options. Default the fastest of x264. */
  readonly videoOptions?: Readonly<Record<string, string>>;
  /** FFmpeg's name of the pixel format. Default `yuv420p`. */
  readonly pixelFormat?: string;
  /** Degrees clockwise that players are told to turn the picture by. Default 0, which is not written. */
  readonly rotation?: number;
  /** FFmpeg's name of the encoder. Default `aac`. */
  readonly audioEncoder?: string;
  /** Its options. Default none. */
  readonly audioOptions?: Readonly<Record<string, string>>;
  /** Default 2. */
  readonly channels?: 1 | 2;
};

/** Unix milliseconds in the stamp of a clip's first picture. */
export const CLIP_EPOCH_MS = 1_800_000_000_000;

const VIDEO_TICKS = 90_000;

/** Writes the clip. */
export async function makeClip(options: ClipOptions): Promise<void> {
  const av = await loadNodeAv();
  // SVT-AV1 has a log of its own, which is on.
  process.env["SVT_LOG"] ??= "0";
  const format = new av.FormatContext();
  checkAv(format.allocOutputContext2(null, null, options.path), "choosing a container");
  const video = options.video === false ? undefined : openVideo(av, format, options);
  const audio = options.audio === false ? undefined : openAudio(av, format, options);
  await format.openOutput();
  checkAv(await format.writeHeader(), "writing the header");
  // Written media by media in slices of time, so that the file is interleaved as recorders do it.
  for (let ms = 0; video?.isDone === false || audio?.isDone === false; ms += 100) {
    video?.writeUntil(ms + 100);
    audio?.writeUntil(ms + 100);
  }
  checkAv(await format.writeTrailer(), "writing the trailer");
  await format.closeOutput();
  video?.close();
  audio?.close();
  format.freeContext();
}

/** One medium of the clip. */
type Writer = { readonly isDone: boolean; writeUntil(ms: number): void; close(): void };

function openVideo(av: NodeAv, format: FormatContext, options: ClipOptions): Writer {
  const {
    width = 1280,
    height = 720,
    fps = 30,
    seconds = 2,
    videoEncoder = "libx264",
    pixelFormat = "yuv420p",
  } = options;
  const { bFrames = videoEncoder === "libx264" ? 2 : 0, videoOptions = { preset: "ultrafast" } } = options;
  const times = options.frameTimesMs ?? Array.from({ length: Math.round(seconds * fps) }, (_, i) => (i * 1000) / fps);
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(videoEncoder as never);
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = av.avGetPixFmtFromName(pixelFormat);
  context.timeBase = new av.Rational(1, VIDEO_TICKS);
  context.framerate = new av.Rational(fps, 1);
  context.gopSize = options.keyFrameEvery ?? fps;
  context.maxBFrames = bFrames;
  context.threadCount = 1;
  context.bitRate = 3_000_000n;
  // Without it the packets carry no duration, and a player's last picture falls off the end of the edit list.
  context.setFlags(av.AV_CODEC_FLAG_FRAME_DURATION);
  useGlobalHeader(av, format, context);
  setAvOptions(context, videoOptions);
  checkAv(context.open2Sync(codec), `opening ${videoEncoder}`);
  const index = addStream(av, format, context);
  if (options.rotation !== undefined) {
    const matrix = displayMatrix(options.rotation);
    checkAv(format.streams[index].codecpar.addCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX, matrix), "turning");
  }
  const pattern = new TestPattern({ width, height, label: "CLIP" });
  const frame = new av.Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = av.AV_PIX_FMT_YUV420P;
  checkAv(frame.getBuffer(), "allocating a picture");
  const surface = surfaceOf(frame);
  const state = pattern.prepare(surface);
  const packet = newPacket(av);
  const shaped = pixelFormat === "yuv420p" ? undefined : shaper(av, frame, context);
  let next = 0;
  return {
    get isDone(): boolean {
      return next > times.length;
    },
    writeUntil(ms: number): void {
      for (; next < times.length && times[next] < ms; next++) {
        checkAv(frame.makeWritable(), "drawing");
        const timeUs = Math.round(times[next] * 1000);
        pattern.draw(surfaceOf(frame), state, { index: next, timeUs, wallUs: CLIP_EPOCH_MS * 1000 + timeUs });
        const picture = shaped?.shape() ?? frame;
        picture.pts = BigInt(Math.round((times[next] * VIDEO_TICKS) / 1000));
        const endMs = times[next + 1] ?? times[next] + 1000 / fps;
        picture.duration = BigInt(Math.round(((endMs - times[next]) * VIDEO_TICKS) / 1000));
        checkAv(context.sendFrameSync(picture), "encoding a picture");
        drain(format, context, packet, index);
      }
      if (next === times.length) {
        next++;
        context.sendFrameSync(null);
        drain(format, context, packet, index);
      }
    },
    close(): void {
      packet.free();
      shaped?.close();
      frame.free();
      context.freeContext();
    },
  };
}

function openAudio(av: NodeAv, format: FormatContext, options: ClipOptions): Writer {
  const { sampleRateHz = 48_000, seconds = 2, audioSeconds = seconds, audioEncoder = "aac", channels = 2 } = options;
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(audioEncoder as never);
  context.allocContext3(codec);
  context.sampleRate = sampleRateHz;
  context.sampleFormat = sampleFormatOf(av, audioEncoder);
  context.channelLayout = channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
  context.timeBase = new av.Rational(1, sampleRateHz);
  context.bitRate = 128_000n;
  useGlobalHeader(av, format, context);
  setAvOptions(context, options.audioOptions ?? {});
  checkAv(context.open2Sync(codec), `opening ${audioEncoder}`);
  const index = addStream(av, format, context);
  const beeper = new Beeper({ sampleRateHz, channels: 1 });
  const packet = newPacket(av);
  const total = Math.round(audioSeconds * sampleRateHz);
  let position = 0;
  let isFlushed = false;
  return {
    get isDone(): boolean {
      return isFlushed;
    },
    writeUntil(ms: number): void {
      while (position < total && (position * 1000) / sampleRateHz < ms) {
        const count = Math.min(context.frameSize || 1024, total - position);
        const frame = soundFrame(av, context, count);
        const mono = new Float32Array(count);
        beeper.render(mono, position);
        fillSound(av, frame, mono);
        frame.pts = BigInt(position);
        checkAv(context.sendFrameSync(frame), "encoding sound");
        frame.free();
        position += count;
        drain(format, context, packet, index);
      }
      if (position >= total && !isFlushed) {
        isFlushed = true;
        context.sendFrameSync(null);
        drain(format, context, packet, index);
      }
    },
    close(): void {
      packet.free();
      context.freeContext();
    },
  };
}

/** The layout of samples that an encoder takes. */
function sampleFormatOf(av: NodeAv, encoder: string): Frame["format"] & CodecContext["sampleFormat"] {
  if (encoder.startsWith("pcm_") || encoder === "flac") {
    return av.AV_SAMPLE_FMT_S16 as never;
  }
  return (encoder === "libopus" ? av.AV_SAMPLE_FMT_FLT : av.AV_SAMPLE_FMT_FLTP) as never;
}

function soundFrame(av: NodeAv, { sampleFormat, sampleRate, channelLayout }: CodecContext, count: number): Frame {
  const frame = new av.Frame();
  frame.alloc();
  frame.format = sampleFormat;
  frame.sampleRate = sampleRate;
  frame.channelLayout = channelLayout;
  frame.nbSamples = count;
  checkAv(frame.getBuffer(), "allocating sound");
  return frame;
}

/** The same sound in every channel. */
function fillSound(av: NodeAv, frame: Frame, mono: Float32Array): void {
  const [bytes] = frame.data as Buffer[];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const { channels } = frame;
  if (frame.format === av.AV_SAMPLE_FMT_FLTP) {
    for (const plane of frame.extendedData ?? []) {
      plane.set(new Uint8Array(mono.buffer));
    }
    return;
  }
  for (let i = 0; i < mono.length * channels; i++) {
    const level = mono[Math.floor(i / channels)];
    if (frame.format === av.AV_SAMPLE_FMT_S16) {
      view.setInt16(i * 2, Math.round(level * 32_000), true);
    } else {
      view.setFloat32(i * 4, level, true);
    }
  }
}

/** Turns the drawn picture into the pixel format that the encoder wants. */
function shaper(av: NodeAv, from: Frame, context: CodecContext): { shape(): Frame; close(): void } {
  const scaler = new av.SoftwareScaleContext();
  scaler.allocContext();
  const frame = new av.Frame();
  frame.alloc();
  frame.width = from.width;
  frame.height = from.height;
  frame.format = context.pixelFormat;
  checkAv(frame.getBuffer(), "allocating a picture");
  return {
    shape(): Frame {
      checkAv(frame.makeWritable(), "drawing");
      checkAv(scaler.scaleFrameSync(frame, from), "shaping a picture");
      return frame;
    },
    close(): void {
      frame.free();
      scaler.freeContext();
    },
  };
}

/** ISO/IEC 14496-12 8.5.2: 16.16 and, in the last column, 2.30 fixed-point numbers. */
function displayMatrix(degrees: number): Buffer {
  const matrix = Buffer.alloc(36);
  const radians = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.round(Math.cos(radians) * 65_536), Math.round(Math.sin(radians) * 65_536)];
  for (const [i, value] of [cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30].entries()) {
    matrix.writeInt32LE(value, i * 4);
  }
  return matrix;
}

function surfaceOf(frame: Frame): Parameters<TestPattern["prepare"]>[0] {
  const [y, u, v] = frame.data as Buffer[];
  const [a, b, c] = frame.linesize;
  return { width: frame.width, height: frame.height, planes: [y, u, v], strides: [a, b, c] };
}

function useGlobalHeader(av: NodeAv, format: FormatContext, context: CodecContext): void {
  if ((Number(format.oformat?.flags ?? 0) & Number(av.AVFMT_GLOBALHEADER)) !== 0) {
    context.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER);
  }
}

function addStream(av: NodeAv, format: FormatContext, context: CodecContext): number {
  const stream = format.newStream();
  stream.codecpar.fromContext(context);
  stream.timeBase = new av.Rational(context.timeBase.num, context.timeBase.den);
  return stream.index;
}

function newPacket(av: NodeAv): Packet {
  const packet = new av.Packet();
  packet.alloc();
  return packet;
}

function drain(format: FormatContext, context: CodecContext, packet: Packet, index: number): void {
  while (context.receivePacketSync(packet) >= 0) {
    packet.streamIndex = index;
    packet.rescaleTs(context.timeBase, format.streams[index].timeBase);
    checkAv(format.interleavedWriteFrameSync(packet), "writing a packet");
    packet.unref();
  }
}
