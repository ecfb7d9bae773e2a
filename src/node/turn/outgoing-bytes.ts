// Where datagrams lie while Node sends them. Slots of the arena are used again as soon as a send returns, so what is handed to Node is a
// copy: were it a slot, a packet that has to wait would carry somebody else's bytes when it leaves.

/** Copies that are there at once; each is good until as many more were made. */
const PLACES = 64;

/** Places that are written round and round, and replaced when what lies there waits. */
export class OutgoingBytes {
  readonly #memory: Uint8Array;
  readonly #placeBytes: number;
  readonly #places: Uint8Array[];
  /** What was handed out last of each place: packets of one flow are often of one length. */
  readonly #views: Uint8Array[];
  #next = 0;

  /** `memory`: where packets are copied from. `placeBytes`: the longest. */
  constructor(memory: Uint8Array, placeBytes: number) {
    this.#memory = memory;
    this.#placeBytes = placeBytes;
    this.#places = Array.from({ length: PLACES }, () => Buffer.allocUnsafeSlow(placeBytes));
    this.#views = this.#places.map((place) => place.subarray());
  }

  /** A copy of a packet. */
  copy(address: number, lengthBytes: number): Uint8Array {
    const i = this.#next;
    this.#next = (i + 1) % PLACES;
    if (this.#views[i].length !== lengthBytes) {
      this.#views[i] = this.#places[i].subarray(0, lengthBytes);
    }
    this.#views[i].set(this.#memory.subarray(address, address + lengthBytes));
    return this.#views[i];
  }

  /** What `copy` gave last waits: its place is its own from now on. */
  keepLast(): void {
    const i = (this.#next + PLACES - 1) % PLACES;
    this.#places[i] = Buffer.allocUnsafeSlow(this.#placeBytes);
    this.#views[i] = this.#places[i].subarray();
  }
}
