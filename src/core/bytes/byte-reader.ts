// A cursor that reads big-endian numbers (network order) from bytes.
import { WireError } from "../error/floe-error.js";

/** Reads forward over the caller's bytes. Every read throws `WireError("bytes/short")` past the end and then moves nothing. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Keeps `bytes`, copies nothing. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  u16(): number {
    const at = this.#take(2);
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#bytes[at] << 16) | (this.#bytes[at + 1] << 8) | this.#bytes[at + 2];
  }

  u32(): number {
    const at = this.#take(4);
    const high = (this.#bytes[at] << 8) | this.#bytes[at + 1];
    return high * 65_536 + ((this.#bytes[at + 2] << 8) | this.#bytes[at + 3]);
  }

  /** 64 bits, exact. */
  u64(): bigint {
    this.#need(8);
    const high = BigInt(this.u32());
    return (high << 32n) | BigInt(this.u32());
  }

  /** A view of the next `lengthBytes`: valid while the caller's bytes are. */
  bytes(lengthBytes: number): Uint8Array {
    const at = this.#take(lengthBytes);
    return this.#bytes.subarray(at, at + lengthBytes);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(lengthBytes: number): void {
    this.#take(lengthBytes);
  }

  #take(lengthBytes: number): number {
    this.#need(lengthBytes);
    const at = this.#at;
    this.#at += lengthBytes;
    return at;
  }

  #need(lengthBytes: number): void {
    if (!(lengthBytes >= 0 && lengthBytes <= this.remaining)) {
      throw new WireError("bytes/short", `${lengthBytes} bytes wanted at ${this.#at}, ${this.remaining} left`);
    }
  }
}
