// The four kinds of media packets and their faces. Core's own classes are in encoded-packet.ts and frame-packet.ts;
// a skin may implement the same faces over native memory (clone = a new reference, release frees it).
import type { Micros } from "../time/units.js";
import { definePacket, type Packet, type PacketKind } from "./packet.js";

/** Codecs of encoded video. */
export type VideoCodec = "h264" | "vp8" | "vp9" | "av1";
/** Codecs of encoded audio. */
export type AudioCodec = "opus" | "pcmu" | "pcma" | "aac";
/** Layouts of raw pictures. `other`: only the class that made the frame understands it. */
export type VideoFormat = "i420" | "nv12" | "other";
/** Layouts of raw sound; interleaved unless it says planar. */
export type AudioFormat = "f32" | "f32-planar" | "s16" | "other";

/** One encoded picture (access unit). */
export interface EncodedVideoPacket extends Packet {
  readonly codec: VideoCodec;
  /** The access unit; Annex B for h264. A view, valid in the synchronous call only unless `ownsData`. */
  readonly data: Uint8Array;
  /**
   * h264: parameter sets (Annex B) that belong in front of `data` and are not in it, because their container keeps them
   * apart. Whoever writes the picture writes them first. They may be shared by packets, and are as long-lived as `data`.
   */
  readonly parameterSets?: Uint8Array | undefined;
  /** Whether `data` belongs to the packet alone. Absent means false. */
  readonly ownsData?: boolean;
  /** Whether decoding may begin here. */
  readonly isKey: boolean;
  /** How long the picture is shown; 0 when unknown. */
  readonly durationUs: Micros;
}

/** One encoded run of sound. */
export interface EncodedAudioPacket extends Packet {
  readonly codec: AudioCodec;
  /** The codec's frame. A view, valid in the synchronous call only unless `ownsData`. */
  readonly data: Uint8Array;
  /** Whether `data` belongs to the packet alone. Absent means false. */
  readonly ownsData?: boolean;
  /** How much sound it holds. */
  readonly durationUs: Micros;
}

/** One raw picture. */
export interface VideoFramePacket extends Packet {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly format: VideoFormat;
  /** i420: Y, U, V; nv12: Y, UV interleaved; other: may be empty. Views, as long-lived as the packet. */
  readonly planes: readonly Uint8Array[];
  /** Bytes from one row to the next, one for each plane. */
  readonly strides: readonly number[];
}

/** One run of raw sound. */
export interface AudioFramePacket extends Packet {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Samples in each channel. */
  readonly sampleCount: number;
  readonly format: AudioFormat;
  /** Interleaved: one; planar: one for each channel. Views, as long-lived as the packet. */
  readonly planes: readonly Uint8Array[];
}

/** Kind of `EncodedVideoPacket`. */
export const EncodedVideo: PacketKind<EncodedVideoPacket> = definePacket<EncodedVideoPacket>("encoded-video");
/** Kind of `EncodedAudioPacket`. */
export const EncodedAudio: PacketKind<EncodedAudioPacket> = definePacket<EncodedAudioPacket>("encoded-audio");
/** Kind of `VideoFramePacket`. */
export const VideoFrame: PacketKind<VideoFramePacket> = definePacket<VideoFramePacket>("video-frame");
/** Kind of `AudioFramePacket`. */
export const AudioFrame: PacketKind<AudioFramePacket> = definePacket<AudioFramePacket>("audio-frame");
