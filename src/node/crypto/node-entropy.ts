// Randomness from the operating system, in Node.
import { randomFillSync } from "node:crypto";
import type { Entropy } from "../../core/crypto/entropy.js";

/** Cryptographically strong bytes; `bytes` may be of any length and a view of shared memory. */
export class NodeEntropy implements Entropy {
  fill(bytes: Uint8Array): void {
    randomFillSync(bytes);
  }
}
