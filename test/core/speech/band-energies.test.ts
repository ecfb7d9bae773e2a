import { describe, expect, test } from "vitest";
import { BandEnergies } from "../../../src/core/speech/band-energies.js";
import { FOURIER_TABLE_FLOATS, fourierTables } from "../../../src/core/speech/fourier-tables.js";
import { digestText, fnv1a } from "../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../kernel/memories.js";

const format = expect.objectContaining({ code: "speech/format" });

describe.each(KERNEL_SIDES)("band energies by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const energies = new BandEnergies({ kernels, arena, maxFrames: 3 });

  /** A tone of `amplitude` (1: full scale) through all frames. */
  function playTone(hz: number, amplitude: number): void {
    for (let i = 0; i < energies.input.length; i++) {
      energies.input[i] = Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * hz * i) / 48_000));
    }
  }

  test("a tone's mean square is in the band that it lies in", () => {
    for (const [band, hz] of [150, 375, 750, 1500, 2500, 3500].entries()) {
      playTone(hz, 0.5);
      energies.measure(1);
      const found = [...energies.energies.subarray(0, 6)];
      expect(found[band]).toBeGreaterThan(0.125 * 0.7);
      expect(found[band]).toBeLessThan(0.125 * 1.05);
      for (const [other, energy] of found.entries()) {
        expect(energy).toBeLessThan(other === band ? 1 : 0.125 * 0.3);
      }
    }
  });

  test("agrees with a plain Fourier sum of both windows", () => {
    let seed = 5;
    for (let i = 0; i < 960; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
      energies.input[i] = seed >> 18;
    }
    energies.measure(1);
    const edges = [80, 250, 500, 1000, 2000, 3000, 4000];
    for (let band = 0; band < 6; band++) {
      let sum = 0;
      for (let k = 1; k < 256; k++) {
        const hz = (k * 48_000) / 512;
        if (hz >= (edges[band] as number) && hz < (edges[band + 1] as number)) {
          sum += power(energies.input.subarray(0, 512), k) + power(energies.input.subarray(448, 960), k);
        }
      }
      // Both windows' mean, both sides of the spectrum, by Parseval with the window's mean square of 3/8.
      expect((energies.energies[band] as number) / (sum / (512 * 512 * 0.375))).toBeCloseTo(1, 4);
    }
  });

  test("silence is exactly nothing, and each frame of a batch has energies of its own", () => {
    energies.input.fill(0);
    playTone(1500, 0.25);
    energies.input.fill(0, 960, 1920);
    energies.measure(3);
    const loudest = [0, 1, 2].map((frame) => energies.energies[6 * frame + 3] as number);
    expect(loudest[1]).toBe(0);
    expect(loudest[0]).toBeGreaterThan(0.02);
    expect(loudest[2]).toBeGreaterThan(0.02);
  });

  test("takes other rates, frames and bands", () => {
    const options = { sampleRateHz: 16_000, frameSamples: 512, edgesHz: [1000, 2000, 8000] };
    const wide = new BandEnergies({ kernels, arena, ...options });
    expect([wide.bandCount, wide.input.length, wide.energies.length]).toEqual([2, 512, 2]);
    for (let i = 0; i < 512; i++) {
      wide.input[i] = Math.round(16_384 * Math.sin((2 * Math.PI * 5000 * i) / 16_000));
    }
    wide.measure();
    expect(wide.energies[1]).toBeCloseTo(0.125, 3);
    expect(wide.energies[0]).toBeLessThan(1e-6);
  });

  test("counts its calls and the bytes it heard", () => {
    const before = { ...kernels.counters["band-energies"] } as { calls: number; bytes: number };
    energies.measure(2);
    expect(kernels.counters["band-energies"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 3840 });
  });

  test("refuses more frames than it has room for, and writes nothing", () => {
    const before = fnv1a(arena.memory.bytes);
    for (const count of [4, -1, 0.5, Number.NaN]) {
      expect(() => energies.measure(count)).toThrow(expect.objectContaining({ code: "speech/too-many-frames" }));
    }
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });

  test("refuses frames and bands that cannot be, and takes nothing of the arena", () => {
    const free = arena.freeBytes;
    for (const options of [
      { frameSamples: 511 },
      { frameSamples: 1025 },
      { frameSamples: 600.5 },
      { maxFrames: 0 },
      { sampleRateHz: 0 },
      { edgesHz: [] },
      { edgesHz: [100] },
      { edgesHz: [0, 1000] },
      { edgesHz: [1000, 500] },
      { edgesHz: [100, 110, 120] },
      { edgesHz: [100, 24_100] },
      { edgesHz: [100, Number.NaN] },
    ]) {
      expect(() => new BandEnergies({ kernels, arena, ...options })).toThrow(format);
    }
    expect(arena.freeBytes).toBe(free);
  });
});

/** Power of bin `k` of 512 samples under Hann's window. */
function power(samples: Int16Array, k: number): number {
  let [re, im] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    const value = (sample / 32_768) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 512));
    re += value * Math.cos((2 * Math.PI * k * i) / 512);
    im -= value * Math.sin((2 * Math.PI * k * i) / 512);
  }
  return re * re + im * im;
}

test("the tables are the same in every runtime, and as near to sine and cosine as f32 comes", () => {
  const tables = fourierTables();
  expect(tables.length).toBe(FOURIER_TABLE_FLOATS);
  expect(digestText(fnv1a(new Uint8Array(tables.buffer)))).toBe("8e564ec1");
  for (let k = 0; k < 512; k++) {
    expect(Math.abs((tables[k] as number) * 32_768 - (0.5 - 0.5 * Math.cos((2 * Math.PI * k) / 512)))).toBeLessThan(
      1e-7,
    );
  }
  for (let times = 1; times <= 3; times++) {
    for (let k = 0; k < 128; k++) {
      const at = 512 + 256 * (times - 1) + k;
      const angle = (2 * Math.PI * times * k) / 512;
      expect(Math.abs((tables[at] as number) - Math.cos(angle))).toBeLessThan(1e-7);
      expect(Math.abs((tables[at + 128] as number) + Math.sin(angle))).toBeLessThan(1e-7);
    }
  }
});
