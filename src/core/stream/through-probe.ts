// How long a deferred stage keeps a packet: its own time tells nothing, because the work happens after the call.
import type { Clock } from "../time/clock.js";
import type { MediaMicros, Micros } from "../time/units.js";
import type { LatencyHistogram } from "./latency-histogram.js";
import type { Packet } from "./packet.js";

/**
 * Follows one packet at a time by its media time: from the call that brought it to the first packet of that time or
 * later that the stage emits. A packet that the stage drops is charged to the one behind it.
 */
export class ThroughProbe {
  readonly #clock: Clock;
  readonly #histogram: LatencyHistogram;
  #enteredUs: Micros | undefined;
  #timeUs: MediaMicros = 0;

  constructor(clock: Clock, histogram: LatencyHistogram) {
    this.#clock = clock;
    this.#histogram = histogram;
  }

  /** The stage is about to get this packet. Does nothing while another one is being followed. */
  entered(packet: Packet): void {
    if (this.#enteredUs === undefined) {
      this.#enteredUs = this.#clock.nowUs();
      this.#timeUs = packet.timeUs;
    }
  }

  /** The stage emits this packet. */
  emitted(packet: Packet): void {
    if (this.#enteredUs !== undefined && packet.timeUs >= this.#timeUs) {
      this.#histogram.record(this.#clock.nowUs() - this.#enteredUs);
      this.#enteredUs = undefined;
    }
  }
}
