// Tables of kernel band-energies. Math.sin may differ between engines in the last bit; series and sums of products do not.

/** The filter, the window, and the turns of the transform: offsets in assembly/band-energies.ts. */
export const BAND_TABLE_BYTES = 2432;
/** Samples that the transform takes at 12 kHz, in pairs; zeros fill it to 128 pairs. */
export const FILTERED_PAIRS = 116;

/**
 * The first half of a symmetric filter from 48 to 12 kHz, as 1/32768: within 0.25 dB up to 4 kHz, and what would fold onto
 * that comes out 57 dB weaker. Remez exchange, bands 0 to 4050, 7950 to 16050 and 19950 to 24000 Hz, weights 1, 10, 10.
 */
const HALF_FILTER = [-80, -95, -64, 53, 307, 467, 430, 81, -590, -1170, -1264, -470, 1352, 3774, 6109, 7544];

/** cos and sin of 2 pi n / `steps`, turned on by one step each time; right to about 1e-13. */
function circle(steps: number): { cos: Float64Array; sin: Float64Array } {
  const angle = (2 * Math.PI) / steps;
  const square = angle * angle;
  let [stepCos, stepSin] = [1, 1];
  for (let n = 12; n > 0; n -= 2) {
    stepCos = 1 - (square * stepCos) / (n * (n - 1));
    stepSin = 1 - (square * stepSin) / (n * (n + 1));
  }
  stepSin *= angle;
  const cos = new Float64Array(steps).fill(1);
  const sin = new Float64Array(steps);
  for (let n = 1; n < steps; n++) {
    cos[n] = cos[n - 1] * stepCos - sin[n - 1] * stepSin;
    sin[n] = sin[n - 1] * stepCos + cos[n - 1] * stepSin;
  }
  return { cos, sin };
}

/** Writes the tables to `bytes`, which start at a multiple of 4 and are {@link BAND_TABLE_BYTES} long. */
export function writeBandTables({ buffer, byteOffset }: Uint8Array): void {
  new Int16Array(buffer, byteOffset, 32).set([...HALF_FILTER, ...HALF_FILTER.toReversed()]);
  const floats = new Float32Array(buffer, byteOffset + 64, (BAND_TABLE_BYTES - 64) / 4);
  // Hann, its samples in the middle of their steps; filtered samples come as s16 times 2^15.
  const halfSteps = circle(4 * FILTERED_PAIRS);
  for (let n = 0; n < 2 * FILTERED_PAIRS; n++) {
    floats[(n & 1) * FILTERED_PAIRS + (n >> 1)] = (0.5 - 0.5 * halfSteps.cos[2 * n + 1]) / 2 ** 30;
  }
  const { cos, sin } = circle(256);
  let at = 2 * FILTERED_PAIRS;
  for (let times = 1; times <= 3; times++, at += 64) {
    for (let p = 0; p < 32; p++) {
      floats[at + p] = cos[2 * times * p];
      floats[at + 32 + p] = -sin[2 * times * p];
    }
  }
  for (let k = 2; k < 86; k++) {
    floats[at + k - 2] = cos[k];
    floats[at + 84 + k - 2] = -sin[k];
  }
}
