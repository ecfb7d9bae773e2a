// The tracks of a media file: what each is, and how FFmpeg's muxers are told.
import type { FormatContext, Stream } from "node-av/lib";
import { requireNodeAv } from "../av/load-node-av.js";
import { aacConfig, opusHead } from "./sound-header.js";

/** The picture of a file. */
export type MuxedVideo = {
  readonly codec: "h264" | "vp8";
  /** Of the first picture; later ones may differ. */
  readonly width: number;
  readonly height: number;
  /** h264: the first picture's parameter sets, Annex B. */
  readonly parameterSets?: Uint8Array | undefined;
  /** Whether all pictures have the first one's size and parameter sets. */
  readonly isFixed?: boolean;
};

/** The sound of a file. */
export type MuxedAudio =
  | { readonly codec: "opus" }
  /** AAC-LC, raw frames of 1024 samples. */
  | { readonly codec: "aac"; readonly sampleRateHz: number; readonly channels: 1 | 2 };

/** The media of a file. At least one of the two. */
export type MuxedTracks = {
  readonly video?: MuxedVideo | undefined;
  readonly audio?: MuxedAudio | undefined;
};

const VIDEO_TICKS_HZ = 90_000;
const OPUS_FRAME_SAMPLES = 960;
/** As OpusHead says it. */
const OPUS_SOUND = { sampleRateHz: 48_000, channels: 2 } as const;
const AAC_FRAME_SAMPLES = 1024;

/** Adds the picture to a file that is not begun. */
export function addVideo(
  format: FormatContext,
  { codec, width, height, parameterSets, isFixed = false }: MuxedVideo,
): Stream {
  const av = requireNodeAv();
  const stream = format.newStream(null);
  const { codecpar } = stream;
  codecpar.codecType = av.AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = codec === "h264" ? av.AV_CODEC_ID_H264 : av.AV_CODEC_ID_VP8;
  codecpar.width = width;
  codecpar.height = height;
  codecpar.format = av.AV_PIX_FMT_YUV420P;
  if (parameterSets !== undefined) {
    codecpar.extradata = Buffer.from(parameterSets);
  }
  if (codec === "h264" && !isFixed && format.oformat?.name === "mp4") {
    // Parameter sets stay in the samples, because they may change (ISO/IEC 14496-15 5.4.2.1).
    codecpar.codecTag = "avc3";
  }
  stream.timeBase = new av.Rational(1, VIDEO_TICKS_HZ);
  return stream;
}

/** Adds the sound. Throws FloeError `av/bad-rate`. */
export function addAudio(format: FormatContext, audio: MuxedAudio): Stream {
  const av = requireNodeAv();
  const stream = format.newStream(null);
  const { codecpar } = stream;
  const isOpus = audio.codec === "opus";
  const { sampleRateHz, channels } = isOpus ? OPUS_SOUND : audio;
  codecpar.codecType = av.AVMEDIA_TYPE_AUDIO;
  codecpar.codecId = isOpus ? av.AV_CODEC_ID_OPUS : av.AV_CODEC_ID_AAC;
  codecpar.sampleRate = sampleRateHz;
  codecpar.frameSize = isOpus ? OPUS_FRAME_SAMPLES : AAC_FRAME_SAMPLES;
  codecpar.channelLayout = channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
  codecpar.extradata = Buffer.from(isOpus ? opusHead() : aacConfig(sampleRateHz, channels));
  stream.timeBase = new av.Rational(1, sampleRateHz);
  return stream;
}
