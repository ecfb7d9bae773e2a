// The TypeScript twin of kernel band-energies (assembly/band-energies.ts): the same operations on f32 in the same order, so
// that energies and work range are equal to the bit.
import { BAND_ENERGIES_WASM } from "../kernel/embedded/band-energies.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import { FILTERED_PAIRS } from "./band-tables.js";

/** Samples of a frame: 20 ms at 48 kHz. */
export const BAND_FRAME_SAMPLES = 960;
/** Results of a frame: six bands and the total. */
export const BAND_VALUES = 7;
/** Two arrays of 128 complex numbers. */
export const BAND_WORK_BYTES = 2048;
/** First bin of each band, and the one behind the last. A bin is 46.875 Hz. */
const BANDS = [2, 6, 10, 22, 42, 66, 86] as const;

/** The functions of kernel band-energies. */
export interface BandEnergiesCalls {
  /** Fills the output; arguments as in assembly/band-energies.ts. `samples` is even, the others multiples of 4. */
  energies(samples: number, frameCount: number, tables: number, work: number, output: number): void;
}

/** Kernel band-energies. Its one face is {@link BandEnergies}. */
export const BAND_ENERGIES: KernelDefinition<BandEnergiesCalls> = {
  name: "band-energies",
  embedded: BAND_ENERGIES_WASM,
  twin: ({ bytes: { buffer } }: KernelMemory): BandEnergiesCalls => {
    const integers = new Int16Array(buffer);
    const floats = new Float32Array(buffer);
    return {
      energies: (samples, frameCount, tables, work, output) => {
        const constants = (tables + 64) >> 2;
        const a = work >> 2;
        const b = a + 256;
        const turns = constants + 2 * FILTERED_PAIRS;
        for (let frame = 0; frame < frameCount; frame++) {
          const first = (samples >> 1) + frame * BAND_FRAME_SAMPLES;
          const to = (output >> 2) + frame * BAND_VALUES;
          filterFrame(integers, first, tables >> 1, floats, constants, a);
          radix4(floats, a, b, turns, 1);
          radix4(floats, b, a, turns, 4);
          radix8(floats, a, b);
          for (let band = 0; band < 6; band++) {
            floats[to + band] = bandEnergy(floats, b, turns + 192, BANDS[band], BANDS[band + 1]);
          }
          let sum = 0;
          for (let i = first; i < first + BAND_FRAME_SAMPLES; i++) {
            sum += integers[i] * integers[i];
          }
          floats[to + 6] = sum / (BAND_FRAME_SAMPLES * 2 ** 30);
        }
      },
    };
  },
};

const f = Math.fround;
/** The root of 1/2, as f32. */
const ROOT_HALF = 0.7071067690849304;

/** Filter, window, real and imaginary parts: even and odd samples. */
function filterFrame(
  integers: Int16Array,
  first: number,
  filter: number,
  floats: Float32Array,
  window: number,
  to: number,
): void {
  for (let n = 0; n < 2 * FILTERED_PAIRS; n++) {
    const x = first + 2 + 4 * n;
    let sum = 0;
    for (let tap = 0; tap < 16; tap++) {
      sum = (sum + Math.imul(integers[x + tap] + integers[x + 31 - tap], integers[filter + tap])) | 0;
    }
    const half = n >> 1;
    const part = n & 1;
    floats[to + 128 * part + half] = f(sum) * floats[window + FILTERED_PAIRS * part + half];
  }
  floats.fill(0, to + FILTERED_PAIRS, to + 128);
  floats.fill(0, to + 128 + FILTERED_PAIRS, to + 256);
}

/** A pass of radix 4 (Stockham): `stride` butterflies in a row share their twiddles. */
function radix4(floats: Float32Array, from: number, to: number, turns: number, stride: number): void {
  for (let at = 0; at < 32; at++) {
    const x = from + at;
    const w = turns + at - (at % stride);
    const y = to + 4 * at - 3 * (at % stride);
    const sumR = f(floats[x] + floats[x + 64]);
    const sumI = f(floats[x + 128] + floats[x + 192]);
    const otherR = f(floats[x + 32] + floats[x + 96]);
    const otherI = f(floats[x + 160] + floats[x + 224]);
    const differenceR = f(floats[x] - floats[x + 64]);
    const differenceI = f(floats[x + 128] - floats[x + 192]);
    const turnedR = f(floats[x + 160] - floats[x + 224]);
    const turnedI = f(floats[x + 96] - floats[x + 32]);
    floats[y] = sumR + otherR;
    floats[y + 128] = sumI + otherI;
    storeProduct(floats, y + stride, f(differenceR + turnedR), f(differenceI + turnedI), floats[w], floats[w + 32]);
    storeProduct(floats, y + 2 * stride, f(sumR - otherR), f(sumI - otherI), floats[w + 64], floats[w + 96]);
    storeProduct(
      floats,
      y + 3 * stride,
      f(differenceR - turnedR),
      f(differenceI - turnedI),
      floats[w + 128],
      floats[w + 160],
    );
  }
}

function storeProduct(floats: Float32Array, y: number, re: number, im: number, cos: number, sin: number): void {
  floats[y] = f(re * cos) - f(im * sin);
  floats[y + 128] = f(re * sin) + f(im * cos);
}

/** The last pass, of radix 8. */
function radix8(floats: Float32Array, from: number, to: number): void {
  for (let x = from, y = to; x < from + 16; x++, y++) {
    storeFour(
      floats,
      y,
      add64(floats, x),
      add64(floats, x + 128),
      add64(floats, x + 16),
      add64(floats, x + 144),
      add64(floats, x + 32),
      add64(floats, x + 160),
      add64(floats, x + 48),
      add64(floats, x + 176),
    );
    const r1 = subtract64(floats, x + 16);
    const i1 = subtract64(floats, x + 144);
    const r3 = subtract64(floats, x + 48);
    const i3 = subtract64(floats, x + 176);
    storeFour(
      floats,
      y + 16,
      subtract64(floats, x),
      subtract64(floats, x + 128),
      f(f(i1 + r1) * ROOT_HALF),
      f(f(i1 - r1) * ROOT_HALF),
      subtract64(floats, x + 160),
      f(floats[x + 96] - floats[x + 32]),
      f(f(i3 - r3) * ROOT_HALF),
      -f(f(i3 + r3) * ROOT_HALF),
    );
  }
}

function add64(floats: Float32Array, at: number): number {
  return f(floats[at] + floats[at + 64]);
}

function subtract64(floats: Float32Array, at: number): number {
  return f(floats[at] - floats[at + 64]);
}

function storeFour(
  floats: Float32Array,
  y: number,
  ar: number,
  ai: number,
  br: number,
  bi: number,
  cr: number,
  ci: number,
  dr: number,
  di: number,
): void {
  const sumR = f(ar + cr);
  const sumI = f(ai + ci);
  const otherR = f(br + dr);
  const otherI = f(bi + di);
  floats[y] = sumR + otherR;
  floats[y + 128] = sumI + otherI;
  floats[y + 64] = sumR - otherR;
  floats[y + 192] = sumI - otherI;
  const differenceR = f(ar - cr);
  const differenceI = f(ai - ci);
  const turnedR = f(bi - di);
  const turnedI = f(dr - br);
  floats[y + 32] = differenceR + turnedR;
  floats[y + 160] = differenceI + turnedI;
  floats[y + 96] = differenceR - turnedR;
  floats[y + 224] = differenceI - turnedI;
}

/** The mean square of a band's bins, summed in four lanes. */
function bandEnergy(floats: Float32Array, spectrum: number, turns: number, first: number, end: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = first; k < end; k += 4) {
    a = f(a + binPower(floats, spectrum, turns, k));
    b = f(b + binPower(floats, spectrum, turns, k + 1));
    c = f(c + binPower(floats, spectrum, turns, k + 2));
    d = f(d + binPower(floats, spectrum, turns, k + 3));
  }
  return f(f(f(a + c) + f(b + d)) / 44_544);
}

function binPower(floats: Float32Array, spectrum: number, turns: number, k: number): number {
  const z = spectrum + k;
  const m = spectrum + 128 - k;
  const cos = floats[turns + k - 2];
  const sin = floats[turns + 82 + k];
  const oddR = f(floats[z + 128] + floats[m + 128]);
  const oddI = f(floats[m] - floats[z]);
  const re = f(f(floats[z] + floats[m]) + f(f(oddR * cos) - f(oddI * sin)));
  const im = f(f(floats[z + 128] - floats[m + 128]) + f(f(oddR * sin) + f(oddI * cos)));
  return f(f(re * re) + f(im * im));
}
