// The round trip as a receiver sees it: from asking for a packet to its coming (RFC 6298 smoothing, Karn's rule).
import { type Micros, milliseconds } from "../../time/units.js";

/** What is believed before anything was measured. */
const ASSUMED_US: Micros = milliseconds(100);
/** Asking again never comes sooner, and never later. */
const LEAST_WAIT_US: Micros = milliseconds(20);
const MOST_WAIT_US: Micros = milliseconds(400);

/** A smoothed round trip and its spread. */
export class RoundTrip {
  #smoothedUs: Micros | undefined;
  #spreadUs: Micros = 0;

  /** The smoothed value; undefined before the first measurement. */
  get valueUs(): Micros | undefined {
    return this.#smoothedUs;
  }

  /** How long to wait for an answer before asking again: 20 to 400 ms, 100 ms while nothing is known. */
  get waitUs(): Micros {
    if (this.#smoothedUs === undefined) {
      return ASSUMED_US;
    }
    // A quarter on top as well: retransmissions queue behind pictures.
    const waitUs = this.#smoothedUs + Math.max(this.#smoothedUs / 4, 4 * this.#spreadUs);
    return Math.round(Math.min(MOST_WAIT_US, Math.max(LEAST_WAIT_US, waitUs)));
  }

  /** A measurement: of a packet that was asked for once, or from elsewhere (ICE, sender reports). */
  measured(roundTripUs: Micros): void {
    if (this.#smoothedUs === undefined) {
      this.#smoothedUs = roundTripUs;
      this.#spreadUs = roundTripUs / 8;
      return;
    }
    this.#spreadUs += (Math.abs(roundTripUs - this.#smoothedUs) - this.#spreadUs) / 4;
    this.#smoothedUs += (roundTripUs - this.#smoothedUs) / 8;
  }
}
