// The TypeScript twin of kernel stun-verify (assembly/stun-verify.ts): the same bytes, for reference and fallback.
import { STUN_VERIFY_WASM } from "../kernel/embedded/stun-verify.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import { FINGERPRINT_XOR, MAGIC_COOKIE, STUN_HEADER_BYTES, StunAttribute } from "./stun-constants.js";

/** The functions of kernel stun-verify. */
export interface StunVerifyCalls {
  /** Checks one message; arguments and result as in assembly/stun-verify.ts. */
  verify(message: number, lengthBytes: number, pads: number, crcTables: number, scratch: number): number;
}

/** Bytes of scratch that the kernel needs: schedule, state, a block. */
export const STUN_VERIFY_SCRATCH_BYTES = 416;

/** Kernel stun-verify. Its one face is {@link StunVerifier}. */
export const STUN_VERIFY: KernelDefinition<StunVerifyCalls> = {
  name: "stun-verify",
  embedded: STUN_VERIFY_WASM,
  twin: stunVerifyTwin,
};

const STATE_AT = 320;
const BLOCK_AT = 352;
const ROUND_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;

function stunVerifyTwin({ bytes, view }: KernelMemory): StunVerifyCalls {
  const words = new Int32Array(bytes.buffer);
  const schedule = new Int32Array(80);

  function crc32(from: number, end: number, tables: number): number {
    let crc = -1;
    for (let at = from; at < end; at++) {
      crc = (crc >>> 8) ^ words[(tables >> 2) + ((crc ^ bytes[at]) & 0xff)];
    }
    return ~crc >>> 0;
  }

  /** SHA-1's compression function; the schedule with the rounds' constants is left at `scratch`. */
  function compress(scratch: number): void {
    const keyed = scratch >> 2;
    const state = (scratch + STATE_AT) >> 2;
    for (let i = 0; i < 80; i++) {
      if (i < 16) {
        schedule[i] = view.getInt32(scratch + BLOCK_AT + 4 * i);
      } else {
        const mixed = schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16];
        schedule[i] = (mixed << 1) | (mixed >>> 31);
      }
      words[keyed + i] = schedule[i] + (ROUND_CONSTANTS[Math.floor(i / 20)] as number);
    }
    let [a, b, c, d, e] = words.subarray(state, state + 5) as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      let mixed = b ^ c ^ d;
      if (i < 20) {
        mixed = d ^ (b & (c ^ d));
      } else if (i >= 40 && i < 60) {
        mixed = (b & c) | (d & (b | c));
      }
      const next = (((a << 5) | (a >>> 27)) + mixed + e + words[keyed + i]) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    words[state] += a;
    words[state + 1] += b;
    words[state + 2] += c;
    words[state + 3] += d;
    words[state + 4] += e;
  }

  function isIntact(message: number, integrity: number, pads: number, scratch: number): boolean {
    const state = scratch + STATE_AT;
    const block = scratch + BLOCK_AT;
    const hashed = integrity - message;
    const tells = hashed + 4;
    bytes.copyWithin(state, pads, pads + 20);
    let at = 0;
    for (; hashed - at >= 64; at += 64) {
      bytes.copyWithin(block, message + at, message + at + 64);
      if (at === 0) {
        view.setUint16(block + 2, tells);
      }
      compress(scratch);
    }
    const rest = hashed - at;
    bytes.fill(0, block, block + 64);
    bytes.copyWithin(block, message + at, message + hashed);
    if (at === 0) {
      view.setUint16(block + 2, tells);
    }
    bytes[block + rest] = 0x80;
    if (rest > 52) {
      compress(scratch);
      bytes.fill(0, block, block + 64);
    }
    view.setUint32(block + 60, (hashed + 64) * 8);
    compress(scratch);

    bytes.fill(0, block + 20, block + 64);
    for (let i = 0; i < 20; i += 4) {
      view.setInt32(block + i, words[(state + i) >> 2]);
    }
    bytes[block + 20] = 0x80;
    view.setUint32(block + 60, (64 + 20) * 8);
    bytes.copyWithin(state, pads + 20, pads + 40);
    compress(scratch);

    let difference = 0;
    for (let i = 0; i < 20; i += 4) {
      difference |= view.getInt32(integrity + 4 + i) ^ words[(state + i) >> 2];
    }
    return difference === 0;
  }

  return {
    verify: (message, lengthBytes, pads, crcTables, scratch) => {
      if (lengthBytes < STUN_HEADER_BYTES) {
        return -1;
      }
      if (bytes[message] >= 0x40 || view.getUint32(message + 4) !== MAGIC_COOKIE) {
        return -2;
      }
      const tells = view.getUint16(message + 2);
      if ((tells & 3) !== 0 || tells + STUN_HEADER_BYTES !== lengthBytes) {
        return -3;
      }
      const end = message + lengthBytes;
      let [integrity, integritySha256, fingerprint] = [0, 0, 0];
      for (let at = message + STUN_HEADER_BYTES; at < end; ) {
        const type = view.getUint16(at);
        const valueBytes = view.getUint16(at + 2);
        const next = at + 4 + ((valueBytes + 3) & ~3);
        if (next > end) {
          return -4;
        }
        if (fingerprint !== 0) {
          return -5;
        }
        if (type === StunAttribute.messageIntegrity && integrity === 0 && integritySha256 === 0) {
          if (valueBytes !== 20) {
            return -4;
          }
          integrity = at;
        } else if (type === StunAttribute.messageIntegritySha256 && integritySha256 === 0) {
          if (valueBytes < 16 || valueBytes > 32 || (valueBytes & 3) !== 0) {
            return -4;
          }
          integritySha256 = at;
        } else if (type === StunAttribute.fingerprint) {
          if (valueBytes !== 4) {
            return -4;
          }
          fingerprint = at;
        }
        at = next;
      }
      let result = 0;
      if (fingerprint !== 0) {
        const expected = (crc32(message, fingerprint, crcTables) ^ FINGERPRINT_XOR) >>> 0;
        result |= view.getUint32(fingerprint + 4) === expected ? 3 : 1;
      }
      if (integrity !== 0) {
        result |= pads !== 0 && isIntact(message, integrity, pads, scratch) ? 12 : 4;
      }
      return result;
    },
  };
}
