// The size of a picture fitted into another: aspect kept, not enlarged unless that is asked for, even numbers (4:2:0 needs them).

/** A size in pixels. */
export type PixelSize = { readonly width: number; readonly height: number };

/** How a picture is fitted. */
export type FitOptions = {
  /** The width of one source pixel divided by its height. Default 1: square, as the result's pixels are. */
  readonly pixelAspect?: number;
  /** Whether a small picture grows until it meets the bounds. Default false. */
  readonly mayEnlarge?: boolean;
};

/** The largest even size that keeps the aspect of `source` and does not exceed `bounds`, nor the source itself unless it may. */
export function fitInside(
  source: PixelSize,
  bounds: PixelSize,
  { pixelAspect = 1, mayEnlarge = false }: FitOptions = {},
): PixelSize {
  const aspect = Number.isFinite(pixelAspect) && pixelAspect > 0 ? pixelAspect : 1;
  const shownWidth = source.width * aspect;
  const scale = Math.min(
    mayEnlarge ? Number.POSITIVE_INFINITY : 1,
    bounds.width / shownWidth,
    bounds.height / source.height,
  );
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
