// The ports that relay sockets may have: drawn at random, so that nobody can guess the next (RFC 8656 7.2), never twice at once.
import { type Entropy, randomU32 } from "../../crypto/entropy.js";
import { FloeError } from "../../error/floe-error.js";

/** First and last port. */
export type PortRange = { readonly min: number; readonly max: number };

/** What kind of port is wanted. */
export type PortWish = {
  /** An even one. */
  readonly even?: boolean;
  /** An even one whose next is free too; both are taken. */
  readonly pair?: boolean;
};

/** The ports of one transport and one address family. */
export class PortPool {
  readonly #min: number;
  readonly #taken: Uint8Array;
  readonly #entropy: Entropy;
  #free: number;

  /** Throws `turn/port-range` for a range that is none. */
  constructor({ min, max }: PortRange, entropy: Entropy) {
    if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max <= 65_535 && min <= max)) {
      throw new FloeError("turn/port-range", `relay ports cannot go from ${min} to ${max}`, {
        fix: "Give the first and the last port, 1 to 65535.",
      });
    }
    this.#min = min;
    this.#free = max - min + 1;
    this.#taken = new Uint8Array(this.#free);
    this.#entropy = entropy;
  }

  get free(): number {
    return this.#free;
  }

  /** A free port, taken from now on; undefined when there is none of that kind. */
  take({ even = false, pair = false }: PortWish = {}): number | undefined {
    const count = this.#taken.length;
    const start = randomU32(this.#entropy) % count;
    for (let tried = 0; tried < count; tried++) {
      const at = (start + tried) % count;
      const port = this.#min + at;
      if (this.#taken[at] === 1 || ((even || pair) && port % 2 !== 0) || (pair && !this.#isFree(at + 1))) {
        continue;
      }
      this.#set(at, 1);
      if (pair) {
        this.#set(at + 1, 1);
      }
      return port;
    }
    return undefined;
  }

  /** Gives a port back; quiet when it was not taken. */
  release(port: number): void {
    const at = port - this.#min;
    if (this.#taken[at] === 1) {
      this.#set(at, 0);
    }
  }

  #isFree(at: number): boolean {
    return at < this.#taken.length && this.#taken[at] === 0;
  }

  #set(at: number, taken: 0 | 1): void {
    this.#taken[at] = taken;
    this.#free += taken === 1 ? -1 : 1;
  }
}
