// The TypeScript twin of kernel band-energies (assembly/band-energies.ts): the same f32 operations in the same order, so
// that energies and work range are equal to the bit.
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import { FOURIER_POINTS } from "./fourier-tables.js";

/** Bytes of the work range: real and imaginary parts, twice. */
export const BAND_WORK_BYTES: number = 4 * 4 * FOURIER_POINTS;

/** The functions of kernel band-energies. */
export interface BandEnergiesCalls {
  /** Fills the output; arguments as in assembly/band-energies.ts, all addresses multiples of 4, `input` even. */
  energies(
    input: number,
    frameCount: number,
    frameSamples: number,
    tables: number,
    work: number,
    bands: number,
    bandCount: number,
    output: number,
    scale: number,
  ): void;
}

/** Kernel band-energies. Its one face is {@link BandEnergies}. */
export const BAND_ENERGIES: KernelDefinition<BandEnergiesCalls> = { name: "band-energies", twin: bandEnergiesTwin };

const f = Math.fround;
const QUARTER = FOURIER_POINTS / 4;

function bandEnergiesTwin({ bytes, view }: KernelMemory): BandEnergiesCalls {
  const integers = new Int16Array(bytes.buffer);
  const floats = new Float32Array(bytes.buffer);

  /** A sum of two real windows' powers in bin `k`, after the last pass. */
  function binPower(at: number, k: number): number {
    const i = at + (k & 255);
    const [ar, br, ai, bi] = [floats[i], floats[i + 256], floats[i + 512], floats[i + 768]];
    const re = k < 256 ? f(ar + br) : f(ar - br);
    const im = k < 256 ? f(ai + bi) : f(ai - bi);
    return f(f(re * re) + f(im * im));
  }

  return {
    energies: (input, frameCount, frameSamples, tables, work, bands, bandCount, output, scale) => {
      const [table, a, to] = [tables >> 2, work >> 2, output >> 2];
      const b = a + 2 * FOURIER_POINTS;
      for (let frame = 0; frame < frameCount; frame++) {
        const first = (input >> 1) + frame * frameSamples;
        const second = first + frameSamples - FOURIER_POINTS;
        for (let i = 0; i < FOURIER_POINTS; i++) {
          floats[a + i] = integers[first + i] * floats[table + i];
          floats[a + FOURIER_POINTS + i] = integers[second + i] * floats[table + i];
        }
        pass(floats, a, b, table, 1);
        pass(floats, b, a, table, 4);
        pass(floats, a, b, table, 16);
        pass(floats, b, a, table, 64);
        for (let band = 0; band < bandCount; band++) {
          const last = view.getUint32(bands + 8 * band + 4, true);
          let sum = 0;
          for (let k = view.getUint32(bands + 8 * band, true); k <= last; k++) {
            sum = f(sum + f(binPower(a, k) + binPower(a, FOURIER_POINTS - k)));
          }
          floats[to + frame * bandCount + band] = f(sum * f(scale));
        }
      }
    },
  };
}

/** One pass of radix 4 (Stockham): `stride` butterflies in a row share their twiddles. */
function pass(floats: Float32Array, from: number, to: number, table: number, stride: number): void {
  for (let row = 0; row < QUARTER; row += stride) {
    const w = table + FOURIER_POINTS + row;
    const [w1r, w1i, w2r] = [floats[w], floats[w + 128], floats[w + 256]];
    const [w2i, w3r, w3i] = [floats[w + 384], floats[w + 512], floats[w + 640]];
    for (let q = 0; q < stride; q++) {
      const x = from + row + q;
      const y = to + 4 * row + q;
      const im = x + FOURIER_POINTS;
      const sumAcR = f(floats[x] + floats[x + 256]);
      const sumAcI = f(floats[im] + floats[im + 256]);
      const sumBdR = f(floats[x + 128] + floats[x + 384]);
      const sumBdI = f(floats[im + 128] + floats[im + 384]);
      const acR = f(floats[x] - floats[x + 256]);
      const acI = f(floats[im] - floats[im + 256]);
      const bdR = f(floats[x + 128] - floats[x + 384]);
      const bdI = f(floats[im + 128] - floats[im + 384]);
      floats[y] = sumAcR + sumBdR;
      floats[y + FOURIER_POINTS] = sumAcI + sumBdI;
      storeProduct(floats, y + stride, f(acR + bdI), f(acI - bdR), w1r, w1i);
      storeProduct(floats, y + 2 * stride, f(sumAcR - sumBdR), f(sumAcI - sumBdI), w2r, w2i);
      storeProduct(floats, y + 3 * stride, f(acR - bdI), f(acI + bdR), w3r, w3i);
    }
  }
}

function storeProduct(floats: Float32Array, at: number, xr: number, xi: number, wr: number, wi: number): void {
  floats[at] = f(xr * wr) - f(xi * wi);
  floats[at + FOURIER_POINTS] = f(xr * wi) + f(xi * wr);
}
