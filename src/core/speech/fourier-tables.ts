// Tables of a Fourier transform of 512 points. Math.sin may differ from engine to engine in the last bit, so the angles go
// through series of additions and multiplications, which may not.

/** Points of the transform, and samples of its window. */
export const FOURIER_POINTS = 512;
/** The window, then cos and -sin of one, two and three times 2 pi k / 512 for k below 128. */
export const FOURIER_TABLE_FLOATS: number = FOURIER_POINTS + 6 * 128;

/** cos(2 pi k / 512) for k from 0 to 64: up to an eighth of the circle. */
function octantCos(k: number): number {
  const angle = (2 * Math.PI * k) / FOURIER_POINTS;
  const square = angle * angle;
  let sum = 1;
  for (let n = 16; n > 0; n -= 2) {
    sum = 1 - (square * sum) / (n * (n - 1));
  }
  return sum;
}

/** sin(2 pi k / 512) for k from 0 to 64. */
function octantSin(k: number): number {
  const angle = (2 * Math.PI * k) / FOURIER_POINTS;
  const square = angle * angle;
  let sum = 1;
  for (let n = 17; n > 1; n -= 2) {
    sum = 1 - (square * sum) / (n * (n - 1));
  }
  return angle * sum;
}

/** cos(2 pi k / 512) for any whole k of at least 0. */
function cosOf(k: number): number {
  const at = k % FOURIER_POINTS;
  if (at > 256) {
    return cosOf(FOURIER_POINTS - at);
  }
  if (at > 128) {
    return -cosOf(256 - at);
  }
  return at > 64 ? octantSin(128 - at) : octantCos(at);
}

/** sin(2 pi k / 512): the cosine a quarter earlier. */
function sinOf(k: number): number {
  return cosOf(k + FOURIER_POINTS - 128);
}

/** The tables of kernel band-energies. The window is Hann's, for samples of -32768 to 32767. */
export function fourierTables(): Float32Array {
  const tables = new Float32Array(FOURIER_TABLE_FLOATS);
  for (let k = 0; k < FOURIER_POINTS; k++) {
    tables[k] = (0.5 - 0.5 * cosOf(k)) / 32_768;
  }
  for (let times = 1; times <= 3; times++) {
    const start = FOURIER_POINTS + (times - 1) * 256;
    for (let k = 0; k < 128; k++) {
      tables[start + k] = cosOf(times * k);
      tables[start + 128 + k] = -sinOf(times * k);
    }
  }
  return tables;
}
