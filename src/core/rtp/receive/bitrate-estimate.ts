// What a receiver says the way can carry (REMB): starts at a stated rate and grows fast until something goes wrong, follows a
// queue that stands and loss down, and grows slowly from then on.
import { type Micros, milliseconds, seconds } from "../../time/units.js";

/** Bounds of an estimate, bits a second. */
export type BitrateEstimateOptions = {
  /** Told before anything is known. Default 2 500 000. */
  readonly startBps?: number;
  /** Never told less. Default 100 000. */
  readonly minBps?: number;
  /** Never told more. Default 8 000 000. */
  readonly maxBps?: number;
};

/** Between two looks. */
const LOOK_US: Micros = milliseconds(200);
/** Looks over which the received rate is counted: a second. */
const RATE_LOOKS = 5;
/** Pictures' lateness that never falls below this in three looks is a queue. */
const QUEUE_US: Micros = milliseconds(40);
const QUEUE_LOOKS = 3;
/** A queue that stands for so long at a falling rate is none: the way has become longer. */
const LONGER_WAY_US: Micros = seconds(3);
/** Between two reductions: what the last one did must be seen first. */
const REDUCE_EVERY_US: Micros = milliseconds(500);
const MUCH_LOST = 0.1;
const LITTLE_LOST = 0.02;
const FAST_GROWTH_PER_SECOND = 1.5;
const SLOW_GROWTH_PER_SECOND = 1.08;

/** An estimate for one stream. Blind to what other streams of the way carry, and to queues that are shorter than 40 ms. */
export class BitrateEstimate {
  readonly #minBps: number;
  readonly #maxBps: number;
  readonly #startBps: number;
  readonly #bytes: Float64Array = new Float64Array(RATE_LOOKS);
  readonly #leastLateUs: Float64Array = new Float64Array(QUEUE_LOOKS).fill(Number.POSITIVE_INFINITY);
  #look = 0;
  #lookUs: Micros | undefined;
  #reducedUs: Micros = Number.NEGATIVE_INFINITY;
  #queueSinceUs: Micros | undefined;
  #bitrateBps: number;
  #isStarting = true;
  #fractionLost = 0;

  constructor({ startBps = 2_500_000, minBps = 100_000, maxBps = 8_000_000 }: BitrateEstimateOptions = {}) {
    this.#minBps = minBps;
    this.#maxBps = Math.max(minBps, maxBps);
    this.#startBps = Math.min(this.#maxBps, Math.max(minBps, startBps));
    this.#bitrateBps = this.#startBps;
  }

  /** What to tell: from `minBps` to `maxBps`. */
  get bitrateBps(): number {
    return Math.round(this.#bitrateBps);
  }

  /** What came in the last second. */
  get receivedBps(): number {
    let bytes = 0;
    for (const some of this.#bytes) {
      bytes += some;
    }
    return (bytes * 8 * 1_000_000) / (RATE_LOOKS * LOOK_US);
  }

  /** When `tick` is due; undefined before the first packet. */
  get deadlineUs(): Micros | undefined {
    return this.#lookUs;
  }

  /** A packet of so many bytes came. */
  packet(lengthBytes: number, nowUs: Micros): void {
    this.#lookUs ??= nowUs + LOOK_US;
    this.#bytes[this.#look % RATE_LOOKS] += lengthBytes;
  }

  /** A picture took so much longer than the quickest. */
  lateness(lateUs: Micros): void {
    const at = this.#look % QUEUE_LOOKS;
    this.#leastLateUs[at] = Math.min(this.#leastLateUs[at], lateUs);
  }

  /** 0..1 of the packets since the last report. */
  loss(fractionLost: number): void {
    this.#fractionLost = fractionLost;
    if (fractionLost > MUCH_LOST) {
      this.#reduce(this.#bitrateBps * (1 - fractionLost / 2));
    }
  }

  /** Looks when it is due. `"longer-way"`: lateness is to be counted from what is normal now. */
  tick(nowUs: Micros): "longer-way" | undefined {
    if (this.#lookUs === undefined || nowUs < this.#lookUs) {
      return undefined;
    }
    const hasQueue = this.#standingUs() > QUEUE_US;
    const verdict = this.#follow(hasQueue, nowUs);
    this.#lookUs = nowUs + LOOK_US;
    this.#look++;
    this.#bytes[this.#look % RATE_LOOKS] = 0;
    this.#leastLateUs[this.#look % QUEUE_LOOKS] = Number.POSITIVE_INFINITY;
    return verdict;
  }

  #follow(hasQueue: boolean, nowUs: Micros): "longer-way" | undefined {
    if (!hasQueue) {
      this.#queueSinceUs = undefined;
      if (this.#fractionLost < LITTLE_LOST) {
        this.#grow();
      }
      return undefined;
    }
    this.#queueSinceUs ??= nowUs;
    if (nowUs - this.#reducedUs >= REDUCE_EVERY_US) {
      this.#reducedUs = nowUs;
      this.#reduce(Math.min(this.#bitrateBps, this.receivedBps) * 0.85);
    }
    if (nowUs - this.#queueSinceUs < LONGER_WAY_US) {
      return undefined;
    }
    this.#queueSinceUs = undefined;
    this.#leastLateUs.fill(Number.POSITIVE_INFINITY);
    return "longer-way";
  }

  /** The least lateness of the last three looks; 0 where too little came to know. */
  #standingUs(): Micros {
    let leastUs = Number.POSITIVE_INFINITY;
    for (const lateUs of this.#leastLateUs) {
      leastUs = Math.min(leastUs, lateUs);
    }
    return this.#look < QUEUE_LOOKS || leastUs === Number.POSITIVE_INFINITY ? 0 : leastUs;
  }

  #grow(): void {
    const perSecond = this.#isStarting ? FAST_GROWTH_PER_SECOND : SLOW_GROWTH_PER_SECOND;
    // What nobody sends tells nothing about the way: no more than twice of what came is believed.
    const mostBps = Math.min(this.#maxBps, Math.max(this.#startBps, 2 * this.receivedBps));
    if (this.#bitrateBps < mostBps) {
      this.#bitrateBps = Math.min(mostBps, this.#bitrateBps * perSecond ** (LOOK_US / 1_000_000));
    }
  }

  #reduce(bitrateBps: number): void {
    this.#isStarting = false;
    this.#bitrateBps = Math.max(this.#minBps, Math.min(this.#bitrateBps, bitrateBps));
  }
}
