// An exception out of a node-datachannel callback aborts the process (no handler sees it), and one out of werift's sockets, timers and
// promises ends it, so every callback of theirs goes through here.
import type { Logger } from "../../core/diagnosis/logger.js";

/** `callback` that logs, at most once a second, instead of throwing. */
export function guarded<Arguments extends unknown[]>(
  logger: Logger,
  name: string,
  callback: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      try {
        logger.limited(name).error(`a handler of ${name} threw`, { error });
      } catch {
        // Nothing is left that could be told.
      }
    }
  };
}
