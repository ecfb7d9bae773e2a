// A log-linear histogram of microseconds in bounded memory: 16 buckets for every doubling, so a percentile is at most
// about 3 % away from the truth, and exact below 16 us.
import type { Micros } from "../time/units.js";

const SUB_BITS = 4;
const SUB_COUNT = 1 << SUB_BITS;
const MAX_US = 0x7fff_ffff;
const BUCKET_COUNT = (31 - SUB_BITS) * SUB_COUNT + SUB_COUNT;

/** What a histogram has to say, microseconds. All zero when nothing was timed. */
export type LatencySummary = {
  /** How many packets were timed. */
  readonly count: number;
  readonly p50: Micros;
  readonly p95: Micros;
  readonly p99: Micros;
  readonly max: Micros;
};

/** Durations from 0 us to 35 minutes; longer ones count as 35 minutes. Memory is taken at the first record. */
export class LatencyHistogram {
  #buckets: Uint32Array | undefined;
  #count = 0;
  #maxUs = 0;

  /** How many durations were recorded. */
  get count(): number {
    return this.#count;
  }

  /** Adds one duration. Negative ones count as 0. */
  record(durationUs: Micros): void {
    const value = durationUs <= 0 ? 0 : durationUs >= MAX_US ? MAX_US : Math.floor(durationUs);
    this.#buckets ??= new Uint32Array(BUCKET_COUNT);
    this.#buckets[bucketOf(value)]++;
    this.#count++;
    this.#maxUs = Math.max(this.#maxUs, value);
  }

  /** The duration that `fraction` (0..1) of the records do not exceed; 0 when there are none. */
  percentile(fraction: number): Micros {
    const buckets = this.#buckets;
    if (buckets === undefined) {
      return 0;
    }
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      seen += buckets[index];
      if (seen >= rank) {
        return Math.min(this.#maxUs, middleOf(index));
      }
    }
    return this.#maxUs;
  }

  /** p50, p95, p99 and the maximum. */
  summary(): LatencySummary {
    return {
      count: this.#count,
      p50: this.percentile(0.5),
      p95: this.percentile(0.95),
      p99: this.percentile(0.99),
      max: this.#maxUs,
    };
  }
}

function bucketOf(value: number): number {
  if (value < SUB_COUNT) {
    return value;
  }
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return shift * SUB_COUNT + (value >>> shift);
}

function middleOf(index: number): number {
  if (index < 2 * SUB_COUNT) {
    return index;
  }
  const shift = Math.floor(index / SUB_COUNT) - 1;
  const lowest = (index - shift * SUB_COUNT) * 2 ** shift;
  return lowest + Math.floor((2 ** shift - 1) / 2);
}
