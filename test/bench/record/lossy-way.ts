// The way of a call on a manual clock, both directions: packets are delayed, lost, overtaken and copied. The same for one seed.
import { type ManualClock, type MediaTransport, type Micros, Signal } from "floe";
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";

const LOSS_RATE = 0.02;
const OVERTAKEN_RATE = 0.01;
const COPIED_RATE = 0.005;
const ONE_WAY_US: Micros = 40_000;
const JITTER_US: Micros = 3000;
const OVERTAKEN_US: Micros = 12_000;

/** The receiver's transport. */
export class LossyWay implements MediaTransport {
  readonly received: Signal<Uint8Array> = new Signal();
  readonly isOpen = true;
  /** Packets of the publisher that arrived, copies included. */
  arrived = 0;
  /** Takes what the receiver sends, when it arrives. */
  feedback: (packet: Uint8Array) => void = () => {};
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  #latestUs: Micros = 0;

  constructor(clock: ManualClock, seed: number) {
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
  }

  /** A packet of the publisher sets out. Its bytes must stay as they are. */
  depart(packet: Uint8Array): void {
    this.#travel(() => {
      this.arrived++;
      this.received.emit(packet);
    });
  }

  send(packet: Uint8Array): boolean {
    const copy = packet.slice();
    this.#travel(() => this.feedback(copy));
    return true;
  }

  #travel(arrive: () => void): void {
    if (this.#random.next() < LOSS_RATE) {
      return;
    }
    const isOvertaken = this.#random.next() < OVERTAKEN_RATE;
    const isCopied = this.#random.next() < COPIED_RATE;
    const atUs = this.#clock.nowUs() + ONE_WAY_US + this.#random.integer(JITTER_US);
    const arrivalUs = isOvertaken ? atUs + OVERTAKEN_US : Math.max(atUs, this.#latestUs);
    if (!isOvertaken) {
      this.#latestUs = arrivalUs;
    }
    for (let i = isCopied ? 2 : 1; i > 0; i--) {
      this.#clock.schedule(arrivalUs, arrive);
    }
  }
}
