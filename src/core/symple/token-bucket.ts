// Token bucket: so many at once, so many a second on average. Time is an argument.
import { type Micros, seconds } from "../time/units.js";

/** How much a bucket holds and how long it takes to fill. */
export type TokenBucketOptions = {
  /** Tokens in a full bucket: the largest burst. */
  readonly capacity: number;
  /** Time from empty to full. */
  readonly refillUs: Micros;
};

/** Admits bursts of `capacity`, and on average `capacity` per `refillUs`. Starts full. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #refillUs: Micros;
  #tokens: number;
  #sinceUs: Micros;

  constructor({ capacity, refillUs }: TokenBucketOptions, nowUs: Micros) {
    this.#capacity = capacity;
    this.#refillUs = Math.max(1, refillUs);
    this.#tokens = capacity;
    this.#sinceUs = nowUs;
  }

  /** Takes `amount` tokens; false when there are fewer, and then nothing is taken. */
  take(nowUs: Micros, amount = 1): boolean {
    const elapsedUs = Math.max(0, nowUs - this.#sinceUs);
    this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedUs * this.#capacity) / this.#refillUs);
    this.#sinceUs = Math.max(this.#sinceUs, nowUs);
    if (this.#tokens < amount) {
      return false;
    }
    this.#tokens -= amount;
    return true;
  }

  /** Fills the bucket. */
  refill(nowUs: Micros): void {
    this.#tokens = this.#capacity;
    this.#sinceUs = nowUs;
  }
}

/** Two mebibytes in ten seconds: less than a receiver may have queued, so that no one sender can get others cut off. */
export const DEFAULT_BYTE_RATE: TokenBucketOptions = { capacity: 2_097_152, refillUs: seconds(10) };

/** What the field's servers allow a peer: 100 messages in ten seconds. */
export const DEFAULT_MESSAGE_RATE: TokenBucketOptions = { capacity: 100, refillUs: seconds(10) };
