// Where datagrams lie while Node sends them. Slots of the arena are used again as soon as a send returns, so what is handed to Node is a
// copy: were it a slot, a packet that has to wait would carry somebody else's bytes when it leaves.
import type { Arena } from "../../core/kernel/arena.js";

/** The longest packet: frames of streams are longer than what comes in by UDP. */
const PLACE_BYTES = 4096;
/** Nearly always Node is done with a packet when its send returns, and one place does for all; these many may wait. */
const PLACES = 16;

/** Places in the arena. */
export class OutgoingBytes {
  readonly #memory: Uint8Array;
  readonly #free: number[] = [];
  /** What was handed out last: packets of one flow are often of one length. */
  #view: Uint8Array;

  /** Throws `kernel/arena-full`. */
  constructor(arena: Arena) {
    this.#memory = arena.memory.bytes;
    const { address } = arena.reserve("turn outgoing datagrams", PLACES * PLACE_BYTES, 64);
    for (let place = 0; place < PLACES; place++) {
      this.#free.push(address + place * PLACE_BYTES);
    }
    this.#view = this.#memory.subarray(0, 0);
  }

  /** Whether there is room. */
  get isFull(): boolean {
    return this.#free.length === 0;
  }

  /** A copy of a packet of at most 4096 bytes of the arena, good until the next one unless `keep` is called. */
  copy(address: number, lengthBytes: number): Uint8Array {
    const place = this.#free[this.#free.length - 1];
    if (this.#view.byteOffset !== place || this.#view.length !== lengthBytes) {
      this.#view = this.#memory.subarray(place, place + lengthBytes);
    }
    this.#memory.copyWithin(place, address, address + lengthBytes);
    return this.#view;
  }

  /** The last copy waits: its place is its own until `release` with what this answers. */
  keep(): number {
    return this.#free.pop() as number;
  }

  release(place: number): void {
    this.#free.push(place);
  }
}
