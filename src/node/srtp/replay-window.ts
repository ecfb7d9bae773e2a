// Which packets of one protected stream came already (RFC 3711 3.3.2), and where a sequence number of 16 bits stands (3.3.1).
import { sequenceDistance } from "../../core/rtp/sequence.js";

/** Packets that may come late: more than any jitter buffer waits for. */
const WINDOW = 1024;

/** The indices of one stream. */
export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint32Array(WINDOW / 32);

  /** The index that a sequence number most likely has: the nearest to the highest so far; below 0 there is none. */
  indexOf(sequenceNumber: number): number {
    return this.#highest < 0
      ? sequenceNumber
      : this.#highest + sequenceDistance(this.#highest & 0xffff, sequenceNumber);
  }

  /** Whether a packet with this index has not come yet. Too old counts as come. */
  isNew(index: number): boolean {
    if (index > this.#highest) {
      return true;
    }
    return this.#highest - index < WINDOW && (this.#seen[(index % WINDOW) >> 5] & (1 << (index & 31))) === 0;
  }

  /** An authentic packet with this index came. */
  note(index: number): void {
    if (index - this.#highest >= WINDOW) {
      this.#seen.fill(0);
    } else {
      for (let skipped = this.#highest + 1; skipped < index; skipped++) {
        this.#seen[(skipped % WINDOW) >> 5] &= ~(1 << (skipped & 31));
      }
    }
    this.#seen[(index % WINDOW) >> 5] |= 1 << (index & 31);
    this.#highest = Math.max(this.#highest, index);
  }
}
