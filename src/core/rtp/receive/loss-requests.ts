// Which missing packets to ask for now, again, or no more (RFC 4585 6.2.1): at once where packets keep their order, a little
// later where they do not, again after a round trip, and not for ever.
import { type Micros, milliseconds } from "../../time/units.js";
import { type ReceiveWindow, SlotState } from "./receive-window.js";
import type { RoundTrip } from "./round-trip.js";

/** Most packets that one NACK names; the others are asked for right behind. */
export const MOST_PER_NACK = 256;
/** While no round trip is known, what comes sooner after asking is no answer. */
const ASSUMED_ANSWER_US: Micros = milliseconds(20);
/** Packets that overtake each other by more are asked for although they may be on their way. */
const MOST_PATIENCE_US: Micros = milliseconds(30);

/** Bounds of asking. */
export type LossRequestOptions = {
  /** How long a missing packet is waited for. */
  readonly recoveryUs: Micros;
  /** How often it is asked for. */
  readonly maxAsks: number;
  /** `apart`: answers come on a stream of their own (RFC 4588). `alike`: as the packet itself would have come. */
  readonly answers: "apart" | "alike";
};

/** Looks through a window's missing numbers; allocates nothing. */
export class LossRequests {
  /** What `collect` found: its first numbers are unwrapped sequence numbers, ascending. */
  readonly lost: Float64Array = new Float64Array(MOST_PER_NACK);
  readonly #window: ReceiveWindow;
  readonly #roundTrip: RoundTrip;
  readonly #recoveryUs: Micros;
  readonly #maxAsks: number;
  readonly #answers: LossRequestOptions["answers"];
  /** How long packets are seen to come behind those that overtook them. */
  #patienceUs: Micros = 0;
  #dueUs: Micros | undefined;

  constructor(window: ReceiveWindow, roundTrip: RoundTrip, { recoveryUs, maxAsks, answers }: LossRequestOptions) {
    this.#window = window;
    this.#roundTrip = roundTrip;
    this.#recoveryUs = recoveryUs;
    this.#maxAsks = maxAsks;
    this.#answers = answers;
  }

  /** When `collect` will find something, at the earliest; undefined while nothing is missing. */
  get deadlineUs(): Micros | undefined {
    return this.#window.missing === 0 ? undefined : this.#dueUs;
  }

  /** How long a gap is left alone before it is asked for: 0 to 30 ms. */
  get patienceUs(): Micros {
    return this.#patienceUs;
  }

  /** Numbers have become missing. */
  noticed(nowUs: Micros): void {
    const dueUs = nowUs + this.#patienceUs;
    this.#dueUs = this.#dueUs === undefined ? dueUs : Math.min(this.#dueUs, dueUs);
  }

  /** A missing packet of the source itself is here: told before the window is. Learns how much packets overtake each other. */
  arrived(number: number, nowUs: Micros): void {
    const window = this.#window;
    const { valueUs } = this.#roundTrip;
    const leastUs = valueUs === undefined ? ASSUMED_ANSWER_US : valueUs / 2;
    if (this.#answers === "alike" && window.asks(number) > 0 && nowUs - window.askedUs(number) >= leastUs) {
      return;
    }
    // A quarter more than what was seen: the next one may be later.
    const lateUs = Math.ceil(1.25 * (nowUs - window.sinceUs(number)));
    this.#patienceUs = Math.min(MOST_PATIENCE_US, Math.max(this.#patienceUs, lateUs));
  }

  /** Fills `lost` with the numbers to ask for now, notes that they are asked for, and answers how many they are. */
  collect(nowUs: Micros): number {
    const window = this.#window;
    if (this.#dueUs === undefined || nowUs < this.#dueUs || window.missing === 0) {
      return 0;
    }
    const againUs = this.#roundTrip.waitUs;
    let count = 0;
    let nextUs: Micros | undefined;
    for (let number = window.next; number < window.end; number++) {
      if (window.state(number) !== SlotState.missing) {
        continue;
      }
      const asks = window.asks(number);
      if (asks >= this.#maxAsks) {
        continue;
      }
      let dueUs = asks === 0 ? window.sinceUs(number) + this.#patienceUs : window.askedUs(number) + againUs;
      if (dueUs <= nowUs) {
        if (count === MOST_PER_NACK) {
          nextUs = nowUs;
          break;
        }
        this.#decay(asks);
        window.asked(number, nowUs);
        this.lost[count] = number;
        count++;
        dueUs = nowUs + againUs;
      }
      nextUs = nextUs === undefined ? dueUs : Math.min(nextUs, dueUs);
    }
    this.#dueUs = nextUs;
    return count;
  }

  /** When the number, which is missing, is given up. */
  giveUpUs(number: number): Micros {
    const window = this.#window;
    const lastUs = window.sinceUs(number) + this.#recoveryUs;
    return window.asks(number) < this.#maxAsks
      ? lastUs
      : Math.min(lastUs, window.askedUs(number) + this.#roundTrip.waitUs);
  }

  /** What is lost in earnest is no overtaking: patience wears off. */
  #decay(asks: number): void {
    if (asks === 0) {
      this.#patienceUs = Math.floor((this.#patienceUs * 15) / 16);
    }
  }
}
