// A plane of 8-bit samples in an arena: luma, or one of the chroma planes; what the picture kernels work on.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";

/** Where a plane lies. The region is the caller's. */
export interface Plane {
  /** Holds every row, and starts with the first. */
  readonly region: Region;
  /** Bytes in a row. For interleaved chroma: two a sample. */
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next, at least `width`. */
  readonly strideBytes: number;
}

/** Throws `media/plane` unless `plane` has at least one row of one byte and lies in its region, and that in `memory`. */
export function requirePlane(memory: KernelMemory, plane: Plane): void {
  const { region, width, height, strideBytes } = plane;
  const { address, lengthBytes } = region;
  const isWhole = [width, height, strideBytes, address].every(Number.isInteger);
  const isPositive = width >= 1 && height >= 1 && strideBytes >= width && address >= 0;
  const neededBytes = (height - 1) * strideBytes + width;
  if (!(isWhole && isPositive && neededBytes <= lengthBytes && address + lengthBytes <= memory.sizeBytes)) {
    throw new FloeError(
      "media/plane",
      `a plane of ${width} x ${height}, ${strideBytes} bytes a row, in ${lengthBytes} bytes at ${address}`,
    );
  }
}
