// Waiting with a bound.
import type { Clock } from "../../core/time/clock.js";
import type { Micros } from "../../core/time/units.js";

/** Resolves when `task` has settled, however, or after `longestUs`: what is not over then goes on behind. */
export async function within(task: Promise<unknown>, longestUs: Micros, clock: Clock): Promise<void> {
  let timer: Disposable | undefined;
  const bound = new Promise<void>((done) => {
    timer = clock.schedule(clock.nowUs() + longestUs, done);
  });
  try {
    await Promise.race([task, bound]);
  } catch {
    // Whoever started the task hears of its failure; here only its end counts.
  } finally {
    timer?.[Symbol.dispose]();
  }
}
