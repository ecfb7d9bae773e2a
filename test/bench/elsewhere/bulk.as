// What the kernels leave to others, as WebAssembly would do it: bulk SHA-1 and CRC-32 by the parts that stun-verify is made
// of, and u-law (ITU-T G.711) by arithmetic. AssemblyScript, compiled by the bench; nothing of it ships.
import { crc32 } from "../../../assembly/parts/crc32";
import { compressSha1 } from "../../../assembly/parts/sha1";

/** Mixes `lengthBytes` of whole blocks at `input` into the state; `schedule` has room for 320 bytes. */
export function sha1(input: usize, lengthBytes: usize, state: usize, schedule: usize): void {
  for (let at: usize = 0; at < lengthBytes; at += 64) {
    compressSha1(state, input + at, schedule);
  }
}

/** CRC-32 of whole words. */
export function crc(input: usize, lengthBytes: usize, tables: usize): u32 {
  return crc32(input, input + lengthBytes, tables);
}

/** `count` s16 at `input` to u-law at `output`. */
export function ulaw(input: usize, output: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const sample = <i32>load<i16>(input + 2 * i);
    const sign = (sample >> 8) & 0x80;
    const size = min(sample < 0 ? -sample : sample, 32635) + 132;
    const exponent = 24 - clz(size);
    store<u8>(output + i, <u8>~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 15)));
  }
}

/** The same by a table of 65536 bytes. */
export function ulawByTable(input: usize, output: usize, count: usize, table: usize): void {
  for (let i: usize = 0; i < count; i++) {
    store<u8>(output + i, load<u8>(table + <usize>load<u16>(input + 2 * i)));
  }
}
