// The size of a picture fitted into another: aspect kept, never enlarged, even numbers (4:2:0 needs them).

/** A size in pixels. */
export type PixelSize = { readonly width: number; readonly height: number };

/**
 * The largest even size that keeps the aspect of `source` and does not exceed `bounds` nor the source itself.
 * `pixelAspect` is the width of one source pixel divided by its height (1 for square pixels); the result is square.
 */
export function fitInside(source: PixelSize, bounds: PixelSize, pixelAspect = 1): PixelSize {
  const aspect = Number.isFinite(pixelAspect) && pixelAspect > 0 ? pixelAspect : 1;
  const shownWidth = source.width * aspect;
  const scale = Math.min(1, bounds.width / shownWidth, bounds.height / source.height);
  return {
    width: even(shownWidth * scale, bounds.width),
    height: even(source.height * scale, bounds.height),
  };
}

function even(length: number, limit: number): number {
  const rounded = Math.round(length / 2) * 2;
  const largest = Math.floor(limit / 2) * 2;
  return Math.max(2, Math.min(rounded, largest));
}
