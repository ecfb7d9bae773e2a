// A pacer by bytes' cheap cousin, packets: small frames go out at once, key frames over a few milliseconds, so that a
// burst does not overrun a socket buffer or a switch queue on its way.
import type { Micros } from "../../time/units.js";

/** `burstPackets` at once, then `packetsPerMs`. */
export type BurstPacerOptions = { readonly burstPackets?: number; readonly packetsPerMs?: number };

/** A token bucket over packets. Time is an argument; it never sleeps and owns no timer. */
export class BurstPacer {
  readonly #burst: number;
  readonly #perUs: number;
  #tokens: number;
  #lastUs: Micros | undefined;

  constructor({ burstPackets = 10, packetsPerMs = 10 }: BurstPacerOptions = {}) {
    this.#burst = burstPackets;
    this.#perUs = packetsPerMs / 1000;
    this.#tokens = burstPackets;
  }

  /** How many of `wanted` packets may go now; they count as sent. */
  take(wanted: number, nowUs: Micros): number {
    if (this.#lastUs !== undefined) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (nowUs - this.#lastUs) * this.#perUs);
    }
    this.#lastUs = nowUs;
    const granted = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= granted;
    return granted;
  }

  /** When a whole burst (or what `wanted` needs of it) may go next. */
  nextUs(wanted: number, nowUs: Micros): Micros {
    const missing = Math.min(wanted, this.#burst) - this.#tokens;
    return missing <= 0 ? nowUs : nowUs + Math.ceil(missing / this.#perUs);
  }
}
