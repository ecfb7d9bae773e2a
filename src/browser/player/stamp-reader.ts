// Reads the machine-readable stamp (core/media/stamp.ts) from a picture on the page: a video element, a canvas.
import { readStampLuma, readStampRgba } from "../../core/media/read-stamp.js";
import { STAMP_BLOCKS, STAMP_BLOCKS_PER_WIDTH, type Stamp, stampHeight } from "../../core/media/stamp.js";

/**
 * The stamp's row is drawn this small before it is read: 4 by 4 pixels a block, of which the reader takes the middle.
 * Reading back the whole picture would cost a hundred times as much.
 */
const ROW_WIDTH = 320;
const ROW_HEIGHT = stampHeight(ROW_WIDTH);
const SURFACE = { width: ROW_WIDTH, height: ROW_HEIGHT, strideBytes: ROW_WIDTH * 4 };

/** Pixel formats (WebCodecs) whose first plane is luma, one byte a pixel; and those of four bytes a pixel. */
const LUMA_FORMATS: readonly unknown[] = ["I420", "I420A", "I422", "I444", "NV12"];
const RGB_FORMATS: readonly unknown[] = ["RGBA", "RGBX", "BGRA", "BGRX"];

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Reads stamps: from the frame's own memory where the browser can, else through one small canvas. */
export class StampReader {
  #context: Context | undefined;
  #row: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /**
   * The stamp in the frame that a video shows now. Copies the stamp's row out of the decoded frame, without colour
   * conversion: 0.1 ms, where drawing it on a canvas takes 4 ms when the browser draws in software.
   */
  async readVideo(video: HTMLVideoElement): Promise<Stamp | undefined> {
    const frame = currentFrame(video);
    if (frame === undefined) {
      return this.read(video, video.videoWidth);
    }
    try {
      return await this.#readFrame(frame);
    } catch {
      // A frame may be lost with its decoder while it is copied; the next one will do.
      return undefined;
    } finally {
      frame.close();
    }
  }

  /** The stamp in what `picture` (`width` pixels wide) shows now. Undefined when there is none, or nothing to read. */
  read(picture: CanvasImageSource, width: number): Stamp | undefined {
    this.#context ??= rowContext();
    if (this.#context === undefined || width === 0) {
      return undefined;
    }
    this.#context.drawImage(picture, 0, 0, width, stampHeight(width), 0, 0, ROW_WIDTH, ROW_HEIGHT);
    return readStampRgba(this.#context.getImageData(0, 0, ROW_WIDTH, ROW_HEIGHT).data, SURFACE);
  }

  async #readFrame(frame: VideoFrame): Promise<Stamp | undefined> {
    const { x, y, width, height } = frame.visibleRect ?? { x: 0, y: 0, width: 0, height: 0 };
    const rows = stampHeight(width);
    const rect = { x, y, width: even((width * STAMP_BLOCKS) / STAMP_BLOCKS_PER_WIDTH), height: even(rows) };
    if (rows === 0 || rect.width > width || rect.height > height) {
      return undefined;
    }
    const lengthBytes = frame.allocationSize({ rect });
    if (this.#row.length < lengthBytes) {
      this.#row = new Uint8Array(lengthBytes);
    }
    const [{ offset, stride }] = await frame.copyTo(this.#row, { rect });
    const surface = { width, height: rows, strideBytes: stride };
    const read = RGB_FORMATS.includes(frame.format) ? readStampRgba : readStampLuma;
    return read(this.#row.subarray(offset), surface);
  }
}

/** What `video` shows, if its pixels can be read as they are. */
function currentFrame(video: HTMLVideoElement): VideoFrame | undefined {
  if (typeof VideoFrame === "undefined" || video.videoWidth === 0) {
    return undefined;
  }
  try {
    const frame = new VideoFrame(video);
    if (LUMA_FORMATS.includes(frame.format) || RGB_FORMATS.includes(frame.format)) {
      return frame;
    }
    frame.close();
  } catch {
    // Between two streams there is no frame; the canvas says the same in its own way.
  }
  return undefined;
}

/** A canvas for one stamp row, kept where reading it back is cheap. */
function rowContext(): Context | undefined {
  const options: CanvasRenderingContext2DSettings = { alpha: false, willReadFrequently: true };
  if (typeof OffscreenCanvas !== "undefined") {
    return new OffscreenCanvas(ROW_WIDTH, ROW_HEIGHT).getContext("2d", options) ?? undefined;
  }
  const canvas = document.createElement("canvas");
  canvas.width = ROW_WIDTH;
  canvas.height = ROW_HEIGHT;
  return canvas.getContext("2d", options) ?? undefined;
}

/** Colour is kept for two pixels at once, so rectangles begin and end at even ones. */
function even(n: number): number {
  return 2 * Math.ceil(n / 2);
}
