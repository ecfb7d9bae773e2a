// A hash table keyed by a socket and an address, all numbers: open addressing, no objects and no text per look-up. The hash is
// seeded, so that nobody can choose addresses that collide.

const KEY_WORDS = 6;
const MIN_SLOTS = 64;

/** Values by (socket, family, port, IP). IP words may be given signed or unsigned. */
export class AddressTable<T> {
  readonly #seed: number;
  #keys = new Int32Array(MIN_SLOTS * KEY_WORDS);
  #values: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS).fill(undefined);
  #mask = MIN_SLOTS - 1;
  #size = 0;

  /** `seed`: 32 random bits. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get size(): number {
    return this.#size;
  }

  /** All values, in no order. */
  *values(): Generator<T> {
    for (const value of this.#values) {
      if (value !== undefined) {
        yield value;
      }
    }
  }

  get(socket: number, family: number, port: number, ip0: number, ip1: number, ip2: number, ip3: number): T | undefined {
    return this.#values[this.#find(socket | 0, (family << 16) | port, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0)];
  }

  /** Sets or replaces. */
  set(
    socket: number,
    family: number,
    port: number,
    ip0: number,
    ip1: number,
    ip2: number,
    ip3: number,
    value: T & object,
  ): void {
    if (2 * (this.#size + 1) > this.#mask + 1) {
      this.#resize(2 * (this.#mask + 1));
    }
    const slot = this.#find(socket | 0, (family << 16) | port, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    if (this.#values[slot] === undefined) {
      this.#size++;
      this.#keys.set([socket, (family << 16) | port, ip0, ip1, ip2, ip3], slot * KEY_WORDS);
    }
    this.#values[slot] = value;
  }

  /** Takes a value out; quiet when it is not there. */
  delete(socket: number, family: number, port: number, ip0: number, ip1: number, ip2: number, ip3: number): void {
    let hole = this.#find(socket | 0, (family << 16) | port, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    if (this.#values[hole] === undefined) {
      return;
    }
    this.#size--;
    this.#values[hole] = undefined;
    // Those behind the hole that would no longer be found move into it.
    for (let at = (hole + 1) & this.#mask; this.#values[at] !== undefined; at = (at + 1) & this.#mask) {
      const home = this.#home(at);
      if (((at - home) & this.#mask) >= ((at - hole) & this.#mask)) {
        this.#keys.copyWithin(hole * KEY_WORDS, at * KEY_WORDS, (at + 1) * KEY_WORDS);
        this.#values[hole] = this.#values[at];
        this.#values[at] = undefined;
        hole = at;
      }
    }
    if (this.#mask >= MIN_SLOTS && 8 * this.#size < this.#mask) {
      this.#resize((this.#mask + 1) >> 1);
    }
  }

  /** The slot of a key, or the empty slot where it would go. */
  #find(socket: number, familyPort: number, ip0: number, ip1: number, ip2: number, ip3: number): number {
    const keys = this.#keys;
    let slot = this.#hash(socket, familyPort, ip0, ip1, ip2, ip3) & this.#mask;
    while (this.#values[slot] !== undefined) {
      const at = slot * KEY_WORDS;
      const isSame =
        keys[at + 2] === ip0 &&
        keys[at + 1] === familyPort &&
        keys[at] === socket &&
        keys[at + 3] === ip1 &&
        keys[at + 4] === ip2 &&
        keys[at + 5] === ip3;
      if (isSame) {
        return slot;
      }
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #home(slot: number): number {
    const at = slot * KEY_WORDS;
    const keys = this.#keys;
    const hash = this.#hash(keys[at], keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4], keys[at + 5]);
    return hash & this.#mask;
  }

  #hash(socket: number, familyPort: number, ip0: number, ip1: number, ip2: number, ip3: number): number {
    let hash = mix(this.#seed ^ socket, familyPort);
    hash = mix(mix(hash, ip0), ip1);
    hash = mix(mix(hash, ip2), ip3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #resize(slots: number): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Int32Array(slots * KEY_WORDS);
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#mask = slots - 1;
    for (let old = 0; old < values.length; old++) {
      if (values[old] !== undefined) {
        const at = old * KEY_WORDS;
        const slot = this.#find(keys[at], keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4], keys[at + 5]);
        this.#keys.set(keys.subarray(at, at + KEY_WORDS), slot * KEY_WORDS);
        this.#values[slot] = values[old];
      }
    }
  }
}

/** One round of murmur3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
