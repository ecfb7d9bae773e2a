// Sums across the lanes of vectors of u16, two halves at a time. Nothing may come to more than 65535.

/** { a0 + a4, b0 + b4, a1 + a5, b1 + b5, ... } */
// @ts-ignore: decorator
@inline
export function foldLanes16(a: v128, b: v128): v128 {
  return i16x8.add(
    v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15),
  );
}

/** The same for pairs of lanes. */
// @ts-ignore: decorator
@inline
export function foldLanes32(a: v128, b: v128): v128 {
  return i16x8.add(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(a, b, 2, 6, 3, 7));
}

/** The same for fours of lanes. */
// @ts-ignore: decorator
@inline
export function foldLanes64(a: v128, b: v128): v128 {
  return i16x8.add(v128.shuffle<u64>(a, b, 0, 2), v128.shuffle<u64>(a, b, 1, 3));
}
