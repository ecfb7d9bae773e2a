// The newest sequence numbers of one stream and what became of each: here, missing, handed on, lost. Fixed size; nothing is
// allocated per packet.
import type { Micros } from "../../time/units.js";

/** What became of a number. */
export const SlotState = {
  /** Not a number of the window. */
  none: 0,
  /** One behind it came, it did not. */
  missing: 1,
  /** It is in its slot and waits for its turn. */
  here: 2,
  /** Handed on. */
  handed: 3,
  /** Given up. */
  lost: 4,
} as const;

/** Numbers `next` to `end - 1` wait for their turn; those before, down to `end - capacity`, are remembered. */
export class ReceiveWindow {
  readonly capacity: number;
  /** The number whose turn it is. */
  next = 0;
  /** One behind the highest number that came. */
  end = 0;
  /** How many numbers from `next` on are missing. */
  missing = 0;
  readonly #mask: number;
  readonly #state: Uint8Array;
  readonly #index: Float64Array;
  readonly #sinceUs: Float64Array;
  readonly #askedUs: Float64Array;
  readonly #asks: Uint8Array;
  readonly #isRepaired: Uint8Array;

  /** `capacity`: a power of two from 16 to 16384. Costs 27 bytes each. */
  constructor(capacity: number) {
    if (!(capacity >= 16 && capacity <= 16_384) || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`a receive window has a power of two from 16 to 16384 numbers, not ${capacity}`);
    }
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#state = new Uint8Array(capacity);
    this.#index = new Float64Array(capacity);
    this.#sinceUs = new Float64Array(capacity);
    this.#askedUs = new Float64Array(capacity);
    this.#asks = new Uint8Array(capacity);
    this.#isRepaired = new Uint8Array(capacity);
  }

  /** Forgets everything; `first` comes next. */
  reset(first: number): void {
    this.#state.fill(SlotState.none);
    this.next = first;
    this.end = first;
    this.missing = 0;
  }

  /** See {@link SlotState}; `none` for numbers that the window does not reach. */
  state(number: number): number {
    return number < this.end && number >= this.end - this.capacity ? this.#state[number & this.#mask] : SlotState.none;
  }

  /** Which packet of the ring is here. */
  index(number: number): number {
    return this.#index[number & this.#mask];
  }

  /** When it arrived; of a missing one, when that was noticed. */
  sinceUs(number: number): Micros {
    return this.#sinceUs[number & this.#mask];
  }

  /** When it was last asked for, and how often: 0 for never. */
  askedUs(number: number): Micros {
    return this.#askedUs[number & this.#mask];
  }

  asks(number: number): number {
    return this.#asks[number & this.#mask];
  }

  /** Whether it came only after it was missed. */
  isRepaired(number: number): boolean {
    return this.#isRepaired[number & this.#mask] === 1;
  }

  /**
   * Notes that `number` arrived. It is missing, or at or behind `end` and fits: `number - next < capacity`. Numbers between
   * `end` and it are missing from now on.
   */
  put(number: number, index: number, nowUs: Micros): void {
    const at = number & this.#mask;
    if (number < this.end) {
      if (this.#state[at] === SlotState.missing) {
        this.missing--;
      }
      this.#isRepaired[at] = 1;
    } else {
      for (let gap = this.end; gap < number; gap++) {
        this.#miss(gap, nowUs);
      }
      this.#isRepaired[at] = 0;
      this.#asks[at] = 0;
      this.end = number + 1;
    }
    this.#state[at] = SlotState.here;
    this.#index[at] = index;
    this.#sinceUs[at] = nowUs;
  }

  /** Notes that a missing number was asked for. */
  asked(number: number, nowUs: Micros): void {
    const at = number & this.#mask;
    this.#askedUs[at] = nowUs;
    this.#asks[at]++;
  }

  /** `next` was handed on, or is given up: on to the one behind it. */
  pass(state: typeof SlotState.handed | typeof SlotState.lost): void {
    const at = this.next & this.#mask;
    if (this.#state[at] === SlotState.missing) {
      this.missing--;
    }
    this.#state[at] = state;
    this.next++;
  }

  /** Leaves out the numbers up to `number`, lost every one. Nothing waits: `next` is `end`. */
  skipTo(number: number): void {
    if (number - this.end >= this.capacity) {
      this.#state.fill(SlotState.lost);
    } else {
      for (let gap = this.end; gap < number; gap++) {
        this.#state[gap & this.#mask] = SlotState.lost;
        this.#asks[gap & this.#mask] = 0;
      }
    }
    this.next = number;
    this.end = number;
  }

  #miss(number: number, nowUs: Micros): void {
    const at = number & this.#mask;
    this.#state[at] = SlotState.missing;
    this.#sinceUs[at] = nowUs;
    this.#asks[at] = 0;
    this.missing++;
  }
}
