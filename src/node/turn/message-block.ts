// A block of `struct mmsghdr` in the arena with `struct iovec`, `struct sockaddr` and `struct cmsghdr` for each, as Linux lays them out
// with 64-bit pointers (x64, arm64). Made once, filled for every batch.
import type { Arena } from "../../core/kernel/arena.js";

/** sizeof(struct mmsghdr). */
export const MESSAGE_BYTES = 64;
const PART_BYTES = 16;
/** Room for a sockaddr_in6, in whole words. */
const NAME_BYTES = 32;
/** sizeof(struct sockaddr_in). */
export const NAME4_BYTES = 16;
/** sizeof(struct sockaddr_in6). */
export const NAME6_BYTES = 28;
export const AF_INET = 2;
export const AF_INET6 = 10;
const MSG_TRUNC = 0x20;
/** A cmsghdr with two bytes of data, in whole words of the machine. */
const CONTROL_BYTES = 24;
const CONTROL_USED_BYTES = 18;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/** Words of a struct mmsghdr. */
const Word = { nameBytes: 2, part: 4, partCount: 6, control: 8, controlBytes: 10, flags: 12, lengthBytes: 14 } as const;

/** One block. Indexes are not checked. */
export class MessageBlock {
  /** Where message 0 is, in this process. */
  readonly address: number;
  /** Where the address of message 0 is, in this process. */
  readonly nameAddress: number;
  readonly #words: Int32Array;
  /** Where the arena is, in two halves. */
  readonly #baseLow: number;
  readonly #baseHigh: number;
  /** Indexes of words in the arena. */
  readonly #messages: number;
  readonly #parts: number;
  readonly #names: number;
  readonly #controls: number;
  readonly #partsAddress: number;

  /** `base`: where the arena's memory begins. Throws `kernel/arena-full`. */
  constructor(
    arena: Arena,
    { name, count, base }: { readonly name: string; readonly count: number; readonly base: number },
  ) {
    const messages = arena.reserve(`${name} messages`, count * MESSAGE_BYTES, 64);
    const parts = arena.reserve(`${name} parts`, count * PART_BYTES, 64);
    const names = arena.reserve(`${name} names`, count * NAME_BYTES, 64);
    const controls = arena.reserve(`${name} controls`, count * CONTROL_BYTES, 64);
    this.address = base + messages.address;
    this.nameAddress = base + names.address;
    this.#words = new Int32Array(arena.memory.bytes.buffer);
    this.#baseLow = base % 2 ** 32;
    this.#baseHigh = Math.floor(base / 2 ** 32);
    this.#messages = messages.address >> 2;
    this.#parts = parts.address >> 2;
    this.#names = names.address >> 2;
    this.#controls = controls.address >> 2;
    this.#partsAddress = parts.address;
    for (let i = 0; i < count; i++) {
      const at = this.#messages + i * (MESSAGE_BYTES >> 2);
      this.#setPointer(at, names.address + i * NAME_BYTES);
      this.#words[at + Word.nameBytes] = NAME6_BYTES;
      this.#setPointer(at + Word.part, parts.address + i * PART_BYTES);
      this.#words[at + Word.partCount] = 1;
      this.#setPointer(at + Word.control, controls.address + i * CONTROL_BYTES);
      const control = this.#controls + i * (CONTROL_BYTES >> 2);
      this.#words[control] = CONTROL_USED_BYTES;
      this.#words[control + 2] = SOL_UDP;
      this.#words[control + 3] = UDP_SEGMENT;
    }
  }

  /** Message `i` is parts `first` and on; more than one are datagrams of `segmentBytes` each, of which the last may be shorter. */
  setParts(i: number, first: number, count: number, segmentBytes: number): void {
    const at = this.#messages + i * (MESSAGE_BYTES >> 2);
    this.#setPointer(at + Word.part, this.#partsAddress + first * PART_BYTES);
    this.#words[at + Word.partCount] = count;
    this.#words[at + Word.controlBytes] = count > 1 ? CONTROL_BYTES : 0;
    this.#words[this.#controls + i * (CONTROL_BYTES >> 2) + 4] = segmentBytes;
  }

  /** Part `i`, of message `i` unless `setParts` said otherwise, is these bytes of the arena, or room for as many. */
  setPart(i: number, address: number, lengthBytes: number): void {
    const at = this.#parts + i * (PART_BYTES >> 2);
    this.#setPointer(at, address);
    this.#words[at + 2] = lengthBytes;
  }

  /** Bytes of part `i`. */
  partBytes(i: number): number {
    return this.#words[this.#parts + i * (PART_BYTES >> 2) + 2];
  }

  /** Message `i` goes to this address. */
  setName(i: number, family: number, port: number, ip0: number, ip1: number, ip2: number, ip3: number): void {
    const words = this.#words;
    const at = this.#names + i * (NAME_BYTES >> 2);
    const swappedPort = ((port & 0xff) << 8) | (port >>> 8);
    if (family === 4) {
      words[at] = AF_INET | (swappedPort << 16);
      words[at + 1] = swap(ip0);
    } else {
      words[at] = AF_INET6 | (swappedPort << 16);
      words[at + 1] = 0;
      words[at + 2] = swap(ip0);
      words[at + 3] = swap(ip1);
      words[at + 4] = swap(ip2);
      words[at + 5] = swap(ip3);
      words[at + 6] = 0;
    }
    words[this.#messages + i * (MESSAGE_BYTES >> 2) + Word.nameBytes] = family === 4 ? NAME4_BYTES : NAME6_BYTES;
  }

  /** The address of message `i` may be of any family again. */
  resetName(i: number): void {
    this.#words[this.#messages + i * (MESSAGE_BYTES >> 2) + Word.nameBytes] = NAME6_BYTES;
  }

  /** Bytes of message `i` as received. */
  lengthBytes(i: number): number {
    return this.#words[this.#messages + i * (MESSAGE_BYTES >> 2) + Word.lengthBytes];
  }

  /** Whether message `i` was longer than its part. */
  isCut(i: number): boolean {
    return (this.#words[this.#messages + i * (MESSAGE_BYTES >> 2) + Word.flags] & MSG_TRUNC) !== 0;
  }

  /** The port of message `i`. */
  port(i: number): number {
    const word = this.#words[this.#names + i * (NAME_BYTES >> 2)] >>> 16;
    return ((word & 0xff) << 8) | (word >>> 8);
  }

  /** Word `n` of the IPv4 address of message `i`, or of the IPv6 address. */
  ip(i: number, n: number, family: number): number {
    return swap(this.#words[this.#names + i * (NAME_BYTES >> 2) + (family === 4 ? 1 : 2 + n)]);
  }

  #setPointer(at: number, address: number): void {
    const low = this.#baseLow + address;
    this.#words[at] = low;
    this.#words[at + 1] = low < 2 ** 32 ? this.#baseHigh : this.#baseHigh + 1;
  }
}

/** Network order to the machine's, and back. */
function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
