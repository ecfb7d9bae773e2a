// A hash table keyed by a socket and an address, all numbers: open addressing, no objects and no text per look-up. The hash is
// seeded, so that nobody can choose addresses that collide. It is cut into parts that grow and shrink one by one, so that nobody waits
// while thousands move.

const KEY_WORDS = 6;
const PARTS_BITS = 5;
const MIN_SLOTS = 8;

/** Values by (socket, family, port, IP). IP words may be given signed or unsigned. */
export class AddressTable<T> {
  readonly #seed: number;
  readonly #parts: TablePart<T>[] = Array.from({ length: 1 << PARTS_BITS }, () => new TablePart<T>());

  /** `seed`: 32 random bits. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get size(): number {
    return this.#parts.reduce((sum, part) => sum + part.size, 0);
  }

  /** All values, in no order. */
  *values(): Generator<T> {
    for (const part of this.#parts) {
      for (const value of part.values) {
        if (value !== undefined) {
          yield value;
        }
      }
    }
  }

  get(socket: number, family: number, port: number, ip0: number, ip1: number, ip2: number, ip3: number): T | undefined {
    const familyPort = (family << 16) | port;
    const hash = hashOf(this.#seed, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    const part = this.#parts[hash >>> (32 - PARTS_BITS)];
    return part.values[part.find(hash, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0)];
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
    const familyPort = (family << 16) | port;
    const hash = hashOf(this.#seed, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    const part = this.#parts[hash >>> (32 - PARTS_BITS)];
    if (2 * (part.size + 1) > part.values.length) {
      part.resize(this.#seed, 2 * part.values.length);
    }
    const slot = part.find(hash, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    if (part.values[slot] === undefined) {
      part.size++;
      part.keys.set([socket, familyPort, ip0, ip1, ip2, ip3], slot * KEY_WORDS);
    }
    part.values[slot] = value;
  }

  /** Takes a value out; quiet when it is not there. */
  delete(socket: number, family: number, port: number, ip0: number, ip1: number, ip2: number, ip3: number): void {
    const familyPort = (family << 16) | port;
    const hash = hashOf(this.#seed, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    const part = this.#parts[hash >>> (32 - PARTS_BITS)];
    const slot = part.find(hash, socket | 0, familyPort, ip0 | 0, ip1 | 0, ip2 | 0, ip3 | 0);
    if (part.values[slot] !== undefined) {
      part.remove(this.#seed, slot);
    }
  }
}

/** The keys that begin with the same bits of their hash. */
class TablePart<T> {
  size = 0;
  keys = new Int32Array(MIN_SLOTS * KEY_WORDS);
  /** As many as there are slots, a power of two. */
  values: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS).fill(undefined);

  /** The slot of a key, or the empty slot where it would go. */
  find(hash: number, socket: number, familyPort: number, ip0: number, ip1: number, ip2: number, ip3: number): number {
    const { keys, values } = this;
    const mask = values.length - 1;
    let slot = hash & mask;
    while (values[slot] !== undefined) {
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
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  remove(seed: number, slot: number): void {
    const { keys, values } = this;
    const mask = values.length - 1;
    let hole = slot;
    this.size--;
    values[hole] = undefined;
    // Those behind the hole that would no longer be found move into it.
    for (let at = (hole + 1) & mask; values[at] !== undefined; at = (at + 1) & mask) {
      const home = this.#hashAt(seed, at) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        keys.copyWithin(hole * KEY_WORDS, at * KEY_WORDS, (at + 1) * KEY_WORDS);
        values[hole] = values[at];
        values[at] = undefined;
        hole = at;
      }
    }
    if (values.length > MIN_SLOTS && 8 * this.size < values.length) {
      this.resize(seed, values.length >> 1);
    }
  }

  resize(seed: number, slots: number): void {
    const { keys, values } = this;
    const hashes = values.map((value, slot) => (value === undefined ? 0 : this.#hashAt(seed, slot)));
    this.keys = new Int32Array(slots * KEY_WORDS);
    this.values = new Array<T | undefined>(slots).fill(undefined);
    for (let old = 0; old < values.length; old++) {
      if (values[old] !== undefined) {
        const at = old * KEY_WORDS;
        const slot = this.find(
          hashes[old],
          keys[at],
          keys[at + 1],
          keys[at + 2],
          keys[at + 3],
          keys[at + 4],
          keys[at + 5],
        );
        this.keys.set(keys.subarray(at, at + KEY_WORDS), slot * KEY_WORDS);
        this.values[slot] = values[old];
      }
    }
  }

  #hashAt(seed: number, slot: number): number {
    const at = slot * KEY_WORDS;
    const { keys } = this;
    return hashOf(seed, keys[at], keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4], keys[at + 5]);
  }
}

function hashOf(
  seed: number,
  socket: number,
  familyPort: number,
  ip0: number,
  ip1: number,
  ip2: number,
  ip3: number,
): number {
  let hash = mix(seed ^ socket, familyPort);
  hash = mix(mix(hash, ip0), ip1);
  hash = mix(mix(hash, ip2), ip3);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** One round of murmur3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
