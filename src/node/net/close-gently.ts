// How a stream ends: what was written goes out first, but nobody waits for a peer that does not read.
import type { Socket } from "node:net";

/** How long the rest may take. */
const GRACE_MS = 2000;

/** Ends a stream; destroys it when its peer does not take the rest in time. */
export function closeGently(socket: Socket): void {
  if (socket.destroyed) {
    return;
  }
  const timer = setTimeout(() => socket.destroy(), GRACE_MS);
  socket.once("close", () => clearTimeout(timer));
  // What still comes is of no interest, and unread bytes would keep the end from being seen.
  socket.resume();
  socket.end();
}
