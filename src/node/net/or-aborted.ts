// A promise that a signal may end sooner, for whoever waits for it.

/** The promise's outcome, or a rejection with `signal.reason`. What is given up goes on, and its failure is nobody's. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return await promise;
  }
  let aborted: () => void = () => {};
  const end = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason);
  });
  signal.addEventListener("abort", aborted);
  if (signal.aborted) {
    aborted();
  }
  try {
    return await Promise.race([promise, end]);
  } finally {
    signal.removeEventListener("abort", aborted);
  }
}
