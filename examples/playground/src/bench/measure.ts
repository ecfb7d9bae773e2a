// Times several ways to do the same work against each other: calls calibrated to samples of equal length, rounds
// interleaved, so that a machine that slows down slows all of them; the median of the samples.

/** Starts a stopwatch; the answer tells the nanoseconds since. */
export type Stopwatch = () => () => number;

/** Does the work so many times, and answers how many nanoseconds that took. */
export type Sample = (calls: number) => number | Promise<number>;

/** How long to look. */
export type MeasureOptions = {
  /** Length of one sample. */
  readonly sampleNs: number;
  readonly rounds: number;
};

/** Nanoseconds that one call of each takes, in their order. Takes about `(rounds + 1) x sampleNs` each. */
export async function measure(samples: readonly Sample[], { sampleNs, rounds }: MeasureOptions): Promise<number[]> {
  const calls: number[] = [];
  for (const sample of samples) {
    calls.push(await calibrate(sample, sampleNs));
  }
  const callNs: number[][] = samples.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, sample] of samples.entries()) {
      callNs[i].push((await sample(calls[i])) / calls[i]);
    }
  }
  return callNs.map((values) => values.sort((a, b) => a - b)[values.length >> 1]);
}

/** The number of calls that fill a sample. Doubling also warms up: a compiler has seen the code when it counts. */
async function calibrate(sample: Sample, sampleNs: number): Promise<number> {
  let calls = 1;
  for (;;) {
    // The quicker of two: an interruption must not pass for work.
    const elapsedNs = Math.min(await sample(calls), await sample(calls));
    if (elapsedNs >= sampleNs / 4) {
      return Math.max(1, Math.round((calls * sampleNs) / elapsedNs));
    }
    calls *= 2;
  }
}

/** `repeat(calls)` under the stopwatch. */
export function timed(repeat: (calls: number) => void, stopwatch: Stopwatch): Sample {
  return (calls) => {
    const elapsedNs = stopwatch();
    repeat(calls);
    return elapsedNs();
  };
}

/** `run` again and again. */
export function repeated(run: () => void): (calls: number) => void {
  return (calls) => {
    for (let i = 0; i < calls; i++) {
      run();
    }
  };
}
