// HMAC (RFC 2104) with the key's two pads hashed once, so that a signature costs its message and one block more.
import { type BlockHash, digest, HASH_BLOCK_BYTES, HashStream } from "./block-hash.js";

/** A key for HMAC over one hash. Keeps hashed pads, not the key itself. */
export class HmacKey {
  readonly hash: BlockHash;
  /** The hash's state after the inner pad: words of `digestBytes / 4`. */
  readonly inner: Uint32Array;
  /** The hash's state after the outer pad. */
  readonly outer: Uint32Array;
  readonly #stream: HashStream;
  readonly #innerDigest: Uint8Array;

  /** Any length of key, an empty one included: whether that is wise is the caller's to know. */
  constructor(hash: BlockHash, key: Uint8Array) {
    this.hash = hash;
    this.#stream = new HashStream(hash);
    this.#innerDigest = new Uint8Array(hash.digestBytes);
    const block = new Uint8Array(HASH_BLOCK_BYTES);
    block.set(key.length > HASH_BLOCK_BYTES ? digest(hash, key) : key);
    this.inner = this.#padState(block, 0x36);
    this.outer = this.#padState(block, 0x5c);
  }

  /** Starts a signature. */
  begin(): void {
    this.#stream.restart(this.inner, HASH_BLOCK_BYTES);
  }

  /** Takes `bytes` from `from` up to `to` into the signature that was begun. */
  update(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.#stream.update(bytes, from, to);
  }

  /** Ends the signature and writes `hash.digestBytes` bytes at `out[at]`. */
  finish(out: Uint8Array, at = 0): void {
    this.#stream.finish(this.#innerDigest);
    this.#stream.restart(this.outer, HASH_BLOCK_BYTES);
    this.#stream.update(this.#innerDigest);
    this.#stream.finish(out, at);
  }

  /** The signature of `bytes`. */
  sign(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.hash.digestBytes);
    this.begin();
    this.update(bytes);
    this.finish(out);
    return out;
  }

  #padState(keyBlock: Uint8Array, pad: number): Uint32Array {
    this.#stream.restart();
    this.#stream.update(keyBlock.map((byte) => byte ^ pad));
    return this.#stream.midState();
  }
}
