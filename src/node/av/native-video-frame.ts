// A raw picture that stays in FFmpeg's memory: the graph's VideoFramePacket over an AVFrame reference.
import type { Frame } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import { type VideoFormat, VideoFrame, type VideoFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { isPolicing, POISON, retirePacket } from "../../core/stream/policing.js";
import type { MediaMicros } from "../../core/time/units.js";
import { freeFrame, referenceFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import type { Rotation } from "./rotation.js";

/** What is said about a picture. */
export type NativeVideoFrameInit = {
  readonly timeUs: MediaMicros;
  readonly flags?: number;
  /** Default 0: upright. */
  readonly rotation?: Rotation;
};

/** A picture held by reference. `clone` makes another reference to the same pixels, `release` gives this one back. */
export class NativeVideoFrame implements VideoFramePacket {
  readonly kind: PacketKind<VideoFramePacket> = VideoFrame;
  readonly flags: number;
  readonly timeUs: MediaMicros;
  readonly byteLength: number;
  readonly width: number;
  readonly height: number;
  readonly format: VideoFormat;
  /** Degrees clockwise that the picture is to be turned before it is shown. */
  readonly rotation: Rotation;
  #frame: Frame | undefined;

  /** Takes over `frame`: whoever holds this packet releases it. */
  constructor(frame: Frame, { timeUs, flags = 0, rotation = 0 }: NativeVideoFrameInit) {
    this.#frame = frame;
    this.rotation = rotation;
    this.flags = flags;
    this.timeUs = timeUs;
    this.width = frame.width;
    this.height = frame.height;
    this.format = videoFormat(frame.format);
    // 12 bits a pixel is what nearly every picture has; for the rest it is an estimate, and only accounting reads it.
    this.byteLength = Math.ceil((this.width * this.height * 3) / 2);
  }

  /** The AVFrame, for this room only; valid until `release`. Never write to its pixels: others may hold them too. */
  get avFrame(): Frame {
    return this.#frame ?? released("avFrame");
  }

  /** Views of the pixels, valid until `release`: after it the memory belongs to somebody else. Empty for `other`. */
  get planes(): readonly Uint8Array[] {
    const frame = this.#frame ?? released("planes");
    return this.format === "other" ? [] : (frame.data ?? []).slice(0, planeCount(this.format));
  }

  /** Bytes from one row to the next, one for each plane. */
  get strides(): readonly number[] {
    const frame = this.#frame ?? released("strides");
    return this.format === "other" ? [] : frame.linesize.slice(0, planeCount(this.format));
  }

  /** Another reference to the same pixels. */
  clone(): NativeVideoFrame {
    return new NativeVideoFrame(referenceFrame(this.#frame ?? released("clone")), this);
  }

  /** Gives the reference back. A second call is quiet. */
  release(): void {
    const frame = this.#frame;
    if (frame === undefined) {
      return;
    }
    this.#frame = undefined;
    if (isPolicing() && frame.isWritable) {
      for (const plane of frame.data ?? []) {
        plane.fill(POISON);
      }
    }
    freeFrame(frame);
    retirePacket(this, []);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function videoFormat(format: number): VideoFormat {
  const av = requireNodeAv();
  if (format === av.AV_PIX_FMT_YUV420P) {
    return "i420";
  }
  return format === av.AV_PIX_FMT_NV12 ? "nv12" : "other";
}

function planeCount(format: VideoFormat): number {
  return format === "i420" ? 3 : 2;
}

function released(field: string): never {
  throw new FloeError("packet/released", `"${field}" of a released video-frame packet was read`, {
    fix: "Whoever needs a packet after the call that handed it over clones it.",
  });
}
