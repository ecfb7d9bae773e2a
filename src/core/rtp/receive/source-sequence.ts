// One source's sequence numbers counted on past their wrap, strays kept out (RFC 3550 A.1).
import { sequenceDistance } from "../sequence.js";

/** Steps ahead up to this one are loss; larger ones are a stray, or a sender that began anew. */
const MAX_DROPOUT = 3000;

/** What `SourceSequence.take` answers for a number that is not to be used. */
export const SEQUENCE_REFUSED = -1;

/** Counts numbers up from the first, over restarts as well: what it answers only grows from stream to stream. */
export class SourceSequence {
  /** Whether the packet that `take` answered last began a new sequence. */
  isRestart = false;
  readonly #reach: number;
  #highest = -1;
  /** The number that would confirm a jump; -1 for none. */
  #confirms = -1;

  /** Steps back up to `reach` are late packets and copies. */
  constructor(reach: number) {
    this.#reach = reach;
  }

  /** The highest unwrapped number, or -1 before the first packet. */
  get highest(): number {
    return this.#highest;
  }

  /** Where a number lies beside the highest, without taking it: for packets that are repeated on another source. */
  locate(sequenceNumber: number): number {
    return this.#highest < 0 ? SEQUENCE_REFUSED : this.#beside(sequenceNumber);
  }

  /** The unwrapped number, 0 or more, or `SEQUENCE_REFUSED`. A jump counts when the packet behind it goes on from there. */
  take(sequenceNumber: number): number {
    this.isRestart = false;
    if (this.#highest < 0) {
      // One turn of the circle ahead, so that what comes late has a number as well.
      this.#highest = 65_536 + sequenceNumber;
      return this.#highest;
    }
    const number = this.#beside(sequenceNumber);
    const step = number - this.#highest;
    if (step > 0 && step <= MAX_DROPOUT) {
      this.#highest = number;
      this.#confirms = -1;
      return number;
    }
    if (step <= 0 && step > -this.#reach) {
      return number;
    }
    if (sequenceNumber !== this.#confirms) {
      this.#confirms = (sequenceNumber + 1) & 0xffff;
      return SEQUENCE_REFUSED;
    }
    return this.restart(sequenceNumber);
  }

  /** Begins a new sequence with this number. */
  restart(sequenceNumber: number): number {
    const ahead = this.#highest + 65_536;
    this.#highest = ahead + ((sequenceNumber - ahead) & 0xffff);
    this.#confirms = -1;
    this.isRestart = true;
    return this.#highest;
  }

  #beside(sequenceNumber: number): number {
    return this.#highest + sequenceDistance(this.#highest & 0xffff, sequenceNumber);
  }
}
