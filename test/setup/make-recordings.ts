// Makes the recordings of examples/one-graph.ts: the test picture and the beep, encoded by x264 and libopus in process. The same
// bytes each time (one thread, times of a made-up clock). Run it, then bring the expected results up to date:
//
//   npx esbuild test/setup/make-recordings.ts --bundle --platform=node --format=esm --packages=external --outfile=dist/make-recordings.mjs
//   node dist/make-recordings.mjs && npm run format
import { mkdirSync, writeFileSync } from "node:fs";
import type { Packet } from "node-av/lib";
import { Beeper } from "../../src/core/media/test-pattern/beep.js";
import { visitLeadingNalUnits } from "../../src/core/payload/h264/leading-nal-units.js";
import { NalType } from "../../src/core/payload/h264/nal-unit.js";
import { checkAv } from "../../src/node/av/av-error.js";
import { loadNodeAv, type NodeAv } from "../../src/node/av/load-node-av.js";
import { setAvOptions } from "../../src/node/av/set-options.js";
import { Picture } from "./media-fixtures.js";

type Unit = {
  readonly kind: "video" | "audio";
  readonly timeUs: number;
  readonly durationUs: number;
  readonly isKey: boolean;
  readonly data: string;
};

type VideoRecipe = {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly fromUs?: number;
  /** Frames from one key frame to the next. */
  readonly gop: number;
  /** More of x264's own options: `slices=4:aud=1`. */
  readonly x264?: string;
};

const FPS = 15;
const SAMPLE_RATE_HZ = 48_000;
const OPUS_FRAME = 960;
const FOLDER = "examples/recordings/";

const av = await loadNodeAv();
mkdirSync(FOLDER, { recursive: true });
const small = { width: 320, height: 180, seconds: 2, gop: 15 };

write(
  "h264-opus",
  "A camera with sound on a good network: a little delay, nothing lost.",
  { delayMs: 20, jitterMs: 4 },
  [...video({ ...small, gop: 30 }), ...audio(2)],
);
write(
  "lossy",
  "The same on a bad network: packets are lost, held up and copied, and the picture waits for key frames.",
  { lossRate: 0.03, duplicateRate: 0.02, reorderRate: 0.02, reorderDelayMs: 15, delayMs: 40, jitterMs: 10 },
  [...video({ ...small, gop: 8 }), ...audio(2)],
);
write(
  "slices",
  "A camera without B-frames that cuts each picture into four slices and puts delimiters between pictures.",
  { lossRate: 0.01, delayMs: 10 },
  video({ ...small, x264: "slices=4:aud=1" }),
);
write("resize", "A sender that changes its size in the middle, twice.", { delayMs: 10 }, [
  ...video({ width: 320, height: 180, seconds: 0.8, gop: 30 }),
  ...video({ width: 192, height: 108, seconds: 0.8, gop: 30, fromUs: 800_000 }),
  ...video({ width: 320, height: 180, seconds: 0.8, gop: 30, fromUs: 1_600_000 }),
]);
write(
  "opus",
  "Sound alone, on a network that loses some of it.",
  { lossRate: 0.05, delayMs: 30, jitterMs: 15 },
  audio(4),
);

function write(name: string, about: string, network: Readonly<Record<string, number>>, units: readonly Unit[]): void {
  const ordered = units.toSorted((a, b) => a.timeUs - b.timeUs);
  const recording = { name, about, network: { seed: 11, ...network }, units: ordered };
  const text = `${JSON.stringify(recording, null, 2)}\n`;
  writeFileSync(`${FOLDER}${name}.json`, text);
  process.stdout.write(`${name}: ${ordered.length} units, ${Math.round(text.length / 1024)} KiB\n`);
}

function video({ width, height, seconds, fromUs = 0, gop, x264 = "" }: VideoRecipe): Unit[] {
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_LIBX264);
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, 1_000_000);
  context.framerate = new av.Rational(FPS, 1);
  context.gopSize = gop;
  context.maxBFrames = 0;
  context.threadCount = 1;
  context.bitRate = 120_000n;
  const params = ["scenecut=0", "no-info=1", x264].filter((part) => part !== "").join(":");
  setAvOptions(context, { preset: "medium", tune: "zerolatency", profile: "baseline", "x264-params": params });
  checkAv(context.open2Sync(codec), "opening libx264");
  const picture = new Picture(width, height);
  const frame = new av.Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = av.AV_PIX_FMT_YUV420P;
  checkAv(frame.getBuffer(), "allocating a picture");
  const units: Unit[] = [];
  const packet = newPacket(av);
  const count = Math.round(seconds * FPS);
  for (let i = 0; i <= count; i++) {
    if (i < count) {
      const timeMs = fromUs / 1000 + (i * 1000) / FPS;
      checkAv(frame.makeWritable(), "drawing");
      picture.draw(i, timeMs);
      picture.store(frame, false);
      frame.pts = BigInt(Math.round(timeMs * 1000));
    }
    checkAv(context.sendFrameSync(i < count ? frame : null), "encoding a picture");
    while (context.receivePacketSync(packet) >= 0) {
      const data = packet.data as Buffer;
      const isKey = visitLeadingNalUnits(data, () => {}) === NalType.idrSlice;
      const durationUs = Math.round(1_000_000 / FPS);
      units.push({ kind: "video", timeUs: Number(packet.pts), durationUs, isKey, data: data.toString("base64") });
      packet.unref();
    }
  }
  packet.free();
  frame.free();
  context.freeContext();
  return units;
}

function audio(seconds: number): Unit[] {
  const context = new av.CodecContext();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_LIBOPUS);
  context.allocContext3(codec);
  context.sampleRate = SAMPLE_RATE_HZ;
  context.sampleFormat = av.AV_SAMPLE_FMT_FLT;
  context.channelLayout = av.AV_CHANNEL_LAYOUT_MONO;
  context.timeBase = new av.Rational(1, SAMPLE_RATE_HZ);
  context.bitRate = 16_000n;
  setAvOptions(context, { application: "lowdelay" });
  checkAv(context.open2Sync(codec), "opening libopus");
  const beeper = new Beeper({ sampleRateHz: SAMPLE_RATE_HZ, channels: 1 });
  const units: Unit[] = [];
  const packet = newPacket(av);
  for (let position = 0; position < seconds * SAMPLE_RATE_HZ; position += OPUS_FRAME) {
    const samples = new Float32Array(OPUS_FRAME);
    beeper.render(samples, position);
    const frame = new av.Frame();
    frame.alloc();
    frame.format = av.AV_SAMPLE_FMT_FLT;
    frame.sampleRate = SAMPLE_RATE_HZ;
    frame.channelLayout = av.AV_CHANNEL_LAYOUT_MONO;
    frame.nbSamples = OPUS_FRAME;
    checkAv(frame.getBuffer(), "allocating sound");
    (frame.extendedData ?? [])[0]?.set(new Uint8Array(samples.buffer));
    frame.pts = BigInt(position);
    checkAv(context.sendFrameSync(frame), "encoding sound");
    frame.free();
    while (context.receivePacketSync(packet) >= 0) {
      const data = packet.data as Buffer;
      const timeUs = (units.length * OPUS_FRAME * 1_000_000) / SAMPLE_RATE_HZ;
      units.push({ kind: "audio", timeUs, durationUs: 20_000, isKey: true, data: data.toString("base64") });
      packet.unref();
    }
  }
  packet.free();
  context.freeContext();
  return units;
}

function newPacket({ Packet }: NodeAv): Packet {
  const packet = new Packet();
  packet.alloc();
  return packet;
}
