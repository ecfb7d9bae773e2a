// Puts pictures in the middle of one size, with black around them where they are smaller.
import type { Frame } from "node-av/lib";
import type { PixelSize } from "../../core/media/fit-inside.js";
import { FramePool } from "./frame-pool.js";
import { referenceFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeVideoFrame } from "./native-video-frame.js";

/** Black in limited range. */
const BLACK_LUMA = 16;
const NO_CHROMA = 128;

/** Frames of the one size. Close it. */
export class Letterbox {
  readonly #size: PixelSize;
  readonly #pool: FramePool<{ content: string }>;

  /** `width` and `height` are even; `maxFrames` of them may be in use at once. */
  constructor({ width, height, maxFrames }: PixelSize & { readonly maxFrames: number }) {
    this.#size = { width, height };
    this.#pool = new FramePool({
      shape: { kind: "video", width, height, format: requireNodeAv().AV_PIX_FMT_YUV420P },
      maxFrames,
      remember: () => ({ content: "" }),
    });
  }

  /** The picture (i420, at most as large as the box, even sizes) in its box: to be released. */
  put(picture: NativeVideoFrame): NativeVideoFrame {
    const { width, height } = this.#size;
    const { timeUs } = picture;
    if (picture.width === width && picture.height === height) {
      return picture.clone();
    }
    const entry = this.#pool.acquire();
    if (entry === undefined) {
      throw new Error("More boxed pictures are kept than may be");
    }
    const { frame, memory } = entry;
    const content = `${picture.width}x${picture.height}`;
    if (memory.content !== content) {
      memory.content = content;
      blacken(frame);
    }
    copyInto(frame, picture);
    frame.colorRange = picture.avFrame.colorRange;
    frame.colorSpace = picture.avFrame.colorSpace;
    frame.colorPrimaries = picture.avFrame.colorPrimaries;
    frame.colorTrc = picture.avFrame.colorTrc;
    return new NativeVideoFrame(referenceFrame(frame), { timeUs });
  }

  close(): void {
    this.#pool.close();
  }
}

function blacken(frame: Frame): void {
  for (const [index, plane] of (frame.data ?? []).entries()) {
    plane.fill(index === 0 ? BLACK_LUMA : NO_CHROMA);
  }
}

function copyInto(frame: Frame, picture: NativeVideoFrame): void {
  const planes = frame.data as Buffer[];
  // Even, so that a sample of chroma stays with its four of luma.
  const left = ((frame.width - picture.width) >> 2) * 2;
  const top = ((frame.height - picture.height) >> 2) * 2;
  for (const [index, plane] of picture.planes.entries()) {
    const shift = index === 0 ? 0 : 1;
    const rows = picture.height >> shift;
    const rowBytes = picture.width >> shift;
    for (let row = 0; row < rows; row++) {
      const from = row * picture.strides[index];
      const to = (row + (top >> shift)) * frame.linesize[index] + (left >> shift);
      planes[index].set(plane.subarray(from, from + rowBytes), to);
    }
  }
}
