// Brings pictures to what the encoder wants: upright, fitted into the target's size with their aspect kept, 4:2:0 in
// limited range, and no more of them in a second than the target allows. What fits already passes by reference.
import type { Frame, SoftwareScaleContext } from "node-av/lib";
import type { FloeError } from "../../core/error/floe-error.js";
import { type FitOptions, fitInside, type PixelSize } from "../../core/media/fit-inside.js";
import { FrameRateCap } from "../../core/media/frame-rate-cap.js";
import { Signal } from "../../core/signal/signal.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import { VideoFrame, type VideoFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { MediaMicros } from "../../core/time/units.js";
import { AsyncLane } from "./async-lane.js";
import { asFloeError, checkAv } from "./av-error.js";
import { frameOf } from "./frame-input.js";
import { FramePool } from "./frame-pool.js";
import { contextClosed, contextOpened, freeFrame, referenceFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeVideoFrame } from "./native-video-frame.js";
import { PictureTurner } from "./picture-turner.js";
import type { Rotation } from "./rotation.js";
import { setAvOptions } from "./set-options.js";

/** Options of a scaler. */
export type VideoScalerOptions = {
  /** Largest width, even. */
  readonly width: number;
  /** Largest height, even. */
  readonly height: number;
  /** Most pictures in a second. */
  readonly fps: number;
  /** Pictures that may wait or be scaled at once; the newest beyond it is dropped. Default 4. */
  readonly maxInFlight?: number;
  /** Whether small pictures grow to the largest size. Default false. */
  readonly mayEnlarge?: boolean;
};

/** What a scaler had to leave out. */
export type VideoScalerCounters = {
  /** Pictures beyond the target's rate. */
  readonly thinned: number;
  /** Pictures that came while too many were in flight. */
  readonly dropped: number;
};

/** `size`: what the picture becomes before it is turned. */
type Job = {
  readonly frame: Frame;
  readonly timeUs: MediaMicros;
  readonly size: PixelSize;
  readonly rotation: Rotation;
};
type Output = { readonly size: PixelSize; readonly pool: FramePool };

/** A deferred stage: emits in order, what it emits is given away. */
export class VideoScaler implements Processor<VideoFramePacket, VideoFramePacket> {
  readonly name = "video-scaler";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<VideoFramePacket>[] = [VideoFrame];
  readonly emits: readonly PacketKind<VideoFramePacket>[] = [VideoFrame];
  /** The scaler broke; the next `process` throws the same error. */
  readonly failed: Signal<FloeError> = new Signal();
  readonly #target: PixelSize;
  readonly #rate: FrameRateCap;
  readonly #lane: AsyncLane<Job>;
  readonly #maxPooled: number;
  readonly #mayEnlarge: boolean;
  readonly #turner = new PictureTurner();
  #context: SoftwareScaleContext | undefined;
  #output: Output | undefined;
  #emit: Emit<VideoFramePacket> = () => {};
  #error: FloeError | undefined;
  #dropped = 0;

  constructor({ width, height, fps, maxInFlight = 4, mayEnlarge = false }: VideoScalerOptions) {
    this.#target = { width, height };
    this.#mayEnlarge = mayEnlarge;
    this.#rate = new FrameRateCap(fps);
    // What is in flight here, and as much again in the stage behind.
    this.#maxPooled = maxInFlight * 2 + 2;
    this.#lane = new AsyncLane({
      capacity: maxInFlight,
      run: (job) => this.#scale(job),
      discard: (job) => freeFrame(job.frame),
      failed: (error) => this.#fail(error),
    });
  }

  get counters(): VideoScalerCounters {
    return { thinned: this.#rate.dropped, dropped: this.#dropped };
  }

  process(packet: VideoFramePacket, emit: Emit<VideoFramePacket>): void {
    if (this.#error !== undefined) {
      throw this.#error;
    }
    this.#emit = emit;
    if (!this.#rate.accepts(packet.timeUs)) {
      return;
    }
    const rotation = packet instanceof NativeVideoFrame ? packet.rotation : 0;
    const how = { pixelAspect: pixelAspectOf(packet), mayEnlarge: this.#mayEnlarge };
    const size = sizeBeforeTurning(packet, this.#target, rotation, how);
    const fits = packet.format === "i420" && size.width === packet.width && size.height === packet.height;
    if (fits && rotation === 0 && this.#lane.depth === 0) {
      emit(packet.clone() as VideoFramePacket);
      return;
    }
    const frame = frameOf(packet);
    if (!this.#lane.push({ frame, timeUs: packet.timeUs, size, rotation })) {
      freeFrame(frame);
      this.#dropped++;
    }
  }

  /** Resolves when everything that came was emitted. */
  async stop(): Promise<void> {
    await this.#lane.idle();
  }

  async close(): Promise<void> {
    await this.#lane.close();
    this.#turner.close();
    this.#output?.pool.close();
    this.#output = undefined;
    if (this.#context !== undefined) {
      contextClosed();
      this.#context.freeContext();
      this.#context = undefined;
    }
  }

  async #scale({ frame, timeUs, size, rotation }: Job): Promise<void> {
    try {
      const target = this.#outputFor(size).pool.acquire();
      if (target === undefined) {
        this.#dropped++;
        return;
      }
      checkAv(await this.#scaler().scaleFrame(target.frame, frame), "scaling a picture");
      const scaled = target.frame;
      copyColors(frame, scaled);
      const upright = rotation === 0 ? referenceFrame(scaled) : await this.#turner.turn(scaled, rotation);
      this.#emit(new NativeVideoFrame(upright, { timeUs }));
    } finally {
      freeFrame(frame);
    }
  }

  #outputFor(size: PixelSize): Output {
    if (this.#output?.size.width !== size.width || this.#output.size.height !== size.height) {
      this.#output?.pool.close();
      const shape = { kind: "video", ...size, format: requireNodeAv().AV_PIX_FMT_YUV420P } as const;
      const pool = new FramePool({ shape, maxFrames: this.#maxPooled, remember: () => undefined });
      this.#output = { size, pool };
    }
    return this.#output;
  }

  #scaler(): SoftwareScaleContext {
    if (this.#context === undefined) {
      this.#context = new (requireNodeAv().SoftwareScaleContext)();
      this.#context.allocContext();
      contextOpened();
      // Two thirds of the default's cost, and no visible difference at these ratios.
      setAvOptions(this.#context, { sws_flags: "bilinear" });
    }
    return this.#context;
  }

  #fail(error: unknown): void {
    this.#error = asFloeError(error, "scaling a picture");
    this.failed.emit(this.#error);
  }
}

/** A picture that lies on its side is fitted as it will stand, and scaled as it lies: fewer pixels are turned. */
function sizeBeforeTurning(
  packet: VideoFramePacket,
  bounds: PixelSize,
  rotation: Rotation,
  { pixelAspect, mayEnlarge }: Required<FitOptions>,
): PixelSize {
  if (rotation === 0 || rotation === 180) {
    return fitInside(packet, bounds, { pixelAspect, mayEnlarge });
  }
  const standing = { width: packet.height, height: packet.width };
  const { width, height } = fitInside(standing, bounds, { pixelAspect: 1 / pixelAspect, mayEnlarge });
  return { width: height, height: width };
}

function pixelAspectOf(packet: VideoFramePacket): number {
  if (!(packet instanceof NativeVideoFrame)) {
    return 1;
  }
  const { num, den } = packet.avFrame.sampleAspectRatio;
  return num > 0 && den > 0 ? num / den : 1;
}

/** Scaling keeps the matrix; the range becomes limited. */
function copyColors(from: Frame, to: Frame): void {
  to.colorRange = requireNodeAv().AVCOL_RANGE_MPEG;
  to.colorSpace = from.colorSpace;
  to.colorPrimaries = from.colorPrimaries;
  to.colorTrc = from.colorTrc;
}
