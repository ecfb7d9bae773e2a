// A cursor that writes big-endian numbers (network order) into a caller's buffer.
import { FloeError } from "../error/floe-error.js";

/**
 * Writes forward into the caller's bytes; numbers are cut to their width. Every write throws `FloeError("bytes/full")`
 * past the end and then writes nothing: who writes knows the size first.
 */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Keeps `bytes` and writes into them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#at;
  }

  /** Room left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of what was written: the caller's own bytes. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  u8(value: number): void {
    this.#bytes[this.#take(1)] = value;
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  u24(value: number): void {
    const at = this.#take(3);
    this.#bytes[at] = value >>> 16;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value;
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  u64(value: bigint): void {
    this.#need(8);
    this.u32(Number((value >> 32n) & 0xffff_ffffn));
    this.u32(Number(value & 0xffff_ffffn));
  }

  /** Copies `source` in. */
  bytes(source: Uint8Array): void {
    this.#bytes.set(source, this.#take(source.length));
  }

  /** `lengthBytes` zeros. */
  zeros(lengthBytes: number): void {
    const at = this.#take(lengthBytes);
    this.#bytes.fill(0, at, at + lengthBytes);
  }

  #take(lengthBytes: number): number {
    this.#need(lengthBytes);
    const at = this.#at;
    this.#at += lengthBytes;
    return at;
  }

  #need(lengthBytes: number): void {
    if (!(lengthBytes >= 0 && lengthBytes <= this.remaining)) {
      throw new FloeError("bytes/full", `${lengthBytes} bytes to write at ${this.#at}, room for ${this.remaining}`);
    }
  }
}
