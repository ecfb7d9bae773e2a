// Reads the stamp (see stamp.ts) back from a decoded picture, from a luma plane or from RGBA pixels. The levels are
// taken from the picture itself, so limited and full range, tone curves and coding noise all do.
import {
  STAMP_BLOCKS,
  STAMP_MIN_WIDTH,
  type Stamp,
  type StampSurface,
  stampBlockLeft,
  stampFromBits,
  stampHeight,
} from "./stamp.js";

/** Least difference between the white and the black marker for a picture to be believed. */
const MIN_CONTRAST = 80;
/** A block nearer to the middle than this share of the contrast is neither black nor white: no stamp. */
const AMBIGUOUS_SHARE = 0.12;

const levels = new Float64Array(STAMP_BLOCKS);
const bits = new Uint8Array(STAMP_BLOCKS);

/** The stamp in a luma plane, or undefined when there is none. Reads the top `stampHeight(width)` rows only. */
export function readStampLuma(luma: Uint8Array, surface: StampSurface): Stamp | undefined {
  return readStamp(surface, (offset) => luma[offset]);
}

/** The stamp in RGBA (or BGRA) pixels, 4 bytes each, or undefined when there is none. */
export function readStampRgba(pixels: Uint8Array | Uint8ClampedArray, surface: StampSurface): Stamp | undefined {
  // The blocks are grey, so the mean of the three is their luma whatever the matrix.
  return readStamp(surface, (offset, column) => {
    const at = offset + column * 3;
    return (pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3;
  });
}

/** `pixel` gets row * stride + column, and the column again for formats of more bytes a pixel. */
function readStamp(surface: StampSurface, pixel: (offset: number, column: number) => number): Stamp | undefined {
  const rows = stampHeight(surface.width);
  if (surface.width < STAMP_MIN_WIDTH || surface.height < rows) {
    return undefined;
  }
  for (let i = 0; i < STAMP_BLOCKS; i++) {
    levels[i] = blockLevel(surface, rows, i, pixel);
  }
  const white = (levels[0] + levels[STAMP_BLOCKS - 1]) / 2;
  const contrast = white - levels[1];
  if (contrast < MIN_CONTRAST) {
    return undefined;
  }
  const middle = levels[1] + contrast / 2;
  for (let i = 0; i < STAMP_BLOCKS; i++) {
    const above = levels[i] - middle;
    if (Math.abs(above) < contrast * AMBIGUOUS_SHARE) {
      return undefined;
    }
    bits[i] = above > 0 ? 1 : 0;
  }
  return stampFromBits(bits);
}

/** Mean of the block's inner half: its edges are where codecs and scalers smear. */
function blockLevel(
  surface: StampSurface,
  rows: number,
  index: number,
  pixel: (offset: number, column: number) => number,
): number {
  const left = stampBlockLeft(index, surface.width);
  const right = stampBlockLeft(index + 1, surface.width);
  const insetX = Math.floor((right - left) / 4);
  const insetY = Math.floor(rows / 4);
  let sum = 0;
  let count = 0;
  for (let y = insetY; y < rows - insetY; y++) {
    for (let x = left + insetX; x < right - insetX; x++) {
      sum += pixel(y * surface.strideBytes + x, x);
      count++;
    }
  }
  return sum / count;
}
