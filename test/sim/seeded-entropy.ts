// Entropy that a test can repeat.
import type { Entropy } from "../../src/core/crypto/entropy.js";
import { SeededRandom } from "./seeded-random.js";

/** Deterministic bytes from a seed. */
export class SeededEntropy implements Entropy {
  readonly #random: SeededRandom;

  constructor(seed = 1) {
    this.#random = new SeededRandom(seed);
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = this.#random.integer(256);
    }
  }
}
