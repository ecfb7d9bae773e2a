// How many pictures and bits came in the last two seconds, for those who look.
import { type Micros, milliseconds } from "../time/units.js";

const BUCKET_US: Micros = milliseconds(250);
const BUCKETS = 8;

/** Counts in quarters of a second; the one that is under way is not looked at. */
export class ReceiveRate {
  readonly #pictures = new Float64Array(BUCKETS + 1);
  readonly #bytes = new Float64Array(BUCKETS + 1);
  #beganUs: Micros | undefined;
  #bucket = 0;

  /** Bytes of a packet came. */
  packet(lengthBytes: number, nowUs: Micros): void {
    this.#advance(nowUs);
    this.#bytes[this.#bucket % (BUCKETS + 1)] += lengthBytes;
  }

  /** A whole picture came. */
  picture(nowUs: Micros): void {
    this.#advance(nowUs);
    this.#pictures[this.#bucket % (BUCKETS + 1)]++;
  }

  /** A second, over the last two or since the first packet. */
  at(nowUs: Micros): { readonly pictures: number; readonly bits: number } {
    if (this.#beganUs === undefined) {
      return { pictures: 0, bits: 0 };
    }
    this.#advance(nowUs);
    const whole = Math.min(BUCKETS, this.#bucket);
    if (whole === 0) {
      return { pictures: 0, bits: 0 };
    }
    const current = this.#bucket % (BUCKETS + 1);
    const rate = (counts: Float64Array): number =>
      (counts.reduce((sum, count) => sum + count, 0) - counts[current]) / ((whole * BUCKET_US) / 1_000_000);
    return { pictures: rate(this.#pictures), bits: Math.round(8 * rate(this.#bytes)) };
  }

  /** To the bucket of now; those that time has passed over are empty. */
  #advance(nowUs: Micros): void {
    this.#beganUs ??= nowUs;
    const bucket = Math.floor((nowUs - this.#beganUs) / BUCKET_US);
    for (let next = Math.max(this.#bucket + 1, bucket - BUCKETS); next <= bucket; next++) {
      this.#pictures[next % (BUCKETS + 1)] = 0;
      this.#bytes[next % (BUCKETS + 1)] = 0;
    }
    this.#bucket = Math.max(this.#bucket, bucket);
  }
}
