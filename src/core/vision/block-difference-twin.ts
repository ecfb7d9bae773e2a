// The TypeScript twin of kernel block-difference (assembly/block-difference.ts): the same table; scratch is left zero.
import { BLOCK_DIFFERENCE_WASM } from "../kernel/embedded/block-difference.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";

/** Pixels along a side of a block. */
export const BLOCK_PIXELS = 16;
/** One block in the table: four little-endian u16 { changed, brighter, darker, pixels }. */
export const BLOCK_ENTRY_BYTES = 8;
/** Scratch of the kernel for one whole block in a row of blocks. */
export const BLOCK_SCRATCH_BYTES = 48;

/** The functions of kernel block-difference. */
export interface BlockDifferenceCalls {
  /** Fills the table; arguments as in assembly/block-difference.ts. */
  difference(
    current: number,
    currentStride: number,
    previous: number,
    previousStride: number,
    width: number,
    height: number,
    threshold: number,
    scratch: number,
    table: number,
  ): void;
}

/** Kernel block-difference. Its one face is {@link BlockDifference}. */
export const BLOCK_DIFFERENCE: KernelDefinition<BlockDifferenceCalls> = {
  name: "block-difference",
  embedded: BLOCK_DIFFERENCE_WASM,
  twin: ({ bytes, view }: KernelMemory): BlockDifferenceCalls => ({
    difference: (current, currentStride, previous, previousStride, width, height, threshold, scratch, table) => {
      const columns = (width + 15) >> 4;
      let entry = table;
      for (let top = 0; top < height; top += BLOCK_PIXELS) {
        const rows = Math.min(BLOCK_PIXELS, height - top);
        for (let column = 0; column < columns; column++, entry += BLOCK_ENTRY_BYTES) {
          const left = column * BLOCK_PIXELS;
          const pixels = Math.min(BLOCK_PIXELS, width - left);
          let now = current + top * currentStride + left;
          let then = previous + top * previousStride + left;
          let changed = 0;
          let brighter = 0;
          let darker = 0;
          for (let row = 0; row < rows; row++) {
            for (let x = 0; x < pixels; x++) {
              // Signs by shifts: pictures are noise to a branch predictor.
              const difference = bytes[now + x] - bytes[then + x];
              const sign = difference >> 31;
              changed += (threshold - ((difference ^ sign) - sign)) >>> 31;
              if ((row & 3) === 0) {
                brighter += difference & ~sign;
                darker -= difference & sign;
              }
            }
            now += currentStride;
            then += previousStride;
          }
          view.setUint16(entry, changed, true);
          view.setUint16(entry + 2, brighter, true);
          view.setUint16(entry + 4, darker, true);
          view.setUint16(entry + 6, pixels * rows, true);
        }
      }
      bytes.fill(0, scratch, scratch + (width >> 4) * BLOCK_SCRATCH_BYTES);
    },
  }),
};
