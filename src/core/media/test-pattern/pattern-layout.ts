// Where everything in the test picture is: one place, in shares of the picture, so that any size has the same look.
//
//   stamp row, 1/45 of the height at 16:9
//   clock and frame counter
//   colour bars | flash
//   lane of the moving object
//   moving texture, down to the bottom
import { stampHeight } from "../stamp.js";
import { CELL_HEIGHT, CELL_WIDTH } from "./bitmap-font.js";
import { evenFloor, type Rectangle } from "./i420-surface.js";

/** A line of text: its left top corner, its scale, and how many characters fit. */
export type TextPlace = { readonly x: number; readonly y: number; readonly scale: number; readonly columns: number };

/** The whole layout of a picture. Every rectangle has even edges and lies inside the picture. */
export type PatternLayout = {
  /** Kept dark and without colour: the stamp is written here. */
  readonly stamp: Rectangle;
  readonly clock: TextPlace;
  readonly counter: TextPlace;
  readonly label: TextPlace;
  readonly bars: Rectangle;
  readonly flash: Rectangle;
  readonly lane: Rectangle;
  readonly texture: Rectangle;
};

/** Lays out a picture of the given even size. */
export function layOutPattern(width: number, height: number): PatternLayout {
  const top = evenFloor(stampHeight(width) + 1);
  const at = (share: number): number => evenFloor(top + (height - top) * share);
  const across = (share: number): number => evenFloor(width * share);
  const band = (from: number, to: number, left = 0.05, right = 0.95): Rectangle => ({
    x: across(left),
    y: at(from),
    width: across(right) - across(left),
    height: at(to) - at(from),
  });
  const line = (from: number, to: number, left: number, right: number, columns: number): TextPlace => {
    const room = band(from, to, left, right);
    const scale = Math.floor(Math.min(room.width / (columns * CELL_WIDTH), room.height / CELL_HEIGHT));
    return { x: room.x, y: room.y, scale, columns };
  };
  return {
    stamp: { x: 0, y: 0, width, height: top },
    clock: line(0.03, 0.13, 0.05, 0.6, 12),
    counter: line(0.03, 0.13, 0.66, 0.95, 7),
    label: line(0.15, 0.19, 0.05, 0.95, 40),
    bars: band(0.22, 0.46, 0.05, 0.6),
    flash: band(0.22, 0.46, 0.66, 0.95),
    lane: band(0.5, 0.66),
    texture: band(0.7, 1, 0, 1),
  };
}
