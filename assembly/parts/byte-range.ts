// Masks over the sixteen bytes of a vector.

/** Ones in `count` bytes from byte `at` (0 to 15) on, as far as the vector goes. */
export function byteRange(at: usize, count: usize): v128 {
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.lt_u(i8x16.sub(lanes, i8x16.splat(<i8>at)), i8x16.splat(<i8>count));
}
