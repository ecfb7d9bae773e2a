// The order of one SSRC's packets (RFC 3550 A.1): how many are missing in front of each, and which come too late, twice or
// out of nowhere.
import { sequenceDistance } from "./sequence.js";

/** Steps ahead up to this one are loss; larger ones are a stray, or a sender that began anew. */
const MAX_DROPOUT = 3000;
/** Steps back up to this one are late packets or copies. */
const MAX_MISORDER = 100;

/** What `SequenceGate.take` answers beside a number of missing packets. */
export const SequenceVerdict = {
  /** Late, a copy, or a stray: not to be used. */
  refused: -1,
  /** The first packet of a new sequence: the sender began anew. */
  restarted: -2,
} as const;

/** Lets packets through whose numbers grow. */
export class SequenceGate {
  #last: number | undefined;
  /** The number that would confirm a jump. */
  #expectedAfterJump: number | undefined;
  readonly #jumps: "confirmed" | "believed";

  /** `believed`: whoever puts the packets in order has confirmed jumps already, and the first packet behind one counts. */
  constructor(jumps: "confirmed" | "believed" = "confirmed") {
    this.#jumps = jumps;
  }

  /**
   * How many packets are missing between the last one and this one, 0 or more; or a `SequenceVerdict`. A jump counts when the
   * packet behind it goes on from there.
   */
  take(sequenceNumber: number): number {
    const last = this.#last;
    const step = last === undefined ? 1 : sequenceDistance(last, sequenceNumber);
    if (step > 0 && step <= MAX_DROPOUT) {
      this.#last = sequenceNumber;
      this.#expectedAfterJump = undefined;
      return step - 1;
    }
    if (step <= 0 && step >= -MAX_MISORDER) {
      return SequenceVerdict.refused;
    }
    if (sequenceNumber === this.#expectedAfterJump || this.#jumps === "believed") {
      this.#last = sequenceNumber;
      this.#expectedAfterJump = undefined;
      return SequenceVerdict.restarted;
    }
    this.#expectedAfterJump = (sequenceNumber + 1) & 0xffff;
    return SequenceVerdict.refused;
  }

  /** Forgets everything: the next packet is the first. */
  reset(): void {
    this.#last = undefined;
    this.#expectedAfterJump = undefined;
  }
}
