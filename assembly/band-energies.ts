// Kernel band-energies: the energy of sound in bands of frequency, for voice activity. Two windows of 512 samples cover a
// frame; they go through one complex Fourier transform, one as real part and one as imaginary part: |A|^2 + |B|^2 of bin k
// is (|Z_k|^2 + |Z_-k|^2) / 2, which is all that energies need. Every operation is one f32 operation in a written order.

/** Points of the transform, and samples of a window. */
const POINTS: usize = 512;

/** Offsets in the tables, all f32: the window; then, for k from 0 to 127, cos and -sin of one, two and three times 2 pi k / 512. */
const WINDOW: usize = 0;
const COS: usize = 2048;
const SIN: usize = 2560;
const COS_2: usize = 3072;
const SIN_2: usize = 3584;
const COS_3: usize = 4096;
const SIN_3: usize = 4608;

/** Bytes of one array of 512 f32 in the work range, which holds four: real, imaginary, and both once more. */
const ARRAY_BYTES: usize = 2048;

@inline
function productReal(xr: v128, xi: v128, wr: v128, wi: v128): v128 {
  return f32x4.sub(f32x4.mul(xr, wr), f32x4.mul(xi, wi));
}

@inline
function productImaginary(xr: v128, xi: v128, wr: v128, wi: v128): v128 {
  return f32x4.add(f32x4.mul(xr, wi), f32x4.mul(xi, wr));
}

/** The four rows of a 4 x 4 matrix as columns, to `to`. */
@inline
function storeTransposed(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const moreAb = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const moreCd = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<u64>(ab, cd, 1, 3), 16);
  v128.store(to, v128.shuffle<u64>(moreAb, moreCd, 0, 2), 32);
  v128.store(to, v128.shuffle<u64>(moreAb, moreCd, 1, 3), 48);
}

/** The first pass of radix 4 (Stockham), four butterflies at a time. */
function firstPass(from: usize, to: usize, tables: usize): void {
  for (let at: usize = 0; at < ARRAY_BYTES / 4; at += 16) {
    const x = from + at;
    const ar = v128.load(x);
    const br = v128.load(x, 512);
    const cr = v128.load(x, 1024);
    const dr = v128.load(x, 1536);
    const ai = v128.load(x, 2048);
    const bi = v128.load(x, 2560);
    const ci = v128.load(x, 3072);
    const di = v128.load(x, 3584);
    const sumAcR = f32x4.add(ar, cr);
    const sumAcI = f32x4.add(ai, ci);
    const sumBdR = f32x4.add(br, dr);
    const sumBdI = f32x4.add(bi, di);
    const acR = f32x4.sub(ar, cr);
    const acI = f32x4.sub(ai, ci);
    const bdR = f32x4.sub(br, dr);
    const bdI = f32x4.sub(bi, di);
    const w = tables + at;
    const w1r = v128.load(w, COS);
    const w1i = v128.load(w, SIN);
    const w2r = v128.load(w, COS_2);
    const w2i = v128.load(w, SIN_2);
    const w3r = v128.load(w, COS_3);
    const w3i = v128.load(w, SIN_3);
    const y1r = f32x4.add(acR, bdI);
    const y1i = f32x4.sub(acI, bdR);
    const y2r = f32x4.sub(sumAcR, sumBdR);
    const y2i = f32x4.sub(sumAcI, sumBdI);
    const y3r = f32x4.sub(acR, bdI);
    const y3i = f32x4.add(acI, bdR);
    const y = to + 4 * at;
    storeTransposed(
      y,
      f32x4.add(sumAcR, sumBdR),
      productReal(y1r, y1i, w1r, w1i),
      productReal(y2r, y2i, w2r, w2i),
      productReal(y3r, y3i, w3r, w3i),
    );
    storeTransposed(
      y + ARRAY_BYTES,
      f32x4.add(sumAcI, sumBdI),
      productImaginary(y1r, y1i, w1r, w1i),
      productImaginary(y2r, y2i, w2r, w2i),
      productImaginary(y3r, y3i, w3r, w3i),
    );
  }
}

/** A later pass: `stride` (4, 16 or 64) butterflies in a row share their twiddles. */
function pass(from: usize, to: usize, tables: usize, stride: usize): void {
  const rowBytes: usize = 4 * stride;
  const count = POINTS / 4 / stride;
  for (let p: usize = 0; p < count; p++) {
    const w = tables + p * rowBytes;
    const w1r = v128.load32_splat(w, COS);
    const w1i = v128.load32_splat(w, SIN);
    const w2r = v128.load32_splat(w, COS_2);
    const w2i = v128.load32_splat(w, SIN_2);
    const w3r = v128.load32_splat(w, COS_3);
    const w3i = v128.load32_splat(w, SIN_3);
    let x = from + p * rowBytes;
    const end = x + rowBytes;
    let y = to + 4 * p * rowBytes;
    for (; x < end; x += 16, y += 16) {
      const ar = v128.load(x);
      const br = v128.load(x, 512);
      const cr = v128.load(x, 1024);
      const dr = v128.load(x, 1536);
      const ai = v128.load(x, 2048);
      const bi = v128.load(x, 2560);
      const ci = v128.load(x, 3072);
      const di = v128.load(x, 3584);
      const sumAcR = f32x4.add(ar, cr);
      const sumAcI = f32x4.add(ai, ci);
      const sumBdR = f32x4.add(br, dr);
      const sumBdI = f32x4.add(bi, di);
      const acR = f32x4.sub(ar, cr);
      const acI = f32x4.sub(ai, ci);
      const bdR = f32x4.sub(br, dr);
      const bdI = f32x4.sub(bi, di);
      const y1r = f32x4.add(acR, bdI);
      const y1i = f32x4.sub(acI, bdR);
      const y2r = f32x4.sub(sumAcR, sumBdR);
      const y2i = f32x4.sub(sumAcI, sumBdI);
      const y3r = f32x4.sub(acR, bdI);
      const y3i = f32x4.add(acI, bdR);
      v128.store(y, f32x4.add(sumAcR, sumBdR));
      v128.store(y + rowBytes, productReal(y1r, y1i, w1r, w1i));
      v128.store(y + 2 * rowBytes, productReal(y2r, y2i, w2r, w2i));
      v128.store(y + 3 * rowBytes, productReal(y3r, y3i, w3r, w3i));
      v128.store(y, f32x4.add(sumAcI, sumBdI), ARRAY_BYTES);
      v128.store(y + rowBytes, productImaginary(y1r, y1i, w1r, w1i), ARRAY_BYTES);
      v128.store(y + 2 * rowBytes, productImaginary(y2r, y2i, w2r, w2i), ARRAY_BYTES);
      v128.store(y + 3 * rowBytes, productImaginary(y3r, y3i, w3r, w3i), ARRAY_BYTES);
    }
  }
}

/** 512 samples times the window, to f32. */
function applyWindow(samples: usize, window: usize, to: usize): void {
  for (let at: usize = 0; at < POINTS; at += 8) {
    const eight = v128.load(samples + 2 * at);
    const w = window + 4 * at;
    const y = to + 4 * at;
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight)), v128.load(w)));
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight)), v128.load(w, 16)), 16);
  }
}

/** Bin k after the last pass (radix 2): halves of the arrays added for k below 256, subtracted from there on. */
@inline
function binPower(work: usize, k: usize): f32 {
  const at = work + 4 * (k & 255);
  const isLow = k < 256;
  const ar = load<f32>(at);
  const br = load<f32>(at, 1024);
  const ai = load<f32>(at, 2048);
  const bi = load<f32>(at, 3072);
  const re = isLow ? ar + br : ar - br;
  const im = isLow ? ai + bi : ai - bi;
  return re * re + im * im;
}

/**
 * Energies of `frameCount` frames of `frameSamples` s16 (512 to 1024) at `input`, one behind the other: for each frame
 * `bandCount` f32 to `output`, mean squares of samples from -1 to 1. `bands` has two u32 a band, its first and last bin
 * (1 to 255); `work` has room for 8192 bytes.
 */
export function energies(
  input: usize,
  frameCount: i32,
  frameSamples: i32,
  tables: usize,
  work: usize,
  bands: usize,
  bandCount: i32,
  output: usize,
  scale: f32,
): void {
  const other = work + 2 * ARRAY_BYTES;
  for (let frame = 0; frame < frameCount; frame++) {
    applyWindow(input, tables + WINDOW, work);
    applyWindow(input + 2 * (<usize>frameSamples - POINTS), tables + WINDOW, work + ARRAY_BYTES);
    firstPass(work, other, tables);
    pass(other, work, tables, 4);
    pass(work, other, tables, 16);
    pass(other, work, tables, 64);
    for (let band = 0; band < bandCount; band++) {
      const edges = bands + 8 * <usize>band;
      const last = <usize>load<u32>(edges, 4);
      let sum: f32 = 0;
      for (let k = <usize>load<u32>(edges); k <= last; k++) {
        sum += binPower(work, k) + binPower(work, POINTS - k);
      }
      store<f32>(output, sum * scale);
      output += 4;
    }
    input += 2 * <usize>frameSamples;
  }
}
