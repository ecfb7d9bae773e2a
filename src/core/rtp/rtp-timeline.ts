// RTP timestamps of one SSRC as media time (RFC 3550 5.1): counted on past their wrap, from the first one heard.
import type { MediaMicros, RtpTicks } from "../time/units.js";
import { timestampDistance } from "./sequence.js";

/** Timestamps on a circle become times on a line. */
export class RtpTimeline {
  readonly #clockRateHz: number;
  #last: RtpTicks | undefined;
  /** Ticks since the first timestamp. */
  #ticks = 0;
  #anchorUs: MediaMicros = 0;

  /** `clockRateHz`: ticks a second. */
  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz;
  }

  /** The time of `timestamp`. The first one is at `anchorUs`; later calls do not look at it. */
  timeUs(timestamp: RtpTicks, anchorUs: MediaMicros): MediaMicros {
    if (this.#last === undefined) {
      this.#anchorUs = anchorUs;
      this.#ticks = 0;
    } else {
      this.#ticks += timestampDistance(this.#last, timestamp);
    }
    this.#last = timestamp;
    // Whole seconds apart, because the product of the two numbers outgrows 2^53 after a day.
    const wholeSeconds = Math.floor(this.#ticks / this.#clockRateHz);
    const rest = this.#ticks - wholeSeconds * this.#clockRateHz;
    return this.#anchorUs + wholeSeconds * 1_000_000 + Math.round((rest * 1_000_000) / this.#clockRateHz);
  }

  /** Forgets everything: the next timestamp is the first. */
  reset(): void {
    this.#last = undefined;
  }
}
