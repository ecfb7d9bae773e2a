// Kernel picture-format: planes of 8-bit samples to half their size, and chroma between interleaved (NV12) and planar (I420).

/** Eight pixels of the half-size row from sixteen of two rows each. */
// @ts-ignore: decorator
@inline
function halveSixteen(top: usize, bottom: usize): v128 {
  const pairs = i16x8.add(
    i16x8.extadd_pairwise_i8x16_u(v128.load(top)),
    i16x8.extadd_pairwise_i8x16_u(v128.load(bottom)),
  );
  return i16x8.shr_u(i16x8.add(pairs, i16x8.splat(2)), 2);
}

/**
 * Each sample of the output is the mean of two by two of the input, halves up: (a + b + c + d + 2) >> 2. `outputWidth` and
 * `outputHeight` are half of `width` and `height`, rounded down or up; an odd last column or row stands for both.
 */
export function halve(
  input: usize,
  inputStride: usize,
  width: i32,
  height: i32,
  output: usize,
  outputStride: usize,
  outputWidth: i32,
  outputHeight: i32,
): void {
  const whole = min(outputWidth, width >> 1);
  for (let y = 0; y < outputHeight; y++) {
    let top = input + <usize>(2 * y) * inputStride;
    let bottom = 2 * y + 1 < height ? top + inputStride : top;
    let to = output + <usize>y * outputStride;
    const end = to + <usize>outputWidth;
    const wholeEnd = to + <usize>whole;
    for (; wholeEnd - to >= 16; to += 16, top += 32, bottom += 32) {
      v128.store(to, i8x16.narrow_i16x8_u(halveSixteen(top, bottom), halveSixteen(top + 16, bottom + 16)));
    }
    for (; to < wholeEnd; to++, top += 2, bottom += 2) {
      const sum = <u32>load<u8>(top) + load<u8>(top, 1) + load<u8>(bottom) + load<u8>(bottom, 1);
      store<u8>(to, <u8>((sum + 2) >> 2));
    }
    if (to < end) {
      store<u8>(to, <u8>((2 * (<u32>load<u8>(top) + load<u8>(bottom)) + 2) >> 2));
    }
  }
}

/** Interleaved chroma (u v u v ...), `width` samples each a row, to two planes. */
export function split(
  input: usize,
  inputStride: usize,
  u: usize,
  uStride: usize,
  v: usize,
  vStride: usize,
  width: i32,
  height: i32,
): void {
  for (let y = 0; y < height; y++) {
    let from = input;
    let toU = u;
    let toV = v;
    const end = u + <usize>width;
    for (; end - toU >= 16; toU += 16, toV += 16, from += 32) {
      const low = v128.load(from);
      const high = v128.load(from, 16);
      v128.store(toU, v128.shuffle<u8>(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
      v128.store(toV, v128.shuffle<u8>(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
    }
    for (; toU < end; toU++, toV++, from += 2) {
      store<u8>(toU, load<u8>(from));
      store<u8>(toV, load<u8>(from, 1));
    }
    input += inputStride;
    u += uStride;
    v += vStride;
  }
}

/** Two planes of chroma, `width` samples a row, to one interleaved. */
export function join(
  u: usize,
  uStride: usize,
  v: usize,
  vStride: usize,
  output: usize,
  outputStride: usize,
  width: i32,
  height: i32,
): void {
  for (let y = 0; y < height; y++) {
    let fromU = u;
    let fromV = v;
    let to = output;
    const end = u + <usize>width;
    for (; end - fromU >= 16; fromU += 16, fromV += 16, to += 32) {
      const us = v128.load(fromU);
      const vs = v128.load(fromV);
      v128.store(to, v128.shuffle<u8>(us, vs, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(to, v128.shuffle<u8>(us, vs, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
    }
    for (; fromU < end; fromU++, fromV++, to += 2) {
      store<u8>(to, load<u8>(fromU));
      store<u8>(to, load<u8>(fromV), 1);
    }
    u += uStride;
    v += vStride;
    output += outputStride;
  }
}
