// Verifies STUN messages by one kernel call each: structure, FINGERPRINT and MESSAGE-INTEGRITY with cached key pads.
import { CRC32_TABLE_WORDS, crc32Tables } from "../crypto/crc32.js";
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { bindKernel, type KernelSide } from "../kernel/bind-kernel.js";
import type { KernelCounter } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import type { StunKey } from "./stun-key.js";
import { STUN_VERIFY, STUN_VERIFY_SCRATCH_BYTES, type StunVerifyCalls } from "./stun-verify-twin.js";

/** Bits of a verdict; a verdict below 0 says that the bytes are no STUN message. */
export const StunVerdict = {
  hasFingerprint: 1,
  fingerprintIsRight: 2,
  hasIntegrity: 4,
  integrityIsRight: 8,
} as const;

/** The longest message that {@link StunVerifier.verifyBytes} takes. */
export const MAX_VERIFIED_BYTES = 4096;

const PADS_BYTES = 40;

/** The face of kernel stun-verify. One serves all keys and messages of its arena; it allocates nothing per message. */
export class StunVerifier {
  readonly #calls: StunVerifyCalls;
  readonly #counter: KernelCounter;
  readonly #memory: KernelMemory;
  readonly #input: Region;
  readonly #pads: Region;
  readonly #padWords: Uint32Array;
  readonly #crcTables: Region;
  readonly #scratch: Region;
  #padsOf: StunKey | undefined;

  /** Reserves 13 KiB. `kernels` must be those of `arena`; throws `kernel/foreign-memory` otherwise. */
  constructor(side: KernelSide) {
    const { calls, counter, memory } = bindKernel(STUN_VERIFY, side);
    const { arena } = side;
    this.#calls = calls;
    this.#counter = counter;
    this.#memory = memory;
    this.#input = arena.reserve("stun-verify input", MAX_VERIFIED_BYTES);
    this.#pads = arena.reserve("stun-verify pads", PADS_BYTES);
    this.#padWords = new Uint32Array(arena.memory.bytes.buffer, this.#pads.address, PADS_BYTES / 4);
    this.#scratch = arena.reserve("stun-verify scratch", STUN_VERIFY_SCRATCH_BYTES);
    this.#crcTables = arena.reserve("stun-verify crc tables", 4 * CRC32_TABLE_WORDS);
    new Uint32Array(arena.memory.bytes.buffer, this.#crcTables.address, CRC32_TABLE_WORDS).set(crc32Tables());
  }

  /**
   * The verdict on the message of `lengthBytes` at `address` in the arena: bits of {@link StunVerdict}, or below 0. Without a
   * key the integrity is not checked. Throws `kernel/range` for a range outside of the arena.
   */
  verify(address: number, lengthBytes: number, key: StunKey | undefined): number {
    if (!(address >= 0 && lengthBytes >= 0 && address + lengthBytes <= this.#memory.sizeBytes)) {
      throw new FloeError("kernel/range", `${lengthBytes} bytes at ${address} are not in the arena`);
    }
    if (key !== undefined && key !== this.#padsOf) {
      this.#padWords.set(key.sha1.pads);
      this.#padsOf = key;
    }
    this.#counter.calls++;
    this.#counter.bytes += lengthBytes;
    const pads = key === undefined ? 0 : this.#pads.address;
    return this.#calls.verify(address, lengthBytes, pads, this.#crcTables.address, this.#scratch.address);
  }

  /** The same for bytes from elsewhere: copies them into the arena first. More than 4096 bytes are no message here: -3. */
  verifyBytes(message: Uint8Array, key: StunKey | undefined): number {
    if (message.length > MAX_VERIFIED_BYTES) {
      return -3;
    }
    this.#memory.bytes.set(message, this.#input.address);
    return this.verify(this.#input.address, message.length, key);
  }
}
