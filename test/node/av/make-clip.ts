// Makes media files for tests, in process: the test picture with its stamp as H.264, the beep as AAC, in MP4 or
// whatever the path's ending says.
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
};

/** Unix milliseconds in the stamp of a clip's first picture. */
export const CLIP_EPOCH_MS = 1_800_000_000_000;

const VIDEO_TICKS = 90_000;

/** Writes the clip. */
export async function makeClip(options: ClipOptions): Promise<void> {
  const av = await loadNodeAv();
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
  const { width = 1280, height = 720, fps = 30, seconds = 2, bFrames = 2 } = options;
  const times = options.frameTimesMs ?? Array.from({ length: Math.round(seconds * fps) }, (_, i) => (i * 1000) / fps);
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_LIBX264);
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, VIDEO_TICKS);
  context.framerate = new av.Rational(fps, 1);
  context.gopSize = fps;
  context.maxBFrames = bFrames;
  context.threadCount = 1;
  context.bitRate = 3_000_000n;
  // Without it the packets carry no duration, and a player's last picture falls off the end of the edit list.
  context.setFlags(av.AV_CODEC_FLAG_FRAME_DURATION);
  useGlobalHeader(av, format, context);
  setAvOptions(context, { preset: "ultrafast" });
  checkAv(context.open2Sync(codec), "opening x264");
  const index = addStream(av, format, context);
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
        frame.pts = BigInt(Math.round((times[next] * VIDEO_TICKS) / 1000));
        const endMs = times[next + 1] ?? times[next] + 1000 / fps;
        frame.duration = BigInt(Math.round(((endMs - times[next]) * VIDEO_TICKS) / 1000));
        checkAv(context.sendFrameSync(frame), "encoding a picture");
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
      frame.free();
      context.freeContext();
    },
  };
}

function openAudio(av: NodeAv, format: FormatContext, options: ClipOptions): Writer {
  const { sampleRateHz = 48_000, seconds = 2, audioSeconds = seconds } = options;
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_AAC);
  context.allocContext3(codec);
  context.sampleRate = sampleRateHz;
  context.sampleFormat = av.AV_SAMPLE_FMT_FLTP;
  context.channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
  context.timeBase = new av.Rational(1, sampleRateHz);
  context.bitRate = 128_000n;
  useGlobalHeader(av, format, context);
  checkAv(context.open2Sync(codec), "opening AAC");
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
        const count = Math.min(context.frameSize, total - position);
        const frame = soundFrame(av, sampleRateHz, count);
        const mono = new Float32Array(count);
        beeper.render(mono, position);
        for (const plane of frame.extendedData ?? []) {
          plane.set(new Uint8Array(mono.buffer));
        }
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

function soundFrame(av: NodeAv, sampleRateHz: number, count: number): Frame {
  const frame = new av.Frame();
  frame.alloc();
  frame.format = av.AV_SAMPLE_FMT_FLTP;
  frame.sampleRate = sampleRateHz;
  frame.channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
  frame.nbSamples = count;
  checkAv(frame.getBuffer(), "allocating sound");
  return frame;
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
