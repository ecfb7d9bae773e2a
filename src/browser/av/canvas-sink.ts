// Sink: raw pictures onto a canvas.
import { FloeError } from "../../core/error/floe-error.js";
import type { SinkObject } from "../../core/stream/adapter.js";
import { VideoFrame as VideoFrameKind, type VideoFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { withWebFrame } from "./web-video-frame.js";

/** Draws each picture when it comes; the canvas takes the picture's size. */
export class CanvasSink implements SinkObject<VideoFramePacket> {
  readonly name = "canvas";
  readonly accepts: readonly PacketKind<VideoFramePacket>[] = [VideoFrameKind];
  /** Pictures drawn. */
  readonly counters = { frames: 0 };
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

  /** Throws FloeError `canvas/context` when the canvas is in use for something else than 2d. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas) {
    const context = canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D | null;
    if (context === null) {
      throw new FloeError("canvas/context", "the canvas gives no 2d context", {
        fix: "Use a canvas that nothing else draws on.",
      });
    }
    this.#canvas = canvas;
    this.#context = context;
  }

  /** Throws FloeError `video/format` for a picture that only another runtime understands. */
  write(packet: VideoFramePacket): void {
    const { width, height } = packet;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    withWebFrame(packet, (frame) => this.#context.drawImage(frame, 0, 0, width, height));
    this.counters.frames++;
  }
}
