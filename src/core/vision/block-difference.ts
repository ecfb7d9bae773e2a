// How much two pictures of luma differ, by block of 16 x 16 pixels: what a motion detector decides upon. A change of light
// shows as a mean brightness that moved everywhere, a motion as blocks in which many pixels changed.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide, requireCount } from "../kernel/bind-kernel.js";
import { type Plane, requirePlane } from "../media/plane.js";
import {
  BLOCK_DIFFERENCE,
  BLOCK_ENTRY_BYTES,
  BLOCK_PIXELS,
  BLOCK_SCRATCH_BYTES,
  type BlockDifferenceCalls,
} from "./block-difference-twin.js";

/** The largest picture; the table is taken from the arena at construction. */
export interface BlockDifferenceOptions extends KernelSide {
  /** Pixels. Default 1920. */
  readonly maxWidth?: number;
  /** Pixels. Default 1088. */
  readonly maxHeight?: number;
}

/** The face of kernel block-difference. Holds the table of the last comparison; comparing allocates nothing. */
export class BlockDifference {
  /**
   * The table: four u16 a block, { changed, brighter, darker, pixels }, row by row, `blockCount` of them. Brighter and
   * darker: by how much the pixels of the block's rows 0, 4, 8 and 12 got brighter or darker, in all.
   */
  readonly table: Uint16Array;
  readonly #kernel: BoundKernel<BlockDifferenceCalls>;
  readonly #table: Region;
  readonly #scratch: Region;
  #columns = 0;
  #rows = 0;

  /** Throws `kernel/foreign-memory`, `kernel/count` for a size that is none, `kernel/arena-full`. */
  constructor({ kernels, arena, maxWidth = 1920, maxHeight = 1088 }: BlockDifferenceOptions) {
    this.#kernel = bindKernel(BLOCK_DIFFERENCE, { kernels, arena });
    requireCount("maxWidth", maxWidth);
    requireCount("maxHeight", maxHeight);
    const columns = Math.ceil(maxWidth / BLOCK_PIXELS);
    const entries = columns * Math.ceil(maxHeight / BLOCK_PIXELS);
    this.#table = arena.reserve("block-difference table", entries * BLOCK_ENTRY_BYTES);
    this.#scratch = arena.reserve("block-difference scratch", columns * BLOCK_SCRATCH_BYTES);
    this.table = new Uint16Array(arena.memory.bytes.buffer, this.#table.address, 4 * entries);
  }

  /**
   * Compares two planes of the same size. `threshold` (0..255): pixels that differ by more have changed. For half of the
   * cost give planes of every second row: half the height, twice the stride.
   *
   * Throws `media/plane` for planes that do not lie in their regions or differ in size, `vision/too-large` for more
   * blocks than the table has, `vision/threshold`; the table is untouched then.
   */
  compare(current: Plane, previous: Plane, threshold: number): void {
    const { calls, counter, memory } = this.#kernel;
    requirePlane(memory, current);
    requirePlane(memory, previous);
    const { width, height } = current;
    if (previous.width !== width || previous.height !== height) {
      throw new FloeError("media/plane", `${width} x ${height} beside ${previous.width} x ${previous.height}`);
    }
    if (!(Number.isInteger(threshold) && threshold >= 0 && threshold <= 255)) {
      throw new FloeError("vision/threshold", `a pixel cannot differ by ${threshold}`, { fix: "Use 0 to 255." });
    }
    const columns = Math.ceil(width / BLOCK_PIXELS);
    const rows = Math.ceil(height / BLOCK_PIXELS);
    const scratchBytes = columns * BLOCK_SCRATCH_BYTES;
    if (columns * rows * BLOCK_ENTRY_BYTES > this.#table.lengthBytes || scratchBytes > this.#scratch.lengthBytes) {
      throw new FloeError("vision/too-large", `a picture of ${width} x ${height} has more blocks than the table`, {
        fix: "Raise maxWidth and maxHeight.",
      });
    }
    calls.difference(
      current.region.address,
      current.strideBytes,
      previous.region.address,
      previous.strideBytes,
      width,
      height,
      threshold,
      this.#scratch.address,
      this.#table.address,
    );
    counter.calls++;
    counter.bytes += 2 * width * height;
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Blocks in a row of the last comparison. */
  get columns(): number {
    return this.#columns;
  }

  /** Rows of blocks of the last comparison. */
  get rows(): number {
    return this.#rows;
  }

  /** Blocks of the last comparison. */
  get blockCount(): number {
    return this.#columns * this.#rows;
  }

  /** Pixels of block `i` (0 to `blockCount` - 1) that changed: 0 to 256. */
  changedPixels(i: number): number {
    return this.table[4 * i];
  }
}
