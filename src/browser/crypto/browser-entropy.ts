// Randomness from Web Crypto.
import type { Entropy } from "../../core/crypto/entropy.js";

/** Web Crypto fills at most this many bytes a call. */
const MAX_FILL_BYTES = 65_536;

/** Cryptographically strong bytes; `bytes` may be of any length and a view of shared memory. */
export class BrowserEntropy implements Entropy {
  fill(bytes: Uint8Array): void {
    // Through a copy: Web Crypto refuses views of shared memory.
    const piece = new Uint8Array(Math.min(bytes.length, MAX_FILL_BYTES));
    for (let at = 0; at < bytes.length; at += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, bytes.length - at));
      bytes.set(crypto.getRandomValues(part), at);
    }
  }
}
