// Frames that are used again as soon as nobody else holds their pixels: fresh 1.4 MB pages cost more than drawing does.
import type { Frame } from "node-av/lib";
import { checkAv } from "./av-error.js";
import { allocateFrame, freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** A frame of the pool, with whatever its user wants to remember about its pixels. */
export type PooledFrame<Memory> = {
  /** The pool's own reference. Hand out `referenceFrame(frame)`, never this one. */
  readonly frame: Frame;
  readonly memory: Memory;
};

/** What the frames of a pool look like. */
export type FrameShape =
  | { readonly kind: "video"; readonly width: number; readonly height: number; readonly format: number }
  | {
      readonly kind: "audio";
      readonly sampleRateHz: number;
      readonly channels: 1 | 2;
      readonly sampleCount: number;
      /** A plane for each channel. Default false: interleaved. */
      readonly isPlanar?: boolean;
    };

/** Frames of one shape, at most `maxFrames` of them. */
export class FramePool<Memory = undefined> {
  readonly #shape: FrameShape;
  readonly #maxFrames: number;
  readonly #remember: (frame: Frame) => Memory;
  readonly #frames: PooledFrame<Memory>[] = [];

  /** `remember` is called once for each new frame, with its pixels not yet written. */
  constructor({ shape, maxFrames, remember }: FramePoolOptions<Memory>) {
    this.#shape = shape;
    this.#maxFrames = maxFrames;
    this.#remember = remember;
  }

  /** A frame that nobody else holds, or undefined when all `maxFrames` are in use. */
  acquire(): PooledFrame<Memory> | undefined {
    // The longest unused one would do as well; the first free one keeps few pages warm.
    const free = this.#frames.find((entry) => entry.frame.isWritable);
    if (free !== undefined || this.#frames.length >= this.#maxFrames) {
      return free;
    }
    const frame = allocateFrame();
    shapeFrame(frame, this.#shape);
    checkAv(frame.getBuffer(), "allocating a frame");
    const entry = { frame, memory: this.#remember(frame) };
    this.#frames.push(entry);
    return entry;
  }

  /** Gives the pool's references back; pixels that others still hold live on with them. */
  close(): void {
    for (const { frame } of this.#frames.splice(0)) {
      freeFrame(frame);
    }
  }
}

/** Options of a pool. */
export type FramePoolOptions<Memory> = {
  readonly shape: FrameShape;
  readonly maxFrames: number;
  readonly remember: (frame: Frame) => Memory;
};

function shapeFrame(frame: Frame, shape: FrameShape): void {
  const av = requireNodeAv();
  if (shape.kind === "video") {
    frame.width = shape.width;
    frame.height = shape.height;
    frame.format = shape.format as Frame["format"];
    return;
  }
  frame.format = shape.isPlanar === true ? av.AV_SAMPLE_FMT_FLTP : av.AV_SAMPLE_FMT_FLT;
  frame.sampleRate = shape.sampleRateHz;
  frame.nbSamples = shape.sampleCount;
  frame.channelLayout = shape.channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
}
