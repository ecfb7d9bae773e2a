// Two small promises of a stream's life: one that is settled from outside, and one that a signal cuts short.

/** A promise that is settled from outside. */
export type Settleable<T> = { readonly promise: Promise<T>; readonly settle: (value: T) => void };

/** Makes one. */
export function settleable<T>(): Settleable<T> {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

/**
 * `work`, or a rejection with the signal's reason when that comes first. `onAbort` is called at any abort until `forget` is
 * called, also when the work is long done.
 */
export function untilAborted(
  work: Promise<void>,
  signal: AbortSignal,
  onAbort: () => void,
): { readonly promise: Promise<void>; readonly forget: () => void } {
  let forget = (): void => {};
  const promise = new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason);
      onAbort();
    };
    forget = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject);
  });
  return { promise, forget };
}
