// What a receiver reports about one source: loss (RFC 3550 A.3), interarrival jitter (A.8), and the last sender report.
import { type NtpTime, ntpMiddle } from "../../time/ntp.js";
import type { Micros, RtpTicks } from "../../time/units.js";
import type { ReportBlock } from "../rtcp/rtcp-message.js";

/** RFC 3550 6.4.1: 24 bits with a sign. */
const MOST_LOST = 0x7fffff;
const LEAST_LOST = -0x800000;
/** The largest delay that DLSR can tell: 65536 s, less a unit. */
const MOST_DELAY = 0xffffffff;

/** Counts one source's packets. `begin` starts a source. */
export class ReceptionStatistics {
  readonly #clockRateHz: number;
  #base = -1;
  #cycleBase = 0;
  #highest = 0;
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #jitter = 0;
  #lastArrivalTicks = 0;
  #lastTimestamp: RtpTicks = 0;
  #hasTransit = false;
  #reportMiddle = 0;
  #reportUs: Micros = 0;

  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz;
  }

  /** A source begins with this unwrapped number: nothing of the one before is reported any more. */
  begin(number: number): void {
    this.#base = number;
    this.#cycleBase = number - (number & 0xffff);
    this.#highest = number;
    this.#received = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#jitter = 0;
    this.#hasTransit = false;
    this.#reportMiddle = 0;
  }

  /** A packet of the source itself came, copies included; what comes by RTX is another source's. */
  packet(number: number, timestamp: RtpTicks, nowUs: Micros): void {
    this.#received++;
    if (number > this.#highest) {
      this.#highest = number;
    } else if (number !== this.#base || this.#received > 1) {
      return;
    }
    const arrivalTicks = (nowUs * this.#clockRateHz) / 1_000_000;
    if (this.#hasTransit) {
      const elapsed = arrivalTicks - this.#lastArrivalTicks - ((timestamp - this.#lastTimestamp) | 0);
      // RFC 3550 A.8. A jump of the source's clock is no jitter: it would stand in the reports for minutes.
      const difference = Math.min(Math.abs(elapsed), this.#clockRateHz);
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#hasTransit = true;
    this.#lastArrivalTicks = arrivalTicks;
    this.#lastTimestamp = timestamp;
  }

  /** A sender report of the source came. */
  senderReport(ntp: NtpTime, nowUs: Micros): void {
    this.#reportMiddle = ntpMiddle(ntp);
    this.#reportUs = nowUs;
  }

  /** Lost in all, copies taken off; 0 or less when nothing is. */
  get cumulativeLost(): number {
    return this.#base < 0 ? 0 : this.#highest - this.#base + 1 - this.#received;
  }

  /** RFC 3550 A.8, in timestamp units. */
  get jitterTicks(): RtpTicks {
    return Math.round(this.#jitter);
  }

  /** What to report now; undefined before the first packet. The share lost counts from the call before. */
  block(ssrc: number, nowUs: Micros): ReportBlock | undefined {
    if (this.#base < 0) {
      return undefined;
    }
    const expected = this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedPrior;
    const lostNow = expectedNow - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    const delay = Math.round(((nowUs - this.#reportUs) * 65_536) / 1_000_000);
    return {
      ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.min(MOST_LOST, Math.max(LEAST_LOST, this.cumulativeLost)),
      highestSequenceNumber: (this.#highest - this.#cycleBase) % 4_294_967_296,
      interarrivalJitter: this.jitterTicks,
      lastSenderReport: this.#reportMiddle,
      delaySinceLastSenderReport: this.#reportMiddle === 0 ? 0 : Math.min(MOST_DELAY, Math.max(0, delay)),
    };
  }
}
