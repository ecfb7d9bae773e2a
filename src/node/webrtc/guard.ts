// An exception out of a node-datachannel callback aborts the process (no handler sees it), so every callback of it goes
// through here.
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
