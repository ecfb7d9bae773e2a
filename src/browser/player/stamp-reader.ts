// Reads the machine-readable stamp (core/media/stamp.ts) from a picture on the page: a video element, a canvas.
import { readStampRgba } from "../../core/media/read-stamp.js";
import { type Stamp, stampHeight } from "../../core/media/stamp.js";

/**
 * The stamp's row is drawn this small before it is read: 4 by 4 pixels a block, of which the reader takes the middle.
 * Reading back the whole picture would cost a hundred times as much.
 */
const ROW_WIDTH = 320;
const ROW_HEIGHT = stampHeight(ROW_WIDTH);
const SURFACE = { width: ROW_WIDTH, height: ROW_HEIGHT, strideBytes: ROW_WIDTH * 4 };

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Reads stamps through one small canvas of its own, off screen where the browser can. */
export class StampReader {
  #context: Context | undefined;

  /** The stamp in what `picture` (`width` pixels wide) shows now. Undefined when there is none, or nothing to read. */
  read(picture: CanvasImageSource, width: number): Stamp | undefined {
    this.#context ??= rowContext();
    if (this.#context === undefined || width === 0) {
      return undefined;
    }
    this.#context.drawImage(picture, 0, 0, width, stampHeight(width), 0, 0, ROW_WIDTH, ROW_HEIGHT);
    return readStampRgba(this.#context.getImageData(0, 0, ROW_WIDTH, ROW_HEIGHT).data, SURFACE);
  }
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
