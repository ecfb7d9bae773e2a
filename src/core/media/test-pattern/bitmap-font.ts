// A 5x7 bitmap font of the few characters that the test picture writes, and the stroke that writes one.
import type { I420Surface } from "./i420-surface.js";

const GLYPH_WIDTH = 5;
const GLYPH_HEIGHT = 7;
/** Columns from one character to the next, in font pixels. */
export const CELL_WIDTH: number = GLYPH_WIDTH + 1;
/** Rows of a character, in font pixels. */
export const CELL_HEIGHT: number = GLYPH_HEIGHT;

// Seven rows of five bits, most significant bit on the left.
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  " ": [0, 0, 0, 0, 0, 0, 0],
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "3": [31, 2, 4, 2, 1, 17, 14],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "5": [31, 16, 30, 1, 1, 17, 14],
  "6": [6, 8, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "8": [14, 17, 17, 14, 17, 17, 14],
  "9": [14, 17, 17, 15, 1, 2, 12],
  ":": [0, 4, 4, 0, 4, 4, 0],
  ".": [0, 0, 0, 0, 0, 4, 4],
  "-": [0, 0, 0, 31, 0, 0, 0],
  "/": [1, 1, 2, 4, 8, 16, 16],
  "#": [10, 10, 31, 10, 31, 10, 10],
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [28, 18, 17, 17, 17, 18, 28],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  K: [17, 18, 20, 24, 20, 18, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 21, 10],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 17, 10, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
};

/**
 * Writes one character into the luma plane, opaque: the cell is filled with `background`. The cell is CELL_WIDTH x
 * CELL_HEIGHT font pixels of `scale` picture pixels and must lie inside the surface. Unknown characters are blank.
 */
export function writeGlyph(
  surface: I420Surface,
  character: string,
  { x, y, scale, ink, background }: GlyphPlace,
): void {
  const rows = GLYPHS[character.toUpperCase()] ?? GLYPHS[" "];
  const luma = surface.planes[0];
  const stride = surface.strides[0];
  const lengthBytes = CELL_WIDTH * scale;
  for (let row = 0; row < GLYPH_HEIGHT; row++) {
    const at = (y + row * scale) * stride + x;
    luma.fill(background, at, at + lengthBytes);
    for (let column = 0; column < GLYPH_WIDTH; column++) {
      if ((rows[row] >> (GLYPH_WIDTH - 1 - column)) & 1) {
        luma.fill(ink, at + column * scale, at + (column + 1) * scale);
      }
    }
    for (let line = 1; line < scale; line++) {
      luma.copyWithin(at + line * stride, at, at + lengthBytes);
    }
  }
}

/** Where and how a character is written. Positions in picture pixels, `ink` and `background` are luma. */
export type GlyphPlace = {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly ink: number;
  readonly background: number;
};
