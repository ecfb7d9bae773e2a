// A batch of relayed packets in the arena: slots with headroom, one record each. Sockets fill it and send from it, the server
// decides in between, kernel turn-frame reads and writes the headers. Nothing here allocates per packet.
import { type Entropy, randomU32 } from "../crypto/entropy.js";
import { FloeError } from "../error/floe-error.js";
import { bindKernel, type KernelSide } from "../kernel/bind-kernel.js";
import type { KernelCounter } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import { ipv4, type TransportAddress } from "../net/transport-address.js";
import { RELAY_RECORD_BYTES, RELAY_RECORD_WORDS, RelayKind, RelayWord } from "./relay-record.js";
import { TURN_FRAME, type TurnFrameCalls } from "./turn-frame-twin.js";

/** Room in front of a received packet for the headers of a Data indication. */
export const BATCH_HEADROOM_BYTES = 64;
/** Room behind it for padding. */
const TAILROOM_BYTES = 4;

/** What a batch is made of. */
export type RelayBatchOptions = KernelSide & {
  /** Names its regions in the arena's map. */
  readonly name: string;
  /** Draws where the transaction identifiers of Data indications begin. */
  readonly entropy: Entropy;
  /** Packets at once, 1 to 1024. */
  readonly capacity?: number;
  /** Bytes of a slot, a multiple of 64; the longest packet is 68 bytes less. */
  readonly slotBytes?: number;
};

/** Packets on their way. A record holds until it is set again; `count` of them are in use. */
export class RelayBatch {
  readonly capacity: number;
  /** The longest packet that a slot takes. */
  readonly maxPacketBytes: number;
  readonly memory: KernelMemory;
  /** The records, `RELAY_RECORD_WORDS` words each (see `relay-record.ts`). Addresses and IP words are unsigned: use `>>> 0`. */
  readonly words: Int32Array;
  /** Packets in use, from the first on. */
  count = 0;
  readonly #calls: TurnFrameCalls;
  readonly #counter: KernelCounter;
  readonly #slotBytes: number;
  readonly #slotsAddress: number;
  readonly #tableAddress: number;
  readonly #transactionAddress: number;

  /** Throws `turn/batch-size`, `kernel/foreign-memory`, `kernel/arena-full`. */
  constructor({ kernels, arena, name, entropy, capacity = 64, slotBytes = 2048 }: RelayBatchOptions) {
    const fits = Number.isInteger(capacity) && capacity >= 1 && capacity <= 1024;
    if (!fits || !(slotBytes >= 256 && slotBytes <= 65_664) || slotBytes % 64 !== 0) {
      throw new FloeError("turn/batch-size", `a batch cannot have ${capacity} slots of ${slotBytes} bytes`, {
        fix: "Use 1 to 1024 slots of 256 to 65664 bytes, a multiple of 64.",
      });
    }
    const { calls, counter } = bindKernel(TURN_FRAME, { kernels, arena });
    this.capacity = capacity;
    this.maxPacketBytes = slotBytes - BATCH_HEADROOM_BYTES - TAILROOM_BYTES;
    this.memory = arena.memory;
    this.#slotBytes = slotBytes;
    this.#calls = calls;
    this.#counter = counter;
    this.#slotsAddress = arena.reserve(`${name} slots`, capacity * slotBytes, 64).address;
    this.#tableAddress = arena.reserve(`${name} records`, capacity * RELAY_RECORD_BYTES, 64).address;
    const transaction = arena.reserve(`${name} transaction`, 12);
    this.#transactionAddress = transaction.address;
    this.words = new Int32Array(arena.memory.bytes.buffer, this.#tableAddress, capacity * RELAY_RECORD_WORDS);
    for (let at = 0; at < 12; at += 4) {
      arena.memory.view.setUint32(transaction.address + at, randomU32(entropy), true);
    }
  }

  /** Where packet `i` is to be received: `maxPacketBytes` from here on. */
  slotAddress(i: number): number {
    return this.#slotsAddress + i * this.#slotBytes + BATCH_HEADROOM_BYTES;
  }

  /** A new view of where packet `i` is to be received. For sockets that want a buffer once and for all. */
  slot(i: number): Uint8Array {
    const address = this.slotAddress(i);
    return this.memory.bytes.subarray(address, address + this.maxPacketBytes);
  }

  /**
   * Record `i`: `lengthBytes` lie in its slot and came on `socket` from an address (family 4 or 6, IP words as in
   * TransportAddress), or on a stream (family 0, all else 0). Throws `turn/packet-range` for more than `maxPacketBytes`.
   */
  setReceived(
    i: number,
    lengthBytes: number,
    socket: number,
    family: number,
    port: number,
    ip0: number,
    ip1: number,
    ip2: number,
    ip3: number,
  ): void {
    if (!(i >= 0 && i < this.capacity && lengthBytes >= 0 && lengthBytes <= this.maxPacketBytes)) {
      throw new FloeError("turn/packet-range", `${lengthBytes} bytes do not fit slot ${i}`);
    }
    const at = i * RELAY_RECORD_WORDS;
    const { words } = this;
    words[at + RelayWord.address] = this.slotAddress(i);
    words[at + RelayWord.lengthBytes] = lengthBytes;
    words[at + RelayWord.socket] = socket;
    words[at + RelayWord.kind] = RelayKind.dropped;
    words[at + RelayWord.family] = family;
    words[at + RelayWord.port] = port;
    words[at + RelayWord.ip] = ip0;
    words[at + RelayWord.ip + 1] = ip1;
    words[at + RelayWord.ip + 2] = ip2;
    words[at + RelayWord.ip + 3] = ip3;
    words[at + RelayWord.flags] = 0;
  }

  /** Whether record `i` is to be sent. */
  isReady(i: number): boolean {
    return this.words[i * RELAY_RECORD_WORDS + RelayWord.kind] === RelayKind.ready;
  }

  /** A word of record `i`, unsigned; see {@link RelayWord}. */
  word(i: number, word: number): number {
    return this.words[i * RELAY_RECORD_WORDS + word] >>> 0;
  }

  /** The address in record `i`: where it came from, or where it goes. A new object. */
  remote(i: number): TransportAddress {
    const ip = (word: number): number => this.word(i, RelayWord.ip + word);
    const port = this.word(i, RelayWord.port);
    return this.word(i, RelayWord.family) === 4
      ? ipv4(ip(0), port)
      : { family: 6, ip0: ip(0), ip1: ip(1), ip2: ip(2), ip3: ip(3), port };
  }

  /** A new view of the packet's bytes as its record tells them: valid until the slot is used again. */
  packet(i: number): Uint8Array {
    const address = this.word(i, RelayWord.address);
    return this.memory.bytes.subarray(address, address + this.word(i, RelayWord.lengthBytes));
  }

  /** Reads the packets of clients: sets kinds, channels, payloads, peers. Throws `turn/packet-range` for a `count` above `capacity`. */
  unframe(): void {
    this.#requireCount();
    this.#calls.unframe(this.#tableAddress, this.count);
    this.#counted();
  }

  /** Writes the headers of the packets that go to clients, and makes them ready. Throws as `unframe` does. */
  frame(): void {
    this.#requireCount();
    this.#calls.frame(this.#tableAddress, this.count, this.#transactionAddress);
    this.#counted();
  }

  #requireCount(): void {
    if (!(Number.isInteger(this.count) && this.count >= 0 && this.count <= this.capacity)) {
      throw new FloeError("turn/packet-range", `${this.count} packets in a batch of ${this.capacity}`);
    }
  }

  #counted(): void {
    this.#counter.calls++;
    // Headers are what the kernel works on; payload bytes stay where they are.
    this.#counter.bytes += this.count * RELAY_RECORD_BYTES;
  }
}
