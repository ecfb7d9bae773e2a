// Raw pictures to H.264 access units (Annex B) through libx264, on FFmpeg's threads, in order, with a bounded number
// of pictures in flight.
import type { CodecContext, Frame } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import {
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { AsyncLane } from "./async-lane.js";
import { asFloeError, checkAv } from "./av-error.js";
import { frameOf } from "./frame-input.js";
import { closeH264Context, openH264Context, setH264Bitrate } from "./h264-context.js";
import { freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeEncodedVideo } from "./native-encoded.js";
import { nextEncoded } from "./next-encoded.js";

/** Options of the encoder; the defaults are the house's. */
export type H264EncoderOptions = {
  /** Bits per second. Default 2 Mb/s. */
  readonly bitrateBps?: number;
  /** Pictures a second that rate control plans with; the real times are the packets'. Default 30. */
  readonly fps?: number;
  /** A key frame at least this often. Default 2000 ms: what a late joiner has to decode at most. */
  readonly keyFrameIntervalMs?: number;
  /** Pictures that may wait or be encoded at once; the newest beyond it is dropped. Default 4. */
  readonly maxInFlight?: number;
};

/** What the encoder did. */
export type H264EncoderCounters = {
  readonly encoded: number;
  readonly keyFrames: number;
  /** Pictures that came while too many were in flight. */
  readonly dropped: number;
  /** Contexts opened: one, and one more for each change of size or step back in time. */
  readonly opened: number;
};

/** A step back in time by more than this begins a new coded sequence; less is disorder and moves up. */
const RESTART_STEP_US: Micros = 100_000;
const LOWEST_BITRATE_BPS = 10_000;

type Job = { readonly frame: Frame; readonly timeUs: MediaMicros };

/**
 * A deferred stage: `process` keeps a reference and returns at once; what it emits is given away, in order. `stop`
 * flushes: every picture that came is emitted before it resolves, and the next one opens a new context.
 */
export class H264Encoder implements Processor<VideoFramePacket, EncodedVideoPacket> {
  readonly name = "h264-encoder";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<VideoFramePacket>[] = [VideoFrame];
  readonly emits: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  /** The encoder broke; the next `process` throws the same error. */
  readonly failed: Signal<FloeError> = new Signal();
  readonly #fps: number;
  readonly #keyFrameEvery: number;
  readonly #lane: AsyncLane<Job>;
  #bitrateBps: number;
  #isBitrateNew = false;
  #isKeyRequested = false;
  #context: CodecContext | undefined;
  #lastUs = 0;
  #emit: Emit<EncodedVideoPacket> = () => {};
  #error: FloeError | undefined;
  #encoded = 0;
  #keyFrames = 0;
  #dropped = 0;
  #opened = 0;

  constructor({
    bitrateBps = 2_000_000,
    fps = 30,
    keyFrameIntervalMs = 2000,
    maxInFlight = 4,
  }: H264EncoderOptions = {}) {
    this.#fps = fps;
    this.#keyFrameEvery = Math.max(1, Math.round((fps * keyFrameIntervalMs) / 1000));
    this.#bitrateBps = Math.max(LOWEST_BITRATE_BPS, bitrateBps);
    this.#lane = new AsyncLane({
      capacity: maxInFlight,
      run: (job) => this.#encode(job),
      discard: (job) => freeFrame(job.frame),
      failed: (error) => this.#fail(error),
    });
  }

  get counters(): H264EncoderCounters {
    return {
      encoded: this.#encoded,
      keyFrames: this.#keyFrames,
      dropped: this.#dropped,
      opened: this.#opened,
    };
  }

  /** Bits per second that are wanted now. */
  get bitrateBps(): number {
    return this.#bitrateBps;
  }

  /** Makes the next picture that is encoded an IDR with its parameter sets, and only that one. */
  requestKeyFrame(): void {
    this.#isKeyRequested = true;
  }

  /** Changes the bit rate from the next picture on. At least 10 kb/s. */
  setBitrate(bitrateBps: number): void {
    this.#bitrateBps = Math.max(LOWEST_BITRATE_BPS, bitrateBps);
    this.#isBitrateNew = true;
  }

  /** Takes one picture, i420 or nv12. Throws what broke the encoder, if something did. */
  process(packet: VideoFramePacket, emit: Emit<EncodedVideoPacket>): void {
    if (this.#error !== undefined) {
      throw this.#error;
    }
    this.#emit = emit;
    if (packet.format === "other" || packet.width % 2 !== 0 || packet.height % 2 !== 0) {
      throw new FloeError(
        "h264/bad-picture",
        `H.264 is not made from ${packet.width}x${packet.height} ${packet.format}`,
        {
          fix: "Put a VideoScaler in front of the encoder.",
        },
      );
    }
    const frame = frameOf(packet);
    if (!this.#lane.push({ frame, timeUs: packet.timeUs })) {
      freeFrame(frame);
      this.#dropped++;
    }
  }

  /** Resolves when every picture that came is emitted, without ending the coded sequence. */
  idle(): Promise<void> {
    return this.#lane.idle();
  }

  /** Emits what is in flight and ends the coded sequence. */
  async stop(): Promise<void> {
    await this.#lane.idle();
    try {
      await this.#endSequence();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Throws away what is in flight and frees the encoder. */
  async close(): Promise<void> {
    await this.#lane.close();
    this.#freeContext();
  }

  async #encode({ frame, timeUs }: Job): Promise<void> {
    try {
      const context = await this.#contextFor(frame, timeUs);
      if (this.#isBitrateNew) {
        this.#isBitrateNew = false;
        setH264Bitrate(context, this.#bitrateBps);
      }
      const av = requireNodeAv();
      frame.pictType = this.#isKeyRequested ? av.AV_PICTURE_TYPE_I : av.AV_PICTURE_TYPE_NONE;
      this.#isKeyRequested = false;
      this.#lastUs = Math.max(timeUs, this.#lastUs + 1);
      frame.pts = BigInt(this.#lastUs);
      checkAv(await context.sendFrame(frame), "encoding a picture");
      this.#emitReady(context);
    } finally {
      freeFrame(frame);
    }
  }

  /** The encoding happened in sendFrame: fetching the result is a matter of microseconds. */
  #emitReady(context: CodecContext): void {
    for (let packet = nextEncoded(context); packet !== undefined; packet = nextEncoded(context)) {
      const unit = new NativeEncodedVideo(packet, {
        timeUs: Number(packet.pts),
        durationUs: Math.round(1_000_000 / this.#fps),
      });
      this.#encoded++;
      this.#keyFrames += unit.isKey ? 1 : 0;
      this.#emit(unit);
    }
  }

  async #contextFor(frame: Frame, timeUs: MediaMicros): Promise<CodecContext> {
    const open = this.#context;
    const isSame = open?.width === frame.width && open.height === frame.height && open.pixelFormat === frame.format;
    if (open !== undefined && isSame && timeUs > this.#lastUs - RESTART_STEP_US) {
      return open;
    }
    await this.#endSequence();
    this.#isBitrateNew = false;
    this.#context = await openH264Context({
      width: frame.width,
      height: frame.height,
      pixelFormat: frame.format,
      fps: this.#fps,
      keyFrameEvery: this.#keyFrameEvery,
      bitrateBps: this.#bitrateBps,
      colors: {
        colorRange: frame.colorRange,
        colorSpace: frame.colorSpace,
        colorPrimaries: frame.colorPrimaries,
        colorTrc: frame.colorTrc,
      },
    });
    this.#opened++;
    // Times before the first picture are never asked for; -1 lets a stream begin at 0.
    this.#lastUs = timeUs - 1;
    return this.#context;
  }

  async #endSequence(): Promise<void> {
    const context = this.#context;
    if (context === undefined) {
      return;
    }
    try {
      await context.sendFrame(null);
      this.#emitReady(context);
    } finally {
      this.#freeContext();
    }
  }

  #freeContext(): void {
    if (this.#context !== undefined) {
      closeH264Context(this.#context);
      this.#context = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#error = asFloeError(error, "encoding video");
    this.failed.emit(this.#error);
  }
}
