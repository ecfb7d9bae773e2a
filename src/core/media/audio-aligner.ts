// Keeps a run of samples on its input's timeline: output times come from a counter, and this machine says what has to
// happen to the samples so that the counter and the input's clock stay together.
import type { MediaMicros, Micros } from "../time/units.js";

/** What to do before the block that was just asked about is taken in. */
export type Alignment =
  /** Nothing: it follows what is there. */
  | { readonly kind: "append" }
  /** Put this many silent samples in front of it: sound is missing. */
  | { readonly kind: "fill"; readonly sampleCount: number }
  /** Leave out this many of its first samples: they were there before. */
  | { readonly kind: "drop"; readonly sampleCount: number }
  /** Finish what is there and begin a new count at the block's own time: the timeline jumped. */
  | { readonly kind: "restart" };

/** Options of the aligner. */
export type AudioAlignerOptions = {
  /** Samples a second that the counter counts. */
  readonly sampleRateHz: number;
  /** A block this far off its place is moved at once; less is jitter, and only its mean counts. Default 40 ms. */
  readonly toleranceUs?: Micros;
  /** Largest hole that is filled or overlap that is dropped; beyond it the count restarts. Default 1 s. */
  readonly maxRepairUs?: Micros;
};

/** Mean error from which the clock's drift is worked off, and the steepest correction: 1 sample in 1000. */
const DRIFT_FROM_US = 3000;
const STEEPEST = 1 / 1000;
/** Weight of one block in the mean error: a mean over about a second of 20 ms blocks. */
const MEAN_WEIGHT = 1 / 48;

const append: Alignment = { kind: "append" };
const restart: Alignment = { kind: "restart" };

/** Counts samples against input times. One call of `align` and one of `advance` a block. */
export class AudioAligner {
  readonly #sampleRateHz: number;
  readonly #toleranceUs: Micros;
  readonly #maxRepairUs: Micros;
  #anchorUs: MediaMicros | undefined;
  #count = 0;
  #meanErrorUs = 0;
  #repairs = 0;

  constructor({ sampleRateHz, toleranceUs = 40_000, maxRepairUs = 1_000_000 }: AudioAlignerOptions) {
    this.#sampleRateHz = sampleRateHz;
    this.#toleranceUs = toleranceUs;
    this.#maxRepairUs = maxRepairUs;
  }

  /** Media time of the next sample; undefined before the first block. */
  get nextUs(): MediaMicros | undefined {
    return this.#anchorUs === undefined ? undefined : this.timeOf(this.#count);
  }

  /** How often samples were filled, dropped, or the count restarted. */
  get repairs(): number {
    return this.#repairs;
  }

  /** Says where a block that begins at `timeUs` belongs. The first block sets the anchor. */
  align(timeUs: MediaMicros): Alignment {
    const expectedUs = this.nextUs;
    if (expectedUs === undefined) {
      this.#anchorUs = timeUs;
      return append;
    }
    const errorUs = timeUs - expectedUs;
    if (Math.abs(errorUs) <= this.#toleranceUs) {
      this.#meanErrorUs += (errorUs - this.#meanErrorUs) * MEAN_WEIGHT;
      return append;
    }
    this.#repairs++;
    this.#meanErrorUs = 0;
    if (Math.abs(errorUs) > this.#maxRepairUs) {
      return restart;
    }
    const sampleCount = Math.round((Math.abs(errorUs) * this.#sampleRateHz) / 1_000_000);
    return errorUs > 0 ? { kind: "fill", sampleCount } : { kind: "drop", sampleCount };
  }

  /**
   * Samples to stretch (> 0) or squeeze (< 0) the next second of sound by, so that a clock that runs a little fast or
   * slow is followed without a click. 0 while the mean error is small.
   */
  get slewSamples(): number {
    if (Math.abs(this.#meanErrorUs) < DRIFT_FROM_US) {
      return 0;
    }
    const limit = this.#sampleRateHz * STEEPEST;
    const wanted = (this.#meanErrorUs * this.#sampleRateHz) / 1_000_000;
    return Math.round(Math.max(-limit, Math.min(limit, wanted)));
  }

  /** Counts samples that were taken in, silence included. */
  advance(sampleCount: number): void {
    this.#count += sampleCount;
  }

  /** Begins a new count at `timeUs`. */
  restartAt(timeUs: MediaMicros): void {
    this.#anchorUs = timeUs;
    this.#count = 0;
    this.#meanErrorUs = 0;
  }

  /** Forgets the anchor: the next block sets it. */
  reset(): void {
    this.#anchorUs = undefined;
    this.#count = 0;
    this.#meanErrorUs = 0;
  }

  /** Media time of sample `index` of the present count. Absolute: no rounding adds up. */
  timeOf(index: number): MediaMicros {
    return (this.#anchorUs ?? 0) + Math.round((index * 1_000_000) / this.#sampleRateHz);
  }

  /** How many samples lie between the next one and `timeUs`; negative when the count is already past it. */
  samplesUntil(timeUs: MediaMicros): number {
    const position = Math.round(((timeUs - (this.#anchorUs ?? timeUs)) * this.#sampleRateHz) / 1_000_000);
    return position - this.#count;
  }
}
