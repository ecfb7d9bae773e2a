// A drifting, grainy texture: the part of the test picture that an encoder has to work for. The grain differs from
// frame to frame as a camera's does, so motion search alone does not explain it away.
import type { I420Surface, Rectangle } from "./i420-surface.js";

/** Different grains over the same clouds. */
const VARIANTS = 4;
/** How far the window wanders, in pixels, right and down. */
const WANDER_X = 256;
const WANDER_Y = 64;
/** Size of one cloud in pixels, and how strong clouds and grain are in steps of luma. */
const CLOUD = 32;
const CLOUD_LEVEL = 90;
const GRAIN_LEVEL = 18;
const MEAN_LEVEL = 120;
/** The grain repeats after so many pixels, and each variant begins elsewhere in it. */
const GRAIN_LENGTH = 65_536;
const GRAIN_STEP = 16_411;

/** Texture made once, shown through a wandering window. */
export class MovingTexture {
  readonly #area: Rectangle;
  readonly #stride: number;
  readonly #variants: readonly Uint8Array[];

  constructor(area: Rectangle) {
    this.#area = area;
    this.#stride = area.width + WANDER_X;
    const rows = area.height + WANDER_Y;
    const clouds = makeClouds(this.#stride, rows);
    const random = xorshift(1);
    const grain = Int8Array.from({ length: GRAIN_LENGTH }, () => (random() % GRAIN_LEVEL) - GRAIN_LEVEL / 2);
    this.#variants = Array.from({ length: VARIANTS }, (_, index) => addGrain(clouds, grain, index * GRAIN_STEP));
  }

  /** Draws the texture of frame `index` at media time `timeUs` into its area; luma only. */
  draw(surface: I420Surface, index: number, timeUs: number): void {
    const { x, y, width, height } = this.#area;
    const seconds = timeUs / 1_000_000;
    const fromX = Math.round((WANDER_X / 2) * (1 + Math.sin(seconds * 0.9)));
    const fromY = Math.round((WANDER_Y / 2) * (1 + Math.sin(seconds * 1.3)));
    // Not in turn: the next grain must not be the one that the encoder saw four frames ago at a fixed distance.
    const texture = this.#variants[(index * 7 + (index >> 2) * 5) % VARIANTS];
    const luma = surface.planes[0];
    const stride = surface.strides[0];
    for (let row = 0; row < height; row++) {
      const from = (fromY + row) * this.#stride + fromX;
      luma.set(texture.subarray(from, from + width), (y + row) * stride + x);
    }
  }
}

/** A seeded generator of 32-bit numbers (xorshift), so that every run draws the same picture. */
function xorshift(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Random heights on a grid, joined by bilinear slopes. */
function makeClouds(width: number, height: number): Uint8Array {
  const columns = Math.ceil(width / CLOUD) + 1;
  const rows = Math.ceil(height / CLOUD) + 1;
  const random = xorshift(0x5eed);
  const grid = Float32Array.from({ length: columns * rows }, () => (random() / 4_294_967_296 - 0.5) * CLOUD_LEVEL);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const at = Math.floor(y / CLOUD) * columns;
    const down = (y % CLOUD) / CLOUD;
    for (let column = 0; column < columns - 1; column++) {
      const left = slope(grid[at + column], grid[at + columns + column], down);
      const right = slope(grid[at + column + 1], grid[at + columns + column + 1], down);
      const from = column * CLOUD;
      for (let x = from; x < Math.min(width, from + CLOUD); x++) {
        pixels[y * width + x] = MEAN_LEVEL + left + ((right - left) * (x - from)) / CLOUD;
      }
    }
  }
  return pixels;
}

function slope(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function addGrain(clouds: Uint8Array, grain: Int8Array, offset: number): Uint8Array {
  const pixels = new Uint8Array(clouds.length);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = clouds[i] + grain[(i + offset) % GRAIN_LENGTH];
  }
  return pixels;
}
