// Media files for tests, made in process in whatever container and codecs a test wants: the test picture with its stamp,
// the beep, both by FFmpeg's own encoders.
import type { CodecContext, FormatContext, Frame, Packet } from "node-av/lib";
import { Beeper } from "../../src/core/media/test-pattern/beep.js";
import { TestPattern } from "../../src/core/media/test-pattern/test-pattern.js";
import { checkAv } from "../../src/node/av/av-error.js";
import { loadNodeAv, type NodeAv } from "../../src/node/av/load-node-av.js";
import { setAvOptions } from "../../src/node/av/set-options.js";

/** The picture of a file. Even sizes. */
export type FixtureVideo = {
  readonly codec: "libx264" | "libx265" | "libvpx-vp9";
  /** Default 640x360 at 25, before rotation. */
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** Frames from one key frame to the next. Default one second. */
  readonly gop?: number;
  /** Default 0. */
  readonly bFrames?: number;
  /** Stored lying on its side, with the note that players must turn it by 90 degrees clockwise, as phones do. */
  readonly isRotated?: boolean;
  /** Times of the pictures in milliseconds, for a variable rate. Default even over the file's length. */
  readonly frameTimesMs?: readonly number[];
};

/** The sound of a file: beeps, in stereo. */
export type FixtureAudio = { readonly codec: "aac" | "libopus" | "libmp3lame" | "pcm_s16le" };

/** What a file is like; its ending chooses the container. */
export type Fixture = {
  readonly path: string;
  /** Default 3. */
  readonly seconds?: number;
  /** An MP4 whose index comes before its media, as those made for the web. Default behind it. */
  readonly isIndexFirst?: boolean;
  readonly video?: FixtureVideo;
  readonly audio?: FixtureAudio;
};

const VIDEO_TICKS = 90_000;
const SAMPLE_RATE_HZ = 48_000;
/** Samples in a frame for codecs that take any number. */
const FREE_FRAME_SIZE = 960;
/** FFmpeg's display matrix for "turn by 90 degrees clockwise": 16.16 fixed point, the last column 2.30. */
const CLOCKWISE_MATRIX = [0, 65_536, 0, -65_536, 0, 0, 0, 0, 1 << 30];
const QUICK: Readonly<Record<FixtureVideo["codec"], Readonly<Record<string, string>>>> = {
  libx264: { preset: "ultrafast", "x264-params": "scenecut=0" },
  libx265: { preset: "ultrafast", "x265-params": "log-level=none:scenecut=0" },
  "libvpx-vp9": { deadline: "realtime", "cpu-used": "8" },
};

/** Writes the file and answers its path. */
export async function makeFixture(fixture: Fixture): Promise<string> {
  const av = await loadNodeAv();
  const format = new av.FormatContext();
  checkAv(format.allocOutputContext2(null, null, fixture.path), "choosing a container");
  if (fixture.isIndexFirst) {
    setAvOptions(format, { movflags: "+faststart" });
  }
  const seconds = fixture.seconds ?? 3;
  const writers = [
    ...(fixture.video === undefined ? [] : [openVideo(av, format, fixture.video, seconds)]),
    ...(fixture.audio === undefined ? [] : [openAudio(av, format, fixture.audio, seconds)]),
  ];
  await format.openOutput();
  checkAv(await format.writeHeader(), "writing the header");
  // In slices of time, so that the file is interleaved as recorders do it.
  for (let ms = 100; writers.some((writer) => !writer.isDone); ms += 100) {
    for (const writer of writers) {
      writer.writeUntil(ms);
    }
  }
  checkAv(await format.writeTrailer(), "writing the trailer");
  await format.closeOutput();
  for (const writer of writers) {
    writer.close();
  }
  format.freeContext();
  return fixture.path;
}

/** One medium of the file. */
type Writer = { readonly isDone: boolean; writeUntil(ms: number): void; close(): void };

function openVideo(av: NodeAv, format: FormatContext, video: FixtureVideo, seconds: number): Writer {
  const { codec: name, width = 640, height = 360, fps = 25, gop = fps, bFrames = 0, isRotated = false } = video;
  const times = video.frameTimesMs ?? Array.from({ length: Math.round(seconds * fps) }, (_, i) => (i * 1000) / fps);
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(name as typeof av.FF_ENCODER_LIBX264);
  context.allocContext3(codec);
  const stored = isRotated ? { width: height, height: width } : { width, height };
  context.width = stored.width;
  context.height = stored.height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, VIDEO_TICKS);
  context.framerate = new av.Rational(fps, 1);
  context.gopSize = gop;
  context.maxBFrames = bFrames;
  context.threadCount = 1;
  context.bitRate = 1_500_000n;
  // Without it the packets carry no duration, and a player's last picture falls off the end of the edit list.
  context.setFlags(av.AV_CODEC_FLAG_FRAME_DURATION);
  useGlobalHeader(av, format, context);
  setAvOptions(context, { ...QUICK[name], ...(name === "libx264" && bFrames === 0 ? { profile: "baseline" } : {}) });
  checkAv(context.open2Sync(codec), `opening ${name}`);
  const index = addStream(av, format, context);
  if (isRotated) {
    const matrix = Buffer.from(Int32Array.from(CLOCKWISE_MATRIX).buffer);
    checkAv(format.streams[index].codecpar.addCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX, matrix), "rotating");
  }
  const picture = new Picture(width, height);
  const frame = new av.Frame();
  frame.alloc();
  frame.width = stored.width;
  frame.height = stored.height;
  frame.format = av.AV_PIX_FMT_YUV420P;
  checkAv(frame.getBuffer(), "allocating a picture");
  const packet = newPacket(av);
  let next = 0;
  return {
    get isDone(): boolean {
      return next > times.length;
    },
    writeUntil(ms: number): void {
      for (; next < times.length && times[next] < ms; next++) {
        checkAv(frame.makeWritable(), "drawing");
        picture.draw(next, times[next]);
        picture.store(frame, isRotated);
        frame.pts = BigInt(Math.round((times[next] * VIDEO_TICKS) / 1000));
        const endMs = times[next + 1] ?? seconds * 1000;
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

/** The test picture, upright, and how it gets into a frame. */
export class Picture {
  readonly #width: number;
  readonly #height: number;
  readonly #pattern: TestPattern;
  readonly #surface: Parameters<TestPattern["prepare"]>[0];
  readonly #state: ReturnType<TestPattern["prepare"]>;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#pattern = new TestPattern({ width, height, label: `FIXTURE ${width}X${height}` });
    const chroma = (width / 2) * (height / 2);
    this.#surface = {
      width,
      height,
      planes: [new Uint8Array(width * height), new Uint8Array(chroma), new Uint8Array(chroma)],
      strides: [width, width / 2, width / 2],
    };
    this.#state = this.#pattern.prepare(this.#surface);
  }

  draw(index: number, timeMs: number): void {
    const timeUs = Math.round(timeMs * 1000);
    this.#pattern.draw(this.#surface, this.#state, { index, timeUs, wallUs: timeUs });
  }

  store(frame: Frame, isRotated: boolean): void {
    for (let plane = 0; plane < 3; plane++) {
      const from = this.#surface.planes[plane];
      const to = (frame.data as Buffer[])[plane];
      const stride = frame.linesize[plane];
      const shift = plane === 0 ? 0 : 1;
      const width = this.#width >> shift;
      const height = this.#height >> shift;
      if (isRotated) {
        // Turned back by 90 degrees, so that turning it forward shows it upright.
        for (let y = 0; y < width; y++) {
          for (let x = 0; x < height; x++) {
            to[y * stride + x] = from[x * width + (width - 1 - y)];
          }
        }
      } else {
        for (let y = 0; y < height; y++) {
          to.set(from.subarray(y * width, (y + 1) * width), y * stride);
        }
      }
    }
  }
}

function openAudio(av: NodeAv, format: FormatContext, { codec: name }: FixtureAudio, seconds: number): Writer {
  const isPlanar = name === "aac" || name === "libmp3lame";
  const isFloat = name !== "pcm_s16le";
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(name as typeof av.FF_ENCODER_AAC);
  context.allocContext3(codec);
  context.sampleRate = SAMPLE_RATE_HZ;
  const sampleFormat = isPlanar ? av.AV_SAMPLE_FMT_FLTP : isFloat ? av.AV_SAMPLE_FMT_FLT : av.AV_SAMPLE_FMT_S16;
  context.sampleFormat = sampleFormat;
  context.channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
  context.timeBase = new av.Rational(1, SAMPLE_RATE_HZ);
  context.bitRate = 128_000n;
  useGlobalHeader(av, format, context);
  checkAv(context.open2Sync(codec), `opening ${name}`);
  const index = addStream(av, format, context);
  const beeper = new Beeper({ sampleRateHz: SAMPLE_RATE_HZ, channels: 1 });
  const packet = newPacket(av);
  const total = Math.round(seconds * SAMPLE_RATE_HZ);
  const frameSize = context.frameSize || FREE_FRAME_SIZE;
  let position = 0;
  let isFlushed = false;
  return {
    get isDone(): boolean {
      return isFlushed;
    },
    writeUntil(ms: number): void {
      while (position < total && (position * 1000) / SAMPLE_RATE_HZ < ms) {
        const mono = new Float32Array(Math.min(frameSize, total - position));
        beeper.render(mono, position);
        const frame = new av.Frame();
        frame.alloc();
        frame.format = sampleFormat;
        frame.sampleRate = SAMPLE_RATE_HZ;
        frame.channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
        frame.nbSamples = mono.length;
        checkAv(frame.getBuffer(), "allocating sound");
        for (const plane of frame.extendedData ?? []) {
          plane.set(isPlanar ? new Uint8Array(mono.buffer) : interleaved(mono, isFloat));
        }
        frame.pts = BigInt(position);
        checkAv(context.sendFrameSync(frame), "encoding sound");
        frame.free();
        position += mono.length;
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

function interleaved(mono: Float32Array, isFloat: boolean): Uint8Array {
  const both = isFloat ? new Float32Array(mono.length * 2) : new Int16Array(mono.length * 2);
  for (let i = 0; i < both.length; i++) {
    both[i] = mono[i >> 1] * (isFloat ? 1 : 32_767);
  }
  return new Uint8Array(both.buffer);
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
