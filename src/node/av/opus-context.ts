// One open libopus context: what Floe asks of Opus, in one place (RFC 7587 carries what it makes).
import type { CodecContext } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import { checkAv } from "./av-error.js";
import { contextClosed, contextOpened } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { setAvOptions } from "./set-options.js";

/** Samples of one channel in an Opus frame of 20 ms at 48 kHz. */
export const OPUS_FRAME_SAMPLES = 960;
/** The only rate that WebRTC's Opus has. */
export const OPUS_RATE_HZ = 48_000;

/**
 * Opens Opus for low delay: 20 ms frames of interleaved floats. Throws FloeError `av/no-encoder` or `av/failed`. Free
 * it with `closeOpusContext`.
 */
export function openOpusContext({ bitrateBps, channels }: Pick<AudioTarget, "bitrateBps" | "channels">): CodecContext {
  const av = requireNodeAv();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_LIBOPUS);
  if (codec === null) {
    throw new FloeError("av/no-encoder", "This FFmpeg has no libopus", {
      fix: "Install the node-av package as it is published.",
    });
  }
  const context = new av.CodecContext();
  context.allocContext3(codec);
  contextOpened();
  context.sampleRate = OPUS_RATE_HZ;
  context.sampleFormat = av.AV_SAMPLE_FMT_FLT;
  context.channelLayout = channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
  context.timeBase = new av.Rational(1, OPUS_RATE_HZ);
  context.bitRate = BigInt(Math.round(bitrateBps));
  try {
    // Constrained: plain VBR gives a pure tone nearly twice the rate that was asked for.
    setAvOptions(context, { application: "lowdelay", frame_duration: "20", vbr: "constrained" });
    checkAv(context.open2Sync(codec), "opening the Opus encoder");
    return context;
  } catch (error) {
    closeOpusContext(context);
    throw error;
  }
}

/** Frees a context. */
export function closeOpusContext(context: CodecContext): void {
  contextClosed();
  context.freeContext();
}
