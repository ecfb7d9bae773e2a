// FNV-1a, 32 bits: a digest that is a few lines in any language, for telling whether two outputs are the same.

/** The digest of nothing; the state to begin with. */
export const EMPTY_DIGEST = 0x811c9dc5;

/** Goes on from `state` over `bytes`. */
export function digestBytes(bytes: Uint8Array, state: number = EMPTY_DIGEST): number {
  let hash = state;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** Goes on from `state` over a whole number below 2^32. */
export function digestNumber(value: number, state: number): number {
  return digestBytes(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24), state);
}

/** Eight hexadecimal digits. */
export function digestText(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
