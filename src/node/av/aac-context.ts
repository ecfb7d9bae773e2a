// One open AAC encoder: what Floe asks of FFmpeg's own, in one place (AAC-LC, ISO/IEC 14496-3).
import type { CodecContext } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import { checkAv } from "./av-error.js";
import { contextClosed, contextOpened } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** Samples of one channel in a frame of AAC-LC. */
export const AAC_FRAME_SAMPLES = 1024;

/** Opens AAC-LC for planar floats, raw frames. Throws FloeError `av/no-encoder` or `av/failed`. Free it with `closeAacContext`. */
export function openAacContext({ sampleRateHz, channels, bitrateBps }: AudioTarget): CodecContext {
  const av = requireNodeAv();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_AAC);
  if (codec === null) {
    throw new FloeError("av/no-encoder", "This FFmpeg has no AAC encoder", {
      fix: "Install the node-av package as it is published.",
    });
  }
  const context = new av.CodecContext();
  context.allocContext3(codec);
  contextOpened();
  context.sampleRate = sampleRateHz;
  context.sampleFormat = av.AV_SAMPLE_FMT_FLTP;
  context.channelLayout = channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
  context.timeBase = new av.Rational(1, sampleRateHz);
  context.bitRate = BigInt(Math.round(bitrateBps));
  // What the stream is stands in the file's header, not in each frame.
  context.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER);
  try {
    checkAv(context.open2Sync(codec), "opening the AAC encoder");
    return context;
  } catch (error) {
    closeAacContext(context);
    throw error;
  }
}

/** Frees a context. */
export function closeAacContext(context: CodecContext): void {
  contextClosed();
  context.freeContext();
}
