// One step on the way to a server: done in time, or given up with its own words.
import type { FloeError } from "../../core/error/floe-error.js";
import type { Clock } from "../../core/time/clock.js";
import { milliseconds } from "../../core/time/units.js";

/** How long a step may take, and who may end it sooner. */
export type StepBounds = {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** A step. */
export type LinkStep<T> = {
  readonly bounds: StepBounds;
  readonly run: () => Promise<T>;
  /** Stops it, when it is given up: what comes of it afterwards is not looked at. */
  readonly stop: () => void;
  readonly timedOut: () => FloeError;
};

/** Rejects with `signal.reason` when the signal aborts. */
export async function takeStep<T>({ bounds, run, stop, timedOut }: LinkStep<T>): Promise<T> {
  const { clock, timeoutMs, signal } = bounds;
  signal?.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    let isOver = false;
    const end = (): boolean => {
      const wasOver = isOver;
      isOver = true;
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", aborted);
      return !wasOver;
    };
    const giveUp = (reason: unknown): void => {
      if (end()) {
        stop();
        reject(reason);
      }
    };
    const aborted = (): void => giveUp(signal?.reason);
    const timer = clock.schedule(clock.nowUs() + milliseconds(timeoutMs), () => giveUp(timedOut()));
    signal?.addEventListener("abort", aborted);
    run().then(
      (result) => (end() ? resolve(result) : undefined),
      (error: unknown) => (end() ? reject(error) : undefined),
    );
  });
}
