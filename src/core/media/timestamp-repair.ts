// Carries a stream over jumps of its timestamps: joined or wrapped recordings go on where they were.
import type { MediaMicros, Micros } from "../time/units.js";

/** A step back by more than this is a jump; less is disorder, which the caller sorts out. */
const JUMP_BACK_US: Micros = 1_000_000;
/** A step ahead by more than this is a jump, in containers that may jump; elsewhere it is a long still picture. */
const JUMP_AHEAD_US: Micros = 10_000_000;

/** The offset of one stream of one pass. */
export class TimestampRepair {
  readonly #mayJumpAhead: boolean;
  #offsetUs = 0;
  #jumps = 0;

  constructor({ mayJumpAhead }: { readonly mayJumpAhead: boolean }) {
    this.#mayJumpAhead = mayJumpAhead;
  }

  /** Jumps that were carried over. */
  get jumps(): number {
    return this.#jumps;
  }

  /** `timeUs` on an even timeline. `expectedUs`: where the stream would go on; undefined at the start of a pass. */
  repair(timeUs: MediaMicros, expectedUs: MediaMicros | undefined): MediaMicros {
    if (expectedUs === undefined) {
      this.#offsetUs = 0;
      return timeUs;
    }
    const stepUs = timeUs + this.#offsetUs - expectedUs;
    if (stepUs < -JUMP_BACK_US || (this.#mayJumpAhead && stepUs > JUMP_AHEAD_US)) {
      this.#offsetUs -= stepUs;
      this.#jumps++;
    }
    return timeUs + this.#offsetUs;
  }
}
