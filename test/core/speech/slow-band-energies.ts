// The energies of a frame by definition, in double precision: every tap of the filter, every sample of every bin.
import { BandEnergies } from "../../../src/core/speech/band-energies.js";

const FILTER = [-80, -95, -64, 53, 307, 467, 430, 81, -590, -1170, -1264, -470, 1352, 3774, 6109, 7544];

/** Mean squares of samples from -1 to 1: six bands and all. */
export function referenceEnergies(frame: Int16Array): { bands: number[]; total: number } {
  const taps = [...FILTER, ...FILTER.toReversed()].map((tap) => tap / 32_768);
  const x = Array.from(frame, (sample) => sample / 32_768);
  const windowed = Array.from({ length: 232 }, (_, n) => {
    const filtered = taps.reduce((sum, tap, i) => sum + tap * x[2 + 4 * n + i], 0);
    return filtered * Math.sin((Math.PI * (n + 0.5)) / 232) ** 2;
  });
  const bands = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < 128; k++) {
    const hz = (k * 12_000) / 256;
    const band = BandEnergies.edgesHz.findLastIndex((edge) => edge <= hz);
    if (band >= 0 && band < 6) {
      let [re, im] = [0, 0];
      windowed.forEach((value, n) => {
        re += value * Math.cos((2 * Math.PI * k * n) / 256);
        im -= value * Math.sin((2 * Math.PI * k * n) / 256);
      });
      // Both sides of the spectrum, by Parseval, over the energy of the window (3/8 of its length).
      bands[band] += (2 * (re ** 2 + im ** 2)) / (256 * 87);
    }
  }
  return { bands, total: x.reduce((sum, value) => sum + value ** 2, 0) / x.length };
}
