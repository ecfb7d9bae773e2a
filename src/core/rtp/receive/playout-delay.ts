// How long packets are held so that late ones find their place, and when each is due: arrival of the quickest, plus its place
// on the source's timeline, plus a delay that follows the jitter.
import { type MediaMicros, type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import { MediaAnchor } from "../media-anchor.js";
import { timestampDistance } from "../sequence.js";

/** Bounds of the delay. */
export type PlayoutDelayOptions = {
  /** Default 20. */
  readonly minDelayMs?: number;
  /** Default 120. */
  readonly maxDelayMs?: number;
  /** How much of the jitter is held: delay = min + factor × jitter. Default 1.5. */
  readonly jitterFactor?: number;
};

/** A step between arrival and timestamp beyond this is a source that began anew, not jitter. */
const JUMP_US: Micros = milliseconds(10_000);

/**
 * Media time is counted on from the first timestamp, over the wrap of 32 bits. Jitter is the difference between how far apart two
 * pictures (or sounds) came and how far apart they were made: up at once, down by an eighth of the difference with each.
 */
export class PlayoutDelay {
  readonly #clockRateHz: number;
  readonly #minUs: Micros;
  readonly #maxUs: Micros;
  readonly #factor: number;
  #anchor: MediaAnchor = new MediaAnchor();
  #last: RtpTicks | undefined;
  #lastUs: Micros = 0;
  #ticks = 0;
  #jitterUs: Micros = 0;
  #latenessUs: Micros = 0;

  constructor(
    clockRateHz: number,
    { minDelayMs = 20, maxDelayMs = 120, jitterFactor = 1.5 }: PlayoutDelayOptions = {},
  ) {
    this.#clockRateHz = clockRateHz;
    this.#minUs = milliseconds(minDelayMs);
    this.#maxUs = Math.max(this.#minUs, milliseconds(maxDelayMs));
    this.#factor = jitterFactor;
  }

  /** The jitter now. */
  get jitterUs(): Micros {
    return Math.round(this.#jitterUs);
  }

  /** How long the quickest packets are held: between the bounds. */
  get delayUs(): Micros {
    return Math.round(Math.min(this.#maxUs, this.#minUs + this.#factor * this.#jitterUs));
  }

  /** How much longer than the quickest the packet took that was observed last. */
  get latenessUs(): Micros {
    return this.#latenessUs;
  }

  /** The first packet of a timestamp, newer than all before, came. */
  observe(timestamp: RtpTicks, nowUs: Micros): void {
    if (this.#last === undefined) {
      this.#begin(timestamp, nowUs);
      return;
    }
    const step = timestampDistance(this.#last, timestamp);
    const elapsedUs = nowUs - this.#lastUs;
    const differenceUs = Math.abs(elapsedUs - (step * 1_000_000) / this.#clockRateHz);
    if (differenceUs > JUMP_US) {
      this.#begin(timestamp, nowUs);
      return;
    }
    this.#ticks += step;
    this.#last = timestamp;
    this.#lastUs = nowUs;
    this.#jitterUs = differenceUs > this.#jitterUs ? differenceUs : (7 * this.#jitterUs + differenceUs) / 8;
    const mediaUs = this.#mediaUs(0);
    this.#anchor.observe(mediaUs, nowUs);
    this.#latenessUs = Math.max(0, (this.#anchor.mediaTimeUs(nowUs) ?? mediaUs) - mediaUs);
  }

  /** A packet came so much behind those that overtook it. */
  observeOvertaken(lateUs: Micros): void {
    this.#jitterUs = Math.max(this.#jitterUs, Math.min(lateUs, this.#maxUs));
  }

  /** When a packet of this timestamp is due. */
  dueUs(timestamp: RtpTicks, nowUs: Micros): Micros {
    const mediaUs = this.#mediaUs(this.#last === undefined ? 0 : timestampDistance(this.#last, timestamp));
    return Math.ceil(nowUs + mediaUs + this.delayUs - (this.#anchor.mediaTimeUs(nowUs) ?? mediaUs));
  }

  /** What took longest is the normal way from now on: the way has become longer. */
  rebase(): void {
    this.#anchor = new MediaAnchor();
    if (this.#last !== undefined) {
      this.#anchor.observe(this.#mediaUs(0), this.#lastUs);
    }
  }

  /** Another source: its timeline is another. The jitter is the way's and stays. */
  reset(): void {
    this.#last = undefined;
  }

  #begin(timestamp: RtpTicks, nowUs: Micros): void {
    this.#last = timestamp;
    this.#lastUs = nowUs;
    this.#ticks = 0;
    this.#latenessUs = 0;
    this.rebase();
  }

  #mediaUs(aheadTicks: number): MediaMicros {
    return ((this.#ticks + aheadTicks) * 1_000_000) / this.#clockRateHz;
  }
}
