// Times several ways to do the same work against each other: calls calibrated to samples of equal length, rounds
// interleaved, so that a machine that slows down slows all of them; the median of the samples.

/** Starts a stopwatch; the answer tells the nanoseconds since. */
export type Stopwatch = () => () => number;

/** How long to look. */
export type MeasureOptions = {
  readonly stopwatch: Stopwatch;
  /** Length of one sample. */
  readonly sampleNs: number;
  readonly rounds: number;
};

/** Nanoseconds that one call of each takes, in their order. Takes about `runs x (rounds + 1) x sampleNs`. */
export function measure(runs: readonly (() => void)[], { stopwatch, sampleNs, rounds }: MeasureOptions): number[] {
  const sample = (run: () => void, calls: number): number => {
    const elapsedNs = stopwatch();
    for (let i = 0; i < calls; i++) {
      run();
    }
    return elapsedNs();
  };
  const calls = runs.map((run) => calibrate((count) => sample(run, count), sampleNs));
  const samples: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    runs.forEach((run, i) => {
      samples[i].push(sample(run, calls[i]) / calls[i]);
    });
  }
  return samples.map((values) => values.sort((a, b) => a - b)[values.length >> 1]);
}

/** The number of calls that fill a sample. Doubling also warms up: a compiler has seen the code when it counts. */
function calibrate(sample: (calls: number) => number, sampleNs: number): number {
  let calls = 1;
  let elapsedNs = sample(calls);
  while (elapsedNs < sampleNs / 4) {
    calls *= 2;
    elapsedNs = sample(calls);
  }
  return Math.max(1, Math.round((calls * sampleNs) / elapsedNs));
}
