// What a process holds after collections; it must have been started with --expose-gc.
import { setTimeout } from "node:timers/promises";

/** Readings of the heap, of which the lowest is what is really held: between two, packets are on their way. */
const READINGS = 5;
const READING_EVERY_MS = 100;

/** Bytes on and beside the JavaScript heap. Collects twice each: one collection's finalizers free what only the next can see. */
export async function heldHeapBytes() {
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < READINGS; i++) {
    globalThis.gc();
    await setTimeout(READING_EVERY_MS);
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    lowest = Math.min(lowest, heapUsed + external);
  }
  return lowest;
}
