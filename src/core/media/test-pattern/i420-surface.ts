// A picture in memory that can be drawn into: three planes of 4:2:0, and the few strokes that the test picture needs.

/** An I420 picture: Y at full size, U and V at half size, limited range. The planes are written in place. */
export type I420Surface = {
  /** Pixels, even. */
  readonly width: number;
  /** Pixels, even. */
  readonly height: number;
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly strides: readonly [number, number, number];
};

/** A rectangle in luma pixels. Even edges keep the colour exact. */
export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A colour as Y, U, V, limited range. */
export type YuvColor = readonly [number, number, number];

/** Neutral U and V. */
export const NEUTRAL_CHROMA = 128;

/** The nearest even number below or at `value`. */
export function evenFloor(value: number): number {
  return Math.floor(value / 2) * 2;
}

/** An unused surface in plain memory. */
export function allocateSurface(width: number, height: number): I420Surface {
  const chromaWidth = width / 2;
  const chromaBytes = chromaWidth * (height / 2);
  return {
    width,
    height,
    planes: [new Uint8Array(width * height), new Uint8Array(chromaBytes), new Uint8Array(chromaBytes)],
    strides: [width, chromaWidth, chromaWidth],
  };
}

/** Copies the pixels of a surface into another of the same size. */
export function copySurface(from: I420Surface, to: I420Surface): void {
  for (let plane = 0; plane < 3; plane++) {
    const rows = plane === 0 ? from.height : from.height / 2;
    const lengthBytes = plane === 0 ? from.width : from.width / 2;
    const source = from.planes[plane];
    const target = to.planes[plane];
    for (let row = 0; row < rows; row++) {
      const at = row * from.strides[plane];
      target.set(source.subarray(at, at + lengthBytes), row * to.strides[plane]);
    }
  }
}

/** Fills a rectangle, clipped to the surface. */
export function fillRectangle(surface: I420Surface, area: Rectangle, color: YuvColor): void {
  const left = Math.max(0, area.x);
  const top = Math.max(0, area.y);
  const right = Math.min(surface.width, area.x + area.width);
  const bottom = Math.min(surface.height, area.y + area.height);
  if (left >= right || top >= bottom) {
    return;
  }
  fillPlane(surface.planes[0], surface.strides[0], left, top, right, bottom, color[0]);
  for (let plane = 1; plane < 3; plane++) {
    fillPlane(
      surface.planes[plane],
      surface.strides[plane],
      left >> 1,
      top >> 1,
      right >> 1,
      bottom >> 1,
      color[plane],
    );
  }
}

function fillPlane(
  plane: Uint8Array,
  stride: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
  value: number,
): void {
  for (let row = top; row < bottom; row++) {
    plane.fill(value, row * stride + left, row * stride + right);
  }
}
