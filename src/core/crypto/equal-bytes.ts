// Comparing secrets: the time taken does not tell where two values differ.

/** Whether `length` bytes at two places are the same. Looks at every byte, whatever it finds. */
export function equalBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) {
    difference |= a[aAt + i] ^ b[bAt + i];
  }
  return difference === 0;
}
