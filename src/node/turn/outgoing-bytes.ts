// Where datagrams wait that Node could not send at once. Slots of the arena are used again as soon as a send returns, so what is
// handed to Node is a copy: were it a slot, a packet that waits would carry somebody else's bytes when it leaves.

const SIZE_BYTES = 262_144;

/** A buffer that is written round and round, and replaced when something in it waits. */
export class OutgoingBytes {
  readonly #memory: Uint8Array;
  #bytes = Buffer.allocUnsafeSlow(SIZE_BYTES);
  #at = 0;

  /** `memory`: where packets are copied from. */
  constructor(memory: Uint8Array) {
    this.#memory = memory;
  }

  /** Where the last copy lies. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Copies a packet and tells where in `bytes` it begins. */
  copy(address: number, lengthBytes: number): number {
    if (this.#at + lengthBytes > SIZE_BYTES) {
      this.#at = 0;
    }
    const from = this.#at;
    this.#bytes.set(this.#memory.subarray(address, address + lengthBytes), from);
    this.#at = from + lengthBytes;
    return from;
  }

  /** Something in `bytes` waits: it stays as it is, and further copies go elsewhere. */
  retire(): void {
    this.#bytes = Buffer.allocUnsafeSlow(SIZE_BYTES);
    this.#at = 0;
  }
}
