// One open libx264 context: what Floe asks of x264, in one place.
import { availableParallelism } from "node:os";
import type { CodecContext } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import { checkAv } from "./av-error.js";
import { contextClosed, contextOpened } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { setAvOptions } from "./set-options.js";

/** What cannot change while a context is open. */
export type H264ContextOptions = {
  readonly width: number;
  readonly height: number;
  /** FFmpeg's pixel format: 4:2:0, planar or with interleaved chroma. */
  readonly pixelFormat: number;
  /** Pictures a second that rate control plans with. */
  readonly fps: number;
  /** Pictures from one key frame to the next. */
  readonly keyFrameEvery: number;
  readonly bitrateBps: number;
  /** Colours as the pictures carry them; they go into the stream's headers. */
  readonly colors: Pick<CodecContext, "colorRange" | "colorSpace" | "colorPrimaries" | "colorTrc">;
};

/** Timestamps are microseconds. */
const TICKS_PER_SECOND = 1_000_000;
/** Pictures from 640x360 on are encoded in two slices. */
const SLICED_FROM_PIXELS = 640 * 360;
/** Length of the rate control's bucket, in seconds: what a key frame may borrow. */
const BUCKET_SECONDS = 0.5;

/**
 * Opens constrained baseline for real time: no B-frames, no lookahead, threads by slices (no frame of delay), Annex B with
 * parameter sets before every key frame, and forced key frames that are IDR. Throws FloeError `av/no-encoder` or
 * `av/failed`. Free it with `closeH264Context`.
 */
export async function openH264Context(options: H264ContextOptions): Promise<CodecContext> {
  const av = requireNodeAv();
  const codec = av.Codec.findEncoderByName(av.FF_ENCODER_LIBX264);
  if (codec === null) {
    throw new FloeError("av/no-encoder", "This FFmpeg has no libx264", {
      fix: "Install the node-av package as it is published.",
    });
  }
  const context = new av.CodecContext();
  context.allocContext3(codec);
  contextOpened();
  context.width = options.width;
  context.height = options.height;
  context.pixelFormat = options.pixelFormat as CodecContext["pixelFormat"];
  context.timeBase = new av.Rational(1, TICKS_PER_SECOND);
  // Without it x264 takes the time base for the frame rate, and plans for a million pictures a second.
  context.framerate = fraction(options.fps);
  context.gopSize = options.keyFrameEvery;
  context.maxBFrames = 0;
  context.threadCount = threadsFor(options);
  Object.assign(context, options.colors);
  setH264Bitrate(context, options.bitrateBps);
  try {
    setAvOptions(context, {
      preset: "ultrafast",
      tune: "zerolatency",
      profile: "baseline",
      "forced-idr": "1",
      // A cut in the picture makes no extra key frame: only the interval and viewers do.
      "x264-params": "scenecut=0",
    });
    checkAv(await context.open2(codec), "opening the H.264 encoder");
    return context;
  } catch (error) {
    closeH264Context(context);
    throw error;
  }
}

/**
 * Two slices side by side take a quarter off the time that a picture is in the encoder, at no more CPU in all. More would
 * cost bits for little, and small pictures are done before a second thread has woken up.
 */
function threadsFor({ width, height }: H264ContextOptions): number {
  return width * height >= SLICED_FROM_PIXELS && availableParallelism() > 1 ? 2 : 1;
}

/** Sets the rate of an open context; x264 takes it up with the next picture. All three belong together. */
export function setH264Bitrate(context: CodecContext, bitrateBps: number): void {
  const bitrate = BigInt(Math.round(bitrateBps));
  context.bitRate = bitrate;
  context.rcMaxRate = bitrate;
  context.rcBufferSize = Math.round(bitrateBps * BUCKET_SECONDS);
}

/** Frees a context. No call on it may be pending. */
export function closeH264Context(context: CodecContext): void {
  contextClosed();
  context.freeContext();
}

/** 30 → 30/1, 29.97 → 29970/1000. */
function fraction(fps: number): InstanceType<ReturnType<typeof requireNodeAv>["Rational"]> {
  const { Rational } = requireNodeAv();
  return Number.isInteger(fps) ? new Rational(fps, 1) : new Rational(Math.round(fps * 1000), 1000);
}
