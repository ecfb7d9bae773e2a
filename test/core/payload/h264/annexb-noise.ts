// Seeded H.264-like bytes: noise of several alphabets, and access units that are well formed.
import type { SeededRandom } from "../../../sim/seeded-random.js";

/** Alphabets from even noise to nearly nothing but start codes. */
export const ALPHABETS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["even noise", Array.from({ length: 256 }, (_, i) => i)],
  ["zeros and ones", [0, 1]],
  ["zero-heavy", [0, 0, 0, 0, 0, 0, 1, 0x65]],
  ["emulation prevention", [0, 0, 3, 1]],
  ["parameter sets", [0, 0, 0, 1, 1, 0x67, 0x68, 0x09]],
];

/** `length` bytes drawn from an alphabet. */
export function drawBytes(random: SeededRandom, alphabet: readonly number[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = alphabet[random.integer(alphabet.length)] as number;
  }
  return bytes;
}

/** A NAL unit of a type: emulation prevention in place, the last byte not zero. */
export function drawNalUnit(random: SeededRandom, type: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = random.bytes(length);
  bytes[0] = (random.integer(4) << 5) | type;
  for (let i = 1, zeros = 0; i < length; i++) {
    if (zeros >= 2 && (bytes[i] as number) <= 3) {
      bytes[i] = 4;
    }
    zeros = bytes[i] === 0 ? zeros + 1 : 0;
  }
  if (bytes[length - 1] === 0) {
    bytes[length - 1] = 0x80;
  }
  return bytes;
}

/** NAL units as Annex B, each behind a start code of three or four bytes and followed by up to `maxZeros` zeros. */
export function toAnnexB(
  random: SeededRandom,
  nalUnits: readonly Uint8Array[],
  { maxZeros = 0 }: { readonly maxZeros?: number } = {},
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const nalUnit of nalUnits) {
    bytes.push(...(random.integer(2) === 0 ? [0, 0, 1] : [0, 0, 0, 1]), ...nalUnit);
    bytes.push(...new Array<number>(random.integer(maxZeros + 1)).fill(0));
  }
  return Uint8Array.from(bytes);
}
