// Tracks and data channels of node-datachannel must outlive their own end: the library keeps a plain pointer to each
// until it has told that it closed, and walks those pointers in its clean-up. One that was collected before takes the
// process down.
import type { Logger } from "../../core/diagnosis/logger.js";
import { guarded } from "./guard.js";

const held = new Set<object>();

/** Keeps `handle` from being collected until the library says that it closed, and then calls `closed`. */
export function holdUntilClosed(
  handle: { onClosed(callback: () => void): void },
  logger: Logger,
  closed: () => void = () => {},
): void {
  held.add(handle);
  handle.onClosed(
    guarded(logger, "closed", () => {
      held.delete(handle);
      closed();
    }),
  );
}

/** The library has cleaned up and forgotten them all. */
export function releaseHeldHandles(): void {
  held.clear();
}

/** How many are held: zero when every connection has ended and said so. */
export function heldHandleCount(): number {
  return held.size;
}
