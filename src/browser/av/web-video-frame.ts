// Pictures of the browser's own (WebCodecs VideoFrame) as packets of a graph, and the other way round.
import { FloeError } from "../../core/error/floe-error.js";
import { VideoFrame as VideoFrameKind, type VideoFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { retirePacket } from "../../core/stream/policing.js";
import type { MediaMicros } from "../../core/time/units.js";

const NO_PLANES: readonly Uint8Array[] = [];
const NO_STRIDES: readonly number[] = [];
const FORMATS = { i420: "I420", nv12: "NV12" } as const;

/** A raw picture that stays where the browser keeps it, often on the graphics card: `planes` is empty, `frame` has it. */
export class WebVideoFrame implements VideoFramePacket {
  readonly kind: PacketKind<VideoFramePacket> = VideoFrameKind;
  readonly format = "other" as const;
  readonly planes: readonly Uint8Array[] = NO_PLANES;
  readonly strides: readonly number[] = NO_STRIDES;
  readonly flags: number;
  readonly timeUs: MediaMicros;
  /** What it would take as I420, for accounting. */
  readonly byteLength: number;
  readonly width: number;
  readonly height: number;
  /** The packet's own: closed by `release`. */
  readonly frame: VideoFrame;

  /** Becomes the owner of `frame`; its timestamp is the packet's time. */
  constructor(frame: VideoFrame, { flags = 0 }: { readonly flags?: number } = {}) {
    this.flags = flags;
    this.timeUs = frame.timestamp;
    this.width = frame.displayWidth;
    this.height = frame.displayHeight;
    this.byteLength = Math.ceil(frame.codedWidth * frame.codedHeight * 1.5);
    this.frame = frame;
  }

  /** Another reference to the same picture; costs no copy. */
  clone(): WebVideoFrame {
    return new WebVideoFrame(this.frame.clone(), { flags: this.flags });
  }

  /** Gives the picture back to the browser. Decoders and cameras have few of them and stand still when none comes back. */
  release(): void {
    this.frame.close();
    retirePacket(this, []);
  }
}

/**
 * Lends the picture of any raw video packet to `use` as the browser's own; planes are copied for it. Throws FloeError
 * `video/format` for a picture that only another runtime understands.
 */
export function withWebFrame<T>(packet: VideoFramePacket, use: (frame: VideoFrame) => T): T {
  if (packet instanceof WebVideoFrame) {
    return use(packet.frame);
  }
  const frame = frameOfPlanes(packet);
  try {
    return use(frame);
  } finally {
    frame.close();
  }
}

function frameOfPlanes({ format, width, height, planes, strides, timeUs }: VideoFramePacket): VideoFrame {
  if (format === "other") {
    throw new FloeError("video/format", "a picture without planes cannot be used here", {
      fix: "Give WebVideoFrame, i420 or nv12.",
    });
  }
  const bytes = new Uint8Array(planes.reduce((sum, plane) => sum + plane.length, 0));
  const layout: PlaneLayout[] = [];
  let offset = 0;
  for (const [i, plane] of planes.entries()) {
    bytes.set(plane, offset);
    layout.push({ offset, stride: strides[i] });
    offset += plane.length;
  }
  const init = { format: FORMATS[format], codedWidth: width, codedHeight: height, timestamp: timeUs, layout };
  return new VideoFrame(bytes, init);
}
