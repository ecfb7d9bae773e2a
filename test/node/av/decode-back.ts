// Decodes what the encoders of this room made, to look at it: pictures and sound back from encoded bytes.
import type { CodecContext, Frame, Packet } from "node-av/lib";
import { readStampLuma } from "../../../src/core/media/read-stamp.js";
import type { Stamp } from "../../../src/core/media/stamp.js";
import { checkAv } from "../../../src/node/av/av-error.js";
import { requireNodeAv } from "../../../src/node/av/load-node-av.js";

/** One decoded picture, as far as tests ask. */
export type DecodedPicture = {
  readonly width: number;
  readonly height: number;
  readonly stamp: Stamp | undefined;
  /** The luma plane; valid during the look. */
  readonly luma: Uint8Array;
  readonly strideBytes: number;
  /** Mean luma of a rectangle. */
  readonly mean: (x: number, y: number, width: number, height: number) => number;
};

/** Decodes Annex B access units one by one. Close it. */
export class H264Back {
  readonly #context: CodecContext;
  readonly #frame: Frame;
  readonly #packet: Packet;

  constructor() {
    const av = requireNodeAv();
    const codec = av.Codec.findDecoder(av.AV_CODEC_ID_H264);
    this.#context = new av.CodecContext();
    this.#context.allocContext3(codec);
    this.#context.threadCount = 1;
    checkAv(this.#context.open2Sync(codec), "opening a decoder");
    this.#frame = new av.Frame();
    this.#frame.alloc();
    this.#packet = new av.Packet();
    this.#packet.alloc();
  }

  /** The picture of one access unit, looked at by `look` while it lives; undefined when none came out. */
  decode<T>(unit: Uint8Array, look: (picture: DecodedPicture) => T): T | undefined {
    this.#packet.data = Buffer.from(unit);
    checkAv(this.#context.sendPacketSync(this.#packet), "decoding");
    this.#packet.unref();
    if (this.#context.receiveFrameSync(this.#frame) < 0) {
      return undefined;
    }
    const { width, height } = this.#frame;
    const [luma] = this.#frame.data as Buffer[];
    const [strideBytes] = this.#frame.linesize;
    const seen = look({
      width,
      height,
      luma,
      strideBytes,
      stamp: readStampLuma(luma, { width, height, strideBytes }),
      mean: (x, y, w, h) => meanOf(luma, strideBytes, x, y, w, h),
    });
    this.#frame.unref();
    return seen;
  }

  close(): void {
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }
}

function meanOf(luma: Uint8Array, stride: number, x: number, y: number, width: number, height: number): number {
  let sum = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      sum += luma[row * stride + column];
    }
  }
  return sum / (width * height);
}

/** Decodes a run of Opus frames to the first channel's samples at 48 kHz. */
export function decodeOpus(frames: readonly Uint8Array[], channels: 1 | 2 = 2): Float32Array {
  const av = requireNodeAv();
  const codec = av.Codec.findDecoderByName("libopus" as never) ?? av.Codec.findDecoder(av.AV_CODEC_ID_OPUS);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.sampleRate = 48_000;
  context.channelLayout = channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
  checkAv(context.open2Sync(codec), "opening a decoder");
  const frame = new av.Frame();
  frame.alloc();
  const packet = new av.Packet();
  packet.alloc();
  const samples: number[] = [];
  for (const bytes of frames) {
    packet.data = Buffer.from(bytes);
    checkAv(context.sendPacketSync(packet), "decoding");
    packet.unref();
    while (context.receiveFrameSync(frame) >= 0) {
      samples.push(...firstChannel(frame));
      frame.unref();
    }
  }
  packet.free();
  frame.free();
  context.freeContext();
  return Float32Array.from(samples);
}

function firstChannel(frame: Frame): number[] {
  const av = requireNodeAv();
  const [bytes] = frame.extendedData as Buffer[];
  const count = frame.nbSamples;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (frame.format) {
    case av.AV_SAMPLE_FMT_S16:
      return Array.from({ length: count }, (_, i) => view.getInt16(i * frame.channels * 2, true) / 32_768);
    case av.AV_SAMPLE_FMT_FLT:
      return Array.from({ length: count }, (_, i) => view.getFloat32(i * frame.channels * 4, true));
    case av.AV_SAMPLE_FMT_FLTP:
      return Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true));
    default:
      throw new Error(`sample format ${frame.format}`);
  }
}

/** The types of the NAL units of an Annex B access unit, in order. */
export function nalTypes(unit: Uint8Array): number[] {
  const types: number[] = [];
  for (let i = 0; i + 3 < unit.length; i++) {
    if (unit[i] === 0 && unit[i + 1] === 0 && unit[i + 2] === 1) {
      types.push(unit[i + 3] & 31);
    }
  }
  return types;
}

/** A copy of an encoded packet's bytes, with the parameter sets in front that stand apart. */
export function wholeOf({ parameterSets = new Uint8Array(0), data }: EncodedBytes): Uint8Array {
  return Uint8Array.from([...parameterSets, ...data]);
}

type EncodedBytes = { readonly data: Uint8Array; readonly parameterSets?: Uint8Array | undefined };
