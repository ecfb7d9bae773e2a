// FNV-1a, 32 bits: a digest that is a few lines in any language.

/** The digest of `bytes`, going on from `state`, as 8 hexadecimal digits with {@link digestText}. */
export function fnv1a(bytes: Uint8Array, state = 0x811c9dc5): number {
  let hash = state;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

export function digestText(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
