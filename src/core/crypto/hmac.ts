// HMAC (RFC 2104) with the key's two pads hashed once, so that a signature costs its message and one block more.
import { type BlockHash, digest, HASH_BLOCK_BYTES, HashStream } from "./block-hash.js";

/** One stream for each hash serves all keys: a signature begins and ends within one call. */
const streams = new Map<BlockHash, HashStream>();
const NOTHING = new Uint8Array();
const innerDigest = new Uint8Array(32);

/** A key for HMAC over one hash. Keeps hashed pads, not the key itself, and nothing else: servers hold thousands. */
export class HmacKey {
  readonly hash: BlockHash;
  /** The hash's state after the inner pad, then its state after the outer: twice `digestBytes / 4` words. */
  readonly pads: Uint32Array;

  /** Any length of key, an empty one included: whether that is wise is the caller's to know. */
  constructor(hash: BlockHash, key: Uint8Array) {
    this.hash = hash;
    const block = new Uint8Array(HASH_BLOCK_BYTES);
    block.set(key.length > HASH_BLOCK_BYTES ? digest(hash, key) : key);
    this.pads = Uint32Array.of(...padState(hash, block, 0x36), ...padState(hash, block, 0x5c));
  }

  /** The signature of `bytes`. */
  sign(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.hash.digestBytes);
    this.signParts(NOTHING, bytes, 0, bytes.length, out);
    return out;
  }

  /** Writes the signature of `head` and then `bytes` from `from` up to `to` to `out`. Allocates nothing that lasts. */
  signParts(head: Uint8Array, bytes: Uint8Array, from: number, to: number, out: Uint8Array): void {
    const stream = streamOf(this.hash);
    const words = this.pads.length / 2;
    stream.restart(this.pads.subarray(0, words), HASH_BLOCK_BYTES);
    stream.update(head);
    stream.update(bytes, from, to);
    stream.finish(innerDigest);
    stream.restart(this.pads.subarray(words), HASH_BLOCK_BYTES);
    stream.update(innerDigest, 0, this.hash.digestBytes);
    stream.finish(out);
  }
}

function padState(hash: BlockHash, keyBlock: Uint8Array, pad: number): Uint32Array {
  const stream = streamOf(hash);
  stream.restart();
  stream.update(keyBlock.map((byte) => byte ^ pad));
  return stream.midState();
}

function streamOf(hash: BlockHash): HashStream {
  let stream = streams.get(hash);
  if (stream === undefined) {
    stream = new HashStream(hash);
    streams.set(hash, stream);
  }
  return stream;
}
