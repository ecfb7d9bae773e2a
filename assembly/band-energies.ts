// Kernel band-energies: the energy of sound in six bands of frequency and in all, for voice activity. A frame is 20 ms at
// 48 kHz. Speech ends at 4 kHz, so a filter takes it to 12 kHz first, in whole numbers; then 232 samples under a Hann window
// go through a real Fourier transform of 256 points. Each operation on f32 is one operation, in a written order.

const FRAME_SAMPLES: usize = 960;

// Offsets in the tables: 32 s16 of the filter; the window for even and for odd samples; cos and -sin of one, two and three
// times 2 pi p / 128 for p below 32; cos and -sin of 2 pi k / 256 for k from 2 to 85.
const FILTER: usize = 0;
const EVEN_WINDOW: usize = 64;
const ODD_WINDOW: usize = 528;
const COS_1: usize = 992;
const SIN_1: usize = 1120;
const COS_2: usize = 1248;
const SIN_2: usize = 1376;
const COS_3: usize = 1504;
const SIN_3: usize = 1632;
const SPLIT_COS: usize = 1760;
const SPLIT_SIN: usize = 2096;

/** Bytes of 128 f32. The work range holds two arrays of 128 complex numbers, each real parts first. */
const PARTS: usize = 512;
/** Of them 116 are filtered samples, the rest zeros. */
const FILTERED: usize = 464;
/** What the squares of 2 X(k) on one side of the spectrum come to for a mean square of 1: 2 * 256 * the window's energy of 87. */
const UNITY: f32 = 44544;
/** The squares of 960 samples at full scale. */
const FULL_SCALE: f64 = 1030792151040;

/** The sums of the lanes of four vectors. */
@inline
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<u32>(c, d, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<u64>(ab, cd, 0, 2), v128.shuffle<u64>(ab, cd, 1, 3));
}

/** Four outputs of the filter, eight samples from one to the next. */
@inline
function filterFour(at: usize, c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  let x = v128.load(at);
  let a = i32x4.dot_i16x8_s(x, c0);
  x = v128.load(at, 16);
  a = i32x4.add(a, i32x4.dot_i16x8_s(x, c1));
  let b = i32x4.dot_i16x8_s(x, c0);
  x = v128.load(at, 32);
  a = i32x4.add(a, i32x4.dot_i16x8_s(x, c2));
  b = i32x4.add(b, i32x4.dot_i16x8_s(x, c1));
  let c = i32x4.dot_i16x8_s(x, c0);
  x = v128.load(at, 48);
  a = i32x4.add(a, i32x4.dot_i16x8_s(x, c3));
  b = i32x4.add(b, i32x4.dot_i16x8_s(x, c2));
  c = i32x4.add(c, i32x4.dot_i16x8_s(x, c1));
  let d = i32x4.dot_i16x8_s(x, c0);
  x = v128.load(at, 64);
  b = i32x4.add(b, i32x4.dot_i16x8_s(x, c3));
  c = i32x4.add(c, i32x4.dot_i16x8_s(x, c2));
  d = i32x4.add(d, i32x4.dot_i16x8_s(x, c1));
  x = v128.load(at, 80);
  c = i32x4.add(c, i32x4.dot_i16x8_s(x, c3));
  d = i32x4.add(d, i32x4.dot_i16x8_s(x, c2));
  d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(at, 96), c3));
  return sumLanes(a, b, c, d);
}

/** The filtered frame under the window: even samples as real parts, odd ones as imaginary parts, zeros behind them. */
function filterFrame(samples: usize, tables: usize, to: usize): void {
  const c0 = v128.load(tables, FILTER);
  const c1 = v128.load(tables, FILTER + 16);
  const c2 = v128.load(tables, FILTER + 32);
  const c3 = v128.load(tables, FILTER + 48);
  let at = samples + 4;
  for (let pair: usize = 0; pair < FILTERED; pair += 16) {
    const even = f32x4.convert_i32x4_s(filterFour(at, c0, c1, c2, c3));
    const odd = f32x4.convert_i32x4_s(filterFour(at + 8, c0, c1, c2, c3));
    v128.store(to + pair, f32x4.mul(even, v128.load(tables + pair, EVEN_WINDOW)));
    v128.store(to + pair, f32x4.mul(odd, v128.load(tables + pair, ODD_WINDOW)), PARTS);
    at += 64;
  }
  for (let pair = FILTERED; pair < PARTS; pair += 16) {
    v128.store(to + pair, f32x4.splat(0));
    v128.store(to + pair, f32x4.splat(0), PARTS);
  }
}

/** The rows of a 4 x 4 matrix become columns. */
@inline
function storeTransposed(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<u64>(ab, cd, 1, 3), 16);
  v128.store(to, v128.shuffle<u64>(abHigh, cdHigh, 0, 2), 32);
  v128.store(to, v128.shuffle<u64>(abHigh, cdHigh, 1, 3), 48);
}

@inline
function storeSpread(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/**
 * One pass of radix 4 (Stockham), four butterflies at a time. The first has twiddles of its own for each butterfly, and its
 * outputs lie side by side; in the second four butterflies share theirs.
 */
function pass(from: usize, to: usize, tables: usize, isFirst: bool): void {
  for (let at: usize = 0; at < PARTS / 4; at += 16) {
    const x = from + at;
    const ar = v128.load(x);
    const br = v128.load(x, 128);
    const cr = v128.load(x, 256);
    const dr = v128.load(x, 384);
    const ai = v128.load(x, 512);
    const bi = v128.load(x, 640);
    const ci = v128.load(x, 768);
    const di = v128.load(x, 896);
    const sumR = f32x4.add(ar, cr);
    const sumI = f32x4.add(ai, ci);
    const otherR = f32x4.add(br, dr);
    const otherI = f32x4.add(bi, di);
    const differenceR = f32x4.sub(ar, cr);
    const differenceI = f32x4.sub(ai, ci);
    const turnedR = f32x4.sub(bi, di);
    const turnedI = f32x4.sub(dr, br);
    const r1 = f32x4.add(differenceR, turnedR);
    const i1 = f32x4.add(differenceI, turnedI);
    const r2 = f32x4.sub(sumR, otherR);
    const i2 = f32x4.sub(sumI, otherI);
    const r3 = f32x4.sub(differenceR, turnedR);
    const i3 = f32x4.sub(differenceI, turnedI);
    const w = tables + at;
    const c1 = isFirst ? v128.load(w, COS_1) : v128.load32_splat(w, COS_1);
    const s1 = isFirst ? v128.load(w, SIN_1) : v128.load32_splat(w, SIN_1);
    const c2 = isFirst ? v128.load(w, COS_2) : v128.load32_splat(w, COS_2);
    const s2 = isFirst ? v128.load(w, SIN_2) : v128.load32_splat(w, SIN_2);
    const c3 = isFirst ? v128.load(w, COS_3) : v128.load32_splat(w, COS_3);
    const s3 = isFirst ? v128.load(w, SIN_3) : v128.load32_splat(w, SIN_3);
    const y0r = f32x4.add(sumR, otherR);
    const y0i = f32x4.add(sumI, otherI);
    const y1r = f32x4.sub(f32x4.mul(r1, c1), f32x4.mul(i1, s1));
    const y1i = f32x4.add(f32x4.mul(r1, s1), f32x4.mul(i1, c1));
    const y2r = f32x4.sub(f32x4.mul(r2, c2), f32x4.mul(i2, s2));
    const y2i = f32x4.add(f32x4.mul(r2, s2), f32x4.mul(i2, c2));
    const y3r = f32x4.sub(f32x4.mul(r3, c3), f32x4.mul(i3, s3));
    const y3i = f32x4.add(f32x4.mul(r3, s3), f32x4.mul(i3, c3));
    const y = to + 4 * at;
    if (isFirst) {
      storeTransposed(y, y0r, y1r, y2r, y3r);
      storeTransposed(y + PARTS, y0i, y1i, y2i, y3i);
    } else {
      storeSpread(y, y0r, y1r, y2r, y3r);
      storeSpread(y + PARTS, y0i, y1i, y2i, y3i);
    }
  }
}

/** The four outputs of a transform of four, one in two of the eight of the last pass. */
@inline
function storeFour(to: usize, ar: v128, ai: v128, br: v128, bi: v128, cr: v128, ci: v128, dr: v128, di: v128): void {
  const sumR = f32x4.add(ar, cr);
  const sumI = f32x4.add(ai, ci);
  const otherR = f32x4.add(br, dr);
  const otherI = f32x4.add(bi, di);
  v128.store(to, f32x4.add(sumR, otherR));
  v128.store(to, f32x4.add(sumI, otherI), PARTS);
  v128.store(to, f32x4.sub(sumR, otherR), 256);
  v128.store(to, f32x4.sub(sumI, otherI), 256 + PARTS);
  const differenceR = f32x4.sub(ar, cr);
  const differenceI = f32x4.sub(ai, ci);
  const turnedR = f32x4.sub(bi, di);
  const turnedI = f32x4.sub(dr, br);
  v128.store(to, f32x4.add(differenceR, turnedR), 128);
  v128.store(to, f32x4.add(differenceI, turnedI), 128 + PARTS);
  v128.store(to, f32x4.sub(differenceR, turnedR), 384);
  v128.store(to, f32x4.sub(differenceI, turnedI), 384 + PARTS);
}

/** The last pass, of radix 8: 16 transforms of eight numbers, 16 apart. */
function lastPass(from: usize, to: usize): void {
  const rootHalf = f32x4.splat(0.70710678118654752);
  for (let at: usize = 0; at < PARTS / 8; at += 16) {
    const x = from + at;
    const y = to + at;
    const x0r = v128.load(x);
    const x4r = v128.load(x, 256);
    const x0i = v128.load(x, 512);
    const x4i = v128.load(x, 768);
    const x1r = v128.load(x, 64);
    const x5r = v128.load(x, 320);
    const x1i = v128.load(x, 576);
    const x5i = v128.load(x, 832);
    const x2r = v128.load(x, 128);
    const x6r = v128.load(x, 384);
    const x2i = v128.load(x, 640);
    const x6i = v128.load(x, 896);
    const x3r = v128.load(x, 192);
    const x7r = v128.load(x, 448);
    const x3i = v128.load(x, 704);
    const x7i = v128.load(x, 960);
    storeFour(
      y,
      f32x4.add(x0r, x4r),
      f32x4.add(x0i, x4i),
      f32x4.add(x1r, x5r),
      f32x4.add(x1i, x5i),
      f32x4.add(x2r, x6r),
      f32x4.add(x2i, x6i),
      f32x4.add(x3r, x7r),
      f32x4.add(x3i, x7i),
    );
    const b1r = f32x4.sub(x1r, x5r);
    const b1i = f32x4.sub(x1i, x5i);
    const b3r = f32x4.sub(x3r, x7r);
    const b3i = f32x4.sub(x3i, x7i);
    storeFour(
      y + 64,
      f32x4.sub(x0r, x4r),
      f32x4.sub(x0i, x4i),
      f32x4.mul(f32x4.add(b1i, b1r), rootHalf),
      f32x4.mul(f32x4.sub(b1i, b1r), rootHalf),
      f32x4.sub(x2i, x6i),
      f32x4.sub(x6r, x2r),
      f32x4.mul(f32x4.sub(b3i, b3r), rootHalf),
      f32x4.neg(f32x4.mul(f32x4.add(b3i, b3r), rootHalf)),
    );
  }
}

/**
 * The mean square of bins `first` to `end` - 1 of the transform of the real samples, which are put together from the bins
 * k and 128 - k of the transform of pairs; bins by fours from 2 on.
 */
function bandEnergy(spectrum: usize, tables: usize, first: usize, end: usize): f32 {
  let sum = f32x4.splat(0);
  let w = tables + 4 * first - 8;
  let mirrored = spectrum + PARTS - 12 - 4 * first;
  const last = spectrum + 4 * end;
  for (let k = spectrum + 4 * first; k < last; k += 16, w += 16, mirrored -= 16) {
    const zr = v128.load(k);
    const zi = v128.load(k, PARTS);
    const mr = v128.shuffle<u32>(v128.load(mirrored), zr, 3, 2, 1, 0);
    const mi = v128.shuffle<u32>(v128.load(mirrored, PARTS), zr, 3, 2, 1, 0);
    const oddR = f32x4.add(zi, mi);
    const oddI = f32x4.sub(mr, zr);
    const c = v128.load(w, SPLIT_COS);
    const s = v128.load(w, SPLIT_SIN);
    const re = f32x4.add(f32x4.add(zr, mr), f32x4.sub(f32x4.mul(oddR, c), f32x4.mul(oddI, s)));
    const im = f32x4.add(f32x4.sub(zi, mi), f32x4.add(f32x4.mul(oddR, s), f32x4.mul(oddI, c)));
    sum = f32x4.add(sum, f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
  }
  const pairs = f32x4.add(sum, v128.shuffle<u32>(sum, sum, 2, 3, 0, 1));
  return (f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)) / UNITY;
}

/** The mean square of the whole frame: exact up to the last step. */
function totalEnergy(samples: usize): f32 {
  let sums = i64x2.splat(0);
  const end = samples + 2 * FRAME_SAMPLES;
  for (; samples < end; samples += 16) {
    const eight = v128.load(samples);
    const squares = i32x4.dot_i16x8_s(eight, eight);
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(squares));
    sums = i64x2.add(sums, i64x2.extend_high_i32x4_u(squares));
  }
  return <f32>(<f64>(i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1)) / FULL_SCALE);
}

/**
 * Energies of `frameCount` frames of 960 s16 at `samples`, one behind the other: for each seven f32 to `output`, six bands
 * and the total, as mean squares of samples from -1 to 1. `work` has room for 2048 bytes.
 */
export function energies(samples: usize, frameCount: i32, tables: usize, work: usize, output: usize): void {
  const other = work + 2 * PARTS;
  for (let frame = 0; frame < frameCount; frame++) {
    filterFrame(samples, tables, work);
    pass(work, other, tables, true);
    pass(other, work, tables, false);
    lastPass(work, other);
    store<f32>(output, bandEnergy(other, tables, 2, 6));
    store<f32>(output, bandEnergy(other, tables, 6, 10), 4);
    store<f32>(output, bandEnergy(other, tables, 10, 22), 8);
    store<f32>(output, bandEnergy(other, tables, 22, 42), 12);
    store<f32>(output, bandEnergy(other, tables, 42, 66), 16);
    store<f32>(output, bandEnergy(other, tables, 66, 86), 20);
    store<f32>(output, totalEnergy(samples), 24);
    samples += 2 * FRAME_SAMPLES;
    output += 28;
  }
}
