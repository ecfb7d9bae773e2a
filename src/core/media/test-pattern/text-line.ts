// One line of text on a surface that remembers what it shows, so that only characters that changed are drawn.
import { CELL_WIDTH, writeGlyph } from "./bitmap-font.js";
import type { I420Surface } from "./i420-surface.js";
import type { TextPlace } from "./pattern-layout.js";

const INK = 220;
const BACKGROUND = 24;

/** Makes `shown` (what the line holds now) into `text`; draws the difference. Too small to read: draws nothing. */
export function updateTextLine(surface: I420Surface, place: TextPlace, shown: string, text: string): void {
  if (place.scale < 1) {
    return;
  }
  for (let i = 0; i < place.columns; i++) {
    const character = text[i] ?? " ";
    if (character !== shown[i]) {
      writeGlyph(surface, character, {
        x: place.x + i * CELL_WIDTH * place.scale,
        y: place.y,
        scale: place.scale,
        ink: INK,
        background: BACKGROUND,
      });
    }
  }
}
