// How packets of one kind cross a hop. Built in for the graph's own kinds; a kind of one's own brings its codec along.
import { FloeError } from "../../error/floe-error.js";
import type { MediaMicros } from "../../time/units.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../encoded-packet.js";
import { FlagPacket } from "../flag-packet.js";
import { PlainAudioFrame, PlainVideoFrame } from "../frame-packet.js";
import {
  type AudioCodec,
  type AudioFormat,
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  type VideoCodec,
  type VideoFormat,
  VideoFrame,
  type VideoFramePacket,
} from "../media-packet.js";
import type { Packet, PacketKind } from "../packet.js";
import { RawPacket } from "../raw-packet.js";
import { bytesFieldLength, type PacketFieldReader, type PacketFieldWriter } from "./packet-fields.js";

/**
 * Writes packets of one kind into a frame and makes equal ones of it on the other side. `flags` and `timeUs` travel by
 * themselves.
 *
 * ```ts
 * const boxCodec: PacketCodec<BoxPacket> = {
 *   kind: Box,
 *   measure: ({ label }) => 16 + textFieldLength(label),
 *   write({ x, y, label }, frame) {
 *     frame.f64(x);
 *     frame.f64(y);
 *     frame.text(label);
 *   },
 *   read: (frame) => new BoxPacket(frame.f64(), frame.f64(), frame.text(), frame.timeUs),
 * };
 * ```
 */
export interface PacketCodec<P extends Packet> {
  readonly kind: PacketKind<P>;
  /** The most bytes that `write` takes. */
  measure(packet: P): number;
  /** Writes the packet's fields. Must not change the packet. */
  write(packet: P, frame: PacketFieldWriter): void;
  /** The packet again, owner of its bytes. Reads as many fields as were written, in that order. */
  read(frame: PacketFieldReader): P;
}

const VIDEO_CODECS: readonly VideoCodec[] = ["h264", "vp8", "vp9", "av1"];
const AUDIO_CODECS: readonly AudioCodec[] = ["opus", "pcmu", "pcma", "aac"];
const VIDEO_FORMATS: readonly VideoFormat[] = ["i420", "nv12", "other"];
const AUDIO_FORMATS: readonly AudioFormat[] = ["f32", "f32-planar", "s16", "other"];

const raw: PacketCodec<RawPacket> = {
  kind: RawPacket.kind,
  measure: ({ byteLength }) => bytesFieldLength(byteLength),
  write: ({ data }, frame) => frame.bytes(data),
  read: (frame) => RawPacket.own(frame.bytes(), frame, frame.lease()),
};

/** Flags cross every hop, in order with the packets around them. */
export const flagCodec: PacketCodec<FlagPacket> = {
  kind: FlagPacket.kind,
  measure: () => 0,
  write: () => {},
  read: (frame) => new FlagPacket(frame.flags, frame),
};

const IS_KEY = 1;
const HAS_PARAMETER_SETS = 2;

const encodedVideo: PacketCodec<EncodedVideoPacket> = {
  kind: EncodedVideo,
  measure: ({ data, parameterSets }) =>
    16 + bytesFieldLength(data.byteLength) + bytesFieldLength(parameterSets?.byteLength ?? 0),
  write({ codec, isKey, durationUs, data, parameterSets }, frame) {
    frame.u32(VIDEO_CODECS.indexOf(codec));
    frame.u32((isKey ? IS_KEY : 0) | (parameterSets === undefined ? 0 : HAS_PARAMETER_SETS));
    frame.f64(durationUs);
    frame.bytes(data);
    if (parameterSets !== undefined) {
      frame.bytes(parameterSets);
    }
  },
  read(frame) {
    const codec = VIDEO_CODECS[frame.u32()];
    const facts = frame.u32();
    const durationUs = frame.f64();
    return new PlainEncodedVideo({
      codec,
      isKey: (facts & IS_KEY) !== 0,
      durationUs,
      data: frame.bytes(),
      parameterSets: (facts & HAS_PARAMETER_SETS) !== 0 ? frame.bytes() : undefined,
      ...rest(frame),
    });
  },
};

const encodedAudio: PacketCodec<EncodedAudioPacket> = {
  kind: EncodedAudio,
  measure: ({ data }) => 12 + bytesFieldLength(data.byteLength),
  write({ codec, durationUs, data }, frame) {
    frame.u32(AUDIO_CODECS.indexOf(codec));
    frame.f64(durationUs);
    frame.bytes(data);
  },
  read(frame) {
    const codec = AUDIO_CODECS[frame.u32()];
    const durationUs = frame.f64();
    return new PlainEncodedAudio({ codec, durationUs, data: frame.bytes(), ...rest(frame) });
  },
};

const videoFrame: PacketCodec<VideoFramePacket> = {
  kind: VideoFrame,
  measure({ format, planes }) {
    refuseNative(format);
    return 16 + planesLength(planes) + planes.length * 4;
  },
  write({ width, height, format, planes, strides }, frame) {
    frame.u32(width);
    frame.u32(height);
    frame.u32(VIDEO_FORMATS.indexOf(format));
    frame.u32(planes.length);
    for (const [index, plane] of planes.entries()) {
      frame.u32(strides[index]);
      frame.bytes(plane);
    }
  },
  read(frame) {
    const width = frame.u32();
    const height = frame.u32();
    const format = VIDEO_FORMATS[frame.u32()];
    const planes: Uint8Array[] = [];
    const strides: number[] = [];
    for (let left = frame.u32(); left > 0; left--) {
      strides.push(frame.u32());
      planes.push(frame.bytes());
    }
    return new PlainVideoFrame({ width, height, format, planes, strides, ...rest(frame) });
  },
};

const audioFrame: PacketCodec<AudioFramePacket> = {
  kind: AudioFrame,
  measure({ format, planes }) {
    refuseNative(format);
    return 20 + planesLength(planes);
  },
  write({ sampleRateHz, channels, sampleCount, format, planes }, frame) {
    frame.u32(sampleRateHz);
    frame.u32(channels);
    frame.u32(sampleCount);
    frame.u32(AUDIO_FORMATS.indexOf(format));
    frame.u32(planes.length);
    for (const plane of planes) {
      frame.bytes(plane);
    }
  },
  read(frame) {
    const sampleRateHz = frame.u32();
    const channels = frame.u32();
    const sampleCount = frame.u32();
    const format = AUDIO_FORMATS[frame.u32()];
    const planes: Uint8Array[] = [];
    for (let left = frame.u32(); left > 0; left--) {
      planes.push(frame.bytes());
    }
    return new PlainAudioFrame({ sampleRateHz, channels, sampleCount, format, planes, ...rest(frame) });
  },
};

/** What all packets have, behind their bytes. */
function rest(frame: PacketFieldReader): {
  readonly flags: number;
  readonly timeUs: MediaMicros;
  readonly ownsData: true;
  readonly onRelease: (() => void) | undefined;
} {
  return { flags: frame.flags, timeUs: frame.timeUs, ownsData: true, onRelease: frame.lease() };
}

/** Frames of a skin's own format live in native memory, which stays where it is. */
function refuseNative(format: VideoFormat | AudioFormat): void {
  if (format === "other") {
    throw new FloeError("hop/format", 'A frame of format "other" cannot cross a hop', {
      fix: "Convert it to planes in front of the hop, or let encoded packets cross.",
    });
  }
}

function planesLength(planes: readonly Uint8Array[]): number {
  let total = 0;
  for (const { byteLength } of planes) {
    total += bytesFieldLength(byteLength);
  }
  return total;
}

const builtIn: readonly PacketCodec<Packet>[] = [raw, flagCodec, encodedVideo, encodedAudio, videoFrame, audioFrame];

/** The codec of one of the graph's own kinds, or undefined. */
export function builtInCodec(kind: PacketKind): PacketCodec<Packet> | undefined {
  return builtIn.find((codec) => codec.kind === kind);
}
