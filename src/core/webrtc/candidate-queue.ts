// Candidates that come before their time: kept in order up to a bound, then dropped and counted.
import type { IceCandidate } from "./ice-candidate.js";

/** Passes candidates on once it is open, keeps them until then. */
export class CandidateQueue {
  readonly #pass: (candidate: IceCandidate) => void;
  readonly #capacity: number;
  readonly #waiting: IceCandidate[] = [];
  #isOpen = false;
  #dropped = 0;

  constructor(pass: (candidate: IceCandidate) => void, { capacity = 64 }: { readonly capacity?: number } = {}) {
    this.#pass = pass;
    this.#capacity = capacity;
  }

  /** How many did not fit since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  push(candidate: IceCandidate): void {
    if (this.#isOpen) {
      this.#pass(candidate);
    } else if (this.#waiting.length < this.#capacity) {
      this.#waiting.push(candidate);
    } else {
      this.#dropped++;
    }
  }

  /** Passes on what waits, in order, and from now on everything at once. */
  open(): void {
    this.#isOpen = true;
    for (const candidate of this.#waiting.splice(0)) {
      this.#pass(candidate);
    }
  }

  /** Forgets what waits and keeps again. */
  reset(): void {
    this.#isOpen = false;
    this.#waiting.length = 0;
  }
}
