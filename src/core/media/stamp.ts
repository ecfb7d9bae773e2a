// The machine-readable stamp in the top left of a test picture: when it was captured and which frame it is, as black
// and white blocks that survive encoding, so that a viewer can measure latency and order from pixels alone.
//
//   block   0     1     2 ........ 33             34 ....... 49        50                      51
//         white black   capture time, unix ms     frame number         even parity             white
//                       mod 2^32, big-endian      mod 65536            over blocks 2-49
//
// A block is width/80 pixels square (16 at 1280x720), white is 1. Blocks start at (0,0) and fill one row.

/** What a stamp says. */
export type Stamp = {
  /** Capture time in unix milliseconds, modulo 2^32. */
  readonly captureMs: number;
  /** Frame number, modulo 65536. */
  readonly frameNumber: number;
};

/** Where a picture's luma (or RGBA) lies in memory. */
export type StampSurface = {
  /** The picture's whole width in pixels: it sets the block size. */
  readonly width: number;
  /** Rows that the buffer holds; the top `stampHeight(width)` are enough. */
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly strideBytes: number;
};

/** Blocks in a stamp. */
export const STAMP_BLOCKS = 52;
/** Blocks that would fill a picture's whole width. */
export const STAMP_BLOCKS_PER_WIDTH = 80;
/** The narrowest picture that can carry a stamp: two pixels a block. */
export const STAMP_MIN_WIDTH = 160;

const TIME_BLOCK = 2;
const NUMBER_BLOCK = 34;
const PARITY_BLOCK = 50;
const WHITE = 235;
const BLACK = 16;

/** Height of the stamp's row in pixels in a picture of `width`. */
export function stampHeight(width: number): number {
  return Math.round(width / STAMP_BLOCKS_PER_WIDTH);
}

/** First pixel column of block `index` in a picture of `width`. */
export function stampBlockLeft(index: number, width: number): number {
  return Math.round((index * width) / STAMP_BLOCKS_PER_WIDTH);
}

/** The 52 bits of a stamp. `bits` must hold STAMP_BLOCKS entries. */
export function stampBits(stamp: Stamp, bits: Uint8Array): void {
  let parity = 0;
  for (let i = 0; i < 32; i++) {
    parity ^= bits[TIME_BLOCK + i] = (stamp.captureMs >>> (31 - i)) & 1;
  }
  for (let i = 0; i < 16; i++) {
    parity ^= bits[NUMBER_BLOCK + i] = (stamp.frameNumber >>> (15 - i)) & 1;
  }
  bits[0] = 1;
  bits[1] = 0;
  bits[PARITY_BLOCK] = parity;
  bits[STAMP_BLOCKS - 1] = 1;
}

/** The stamp that 52 bits say, or undefined when the markers or the parity are wrong. */
export function stampFromBits(bits: Uint8Array): Stamp | undefined {
  let parity = 0;
  let captureMs = 0;
  let frameNumber = 0;
  for (let i = TIME_BLOCK; i < NUMBER_BLOCK; i++) {
    parity ^= bits[i];
    captureMs = ((captureMs << 1) | bits[i]) >>> 0;
  }
  for (let i = NUMBER_BLOCK; i < PARITY_BLOCK; i++) {
    parity ^= bits[i];
    frameNumber = (frameNumber << 1) | bits[i];
  }
  const isFramed = bits[0] === 1 && bits[1] === 0 && bits[STAMP_BLOCKS - 1] === 1;
  return isFramed && parity === bits[PARITY_BLOCK] ? { captureMs, frameNumber } : undefined;
}

const scratch = new Uint8Array(STAMP_BLOCKS);

/**
 * Writes a stamp into a luma plane (limited range: white 235, black 16); the caller keeps chroma neutral there.
 * False when the picture is too small to carry one.
 */
export function writeStamp(luma: Uint8Array, surface: StampSurface, stamp: Stamp): boolean {
  const rows = stampHeight(surface.width);
  if (surface.width < STAMP_MIN_WIDTH || surface.height < rows) {
    return false;
  }
  // `>>> 0` and `& 0xffff` inside stampBits would lose nothing; the modulo keeps numbers above 2^32 exact.
  stampBits({ captureMs: stamp.captureMs % 4_294_967_296, frameNumber: stamp.frameNumber % 65_536 }, scratch);
  for (let i = 0; i < STAMP_BLOCKS; i++) {
    luma.fill(scratch[i] === 1 ? WHITE : BLACK, stampBlockLeft(i, surface.width), stampBlockLeft(i + 1, surface.width));
  }
  const lengthBytes = stampBlockLeft(STAMP_BLOCKS, surface.width);
  for (let row = 1; row < rows; row++) {
    luma.copyWithin(row * surface.strideBytes, 0, lengthBytes);
  }
  return true;
}

/**
 * Milliseconds from the stamp's capture to `nowMs` (unix milliseconds, fractions are kept), signed, exact within 24 days.
 * The stamp holds whole milliseconds: on average the capture was half a millisecond later than it says.
 */
export function stampAgeMs(stamp: Stamp, nowMs: number): number {
  const wholeMs = Math.floor(nowMs);
  return (((wholeMs % 4_294_967_296) - stamp.captureMs) | 0) + (nowMs - wholeMs);
}

/** Frames from `earlier` to `later` on the 16-bit circle, signed: > 0 means `later` is newer. */
export function stampFramesBetween(earlier: Stamp, later: Stamp): number {
  return ((later.frameNumber - earlier.frameNumber) << 16) >> 16;
}
