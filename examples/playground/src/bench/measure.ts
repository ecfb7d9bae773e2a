// Times several ways to do the same work against each other: calls calibrated to samples of equal length, rounds
// interleaved, so that a machine that slows down slows all of them; the median of the samples.

/** Starts a stopwatch; the answer tells the nanoseconds since. */
export type Stopwatch = () => () => number;

/** Does the work so many times. */
export type Repeat = (calls: number) => void | Promise<void>;

/** How long to look. */
export type MeasureOptions = {
  readonly stopwatch: Stopwatch;
  /** Length of one sample. */
  readonly sampleNs: number;
  readonly rounds: number;
};

/** Nanoseconds that one call of each takes, in their order. Takes about `(rounds + 1) x sampleNs` each. */
export async function measure(
  runs: readonly Repeat[],
  { stopwatch, sampleNs, rounds }: MeasureOptions,
): Promise<number[]> {
  const sample = async (run: Repeat, calls: number): Promise<number> => {
    const elapsedNs = stopwatch();
    await run(calls);
    return elapsedNs();
  };
  const calls: number[] = [];
  for (const run of runs) {
    calls.push(await calibrate((count) => sample(run, count), sampleNs));
  }
  const samples: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      samples[i].push((await sample(run, calls[i])) / calls[i]);
    }
  }
  return samples.map((values) => values.sort((a, b) => a - b)[values.length >> 1]);
}

/** The number of calls that fill a sample. Doubling also warms up: a compiler has seen the code when it counts. */
async function calibrate(sample: (calls: number) => Promise<number>, sampleNs: number): Promise<number> {
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

/** `run` again and again. */
export function repeat(run: () => void): Repeat {
  return (calls) => {
    for (let i = 0; i < calls; i++) {
      run();
    }
  };
}
