// Merkle-Damgard hashes over 64-byte blocks, synchronous: what SHA-1, SHA-256 and MD5 have in common. Web Crypto answers
// later and cannot be used between a datagram and its reply.

/** Bytes in one block of every hash here. */
export const HASH_BLOCK_BYTES = 64;

/** One hash: its start, its compression function, its byte order. */
export interface BlockHash {
  readonly name: "md5" | "sha-1" | "sha-256";
  /** Bytes of a digest. */
  readonly digestBytes: number;
  /** The state before the first block. */
  readonly initial: readonly number[];
  readonly isLittleEndian: boolean;
  /** Mixes the 64 bytes at `at` into `state`. */
  compress(state: Uint32Array, bytes: Uint8Array, at: number): void;
}

/** The 16 words of the block at `at`, most significant byte first, into `words`. */
export function readBlockWords(words: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + 4 * i;
    words[i] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
  }
}

/** A hash in progress. Reusable: {@link HashStream.restart} forgets what came before. Allocates only when constructed. */
export class HashStream {
  readonly hash: BlockHash;
  readonly #state: Uint32Array;
  readonly #block = new Uint8Array(HASH_BLOCK_BYTES);
  #buffered = 0;
  #totalBytes = 0;

  constructor(hash: BlockHash) {
    this.hash = hash;
    this.#state = new Uint32Array(hash.digestBytes / 4);
    this.restart();
  }

  /** Begins anew, from a state that has taken `takenBytes` (whole blocks) already; by default from nothing. */
  restart(state: ArrayLike<number> = this.hash.initial, takenBytes = 0): void {
    this.#state.set(state);
    this.#buffered = 0;
    this.#totalBytes = takenBytes;
  }

  /** Takes `bytes` from `from` up to `to`. Copies nothing but the last partial block. */
  update(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    let at = from;
    this.#totalBytes += to - from;
    if (this.#buffered > 0) {
      while (at < to && this.#buffered < HASH_BLOCK_BYTES) {
        this.#block[this.#buffered++] = bytes[at++];
      }
      if (this.#buffered < HASH_BLOCK_BYTES) {
        return;
      }
      this.hash.compress(this.#state, this.#block, 0);
      this.#buffered = 0;
    }
    for (; to - at >= HASH_BLOCK_BYTES; at += HASH_BLOCK_BYTES) {
      this.hash.compress(this.#state, bytes, at);
    }
    while (at < to) {
      this.#block[this.#buffered++] = bytes[at++];
    }
  }

  /** Ends the hash and writes its digest at `out[at]`. Restart before the next use. */
  finish(out: Uint8Array, at = 0): void {
    const bits = this.#totalBytes * 8;
    this.#block[this.#buffered++] = 0x80;
    if (this.#buffered > HASH_BLOCK_BYTES - 8) {
      this.#block.fill(0, this.#buffered);
      this.hash.compress(this.#state, this.#block, 0);
      this.#buffered = 0;
    }
    this.#block.fill(0, this.#buffered);
    const { isLittleEndian, digestBytes } = this.hash;
    this.#word(this.#block, isLittleEndian ? 56 : 60, bits >>> 0);
    this.#word(this.#block, isLittleEndian ? 60 : 56, Math.floor(bits / 4_294_967_296));
    this.hash.compress(this.#state, this.#block, 0);
    for (let word = 0; word < digestBytes / 4; word++) {
      this.#word(out, at + 4 * word, this.#state[word]);
    }
  }

  /** The state after whole blocks only, for a later {@link HashStream.restart}. */
  midState(): Uint32Array {
    return this.#state.slice();
  }

  #word(out: Uint8Array, at: number, value: number): void {
    const little = this.hash.isLittleEndian;
    for (let i = 0; i < 4; i++) {
      out[at + i] = value >>> (little ? 8 * i : 24 - 8 * i);
    }
  }
}

/** The digest of `bytes`. */
export function digest(hash: BlockHash, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const stream = new HashStream(hash);
  stream.update(bytes);
  const out = new Uint8Array(hash.digestBytes);
  stream.finish(out);
  return out;
}
