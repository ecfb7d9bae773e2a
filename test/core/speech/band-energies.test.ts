import { describe, expect, test } from "vitest";
import { BandEnergies } from "../../../src/core/speech/band-energies.js";
import { BAND_TABLE_BYTES, writeBandTables } from "../../../src/core/speech/band-tables.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { digestText, fnv1a } from "../kernel/fnv1a.js";
import { createBench, KERNEL_SIDES } from "../kernel/memories.js";
import { referenceEnergies } from "./slow-band-energies.js";

const { frameSamples: FRAME } = BandEnergies;
const MAX_FRAMES = 4;

/** A frame from a formula over its samples' numbers; what it gives is rounded and held to s16. */
function frameOf(formula: (n: number) => number): Int16Array {
  return Int16Array.from({ length: FRAME }, (_, n) => Math.max(-32_768, Math.min(32_767, Math.round(formula(n)))));
}

function tone(hz: number, amplitude: number, phase = 0): Int16Array {
  return frameOf((n) => amplitude * Math.sin((2 * Math.PI * hz * n) / 48_000 + phase));
}

describe.each(KERNEL_SIDES)("band energies by $kind on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const meter = new BandEnergies({ kernels, arena, maxFrames: MAX_FRAMES });
  const region = arena.reserve("samples", 2 * FRAME * MAX_FRAMES);
  const samples = new Int16Array(arena.memory.bytes.buffer, region.address, FRAME * MAX_FRAMES);

  function measure(frame: Int16Array): { bands: number[]; total: number } {
    samples.set(frame);
    meter.measure(region, 1);
    return { bands: Array.from({ length: 6 }, (_, band) => meter.band(0, band)), total: meter.total(0) };
  }

  test("the bands' edges", () => {
    expect(BandEnergies.edgesHz).toEqual([70.3125, 257.8125, 445.3125, 1007.8125, 1945.3125, 3070.3125, 4007.8125]);
  });

  test("silence is 0 in every band and in all", () => {
    expect(measure(frameOf(() => 0))).toEqual({ bands: [0, 0, 0, 0, 0, 0], total: 0 });
  });

  test.each([
    ...[150, 350, 700, 1500, 2500, 3500].map((hz, band) => ({ hz, band })),
    { hz: 550, band: 2 },
    { hz: 3900, band: 5 },
  ])("a tone of $hz Hz is in band $band, at its mean square within 0.3 dB, and hardly elsewhere", ({ hz, band }) => {
    for (const amplitude of [32_767, 8000, 300]) {
      for (const phase of [0, 1, 2, 3]) {
        const { bands, total } = measure(tone(hz, amplitude, phase));
        const meanSquare = (amplitude / 32_768) ** 2 / 2;
        expect(Math.abs(10 * Math.log10(bands[band] / meanSquare))).toBeLessThan(0.3);
        expect(Math.abs(10 * Math.log10(total / meanSquare))).toBeLessThan(0.15);
        const elsewhere = bands.reduce((sum, energy) => sum + energy, 0) - bands[band];
        expect(elsewhere / meanSquare).toBeLessThan(0.05);
      }
    }
  });

  test.each([
    8000, 8500, 10_000, 12_000, 15_900, 20_100, 23_500,
  ])("a tone of %i Hz is in no band, only in all", (hz) => {
    const { bands, total } = measure(tone(hz, 32_767, 1));
    expect(total).toBeGreaterThan(0.49);
    expect(bands.reduce((sum, energy) => sum + energy, 0)).toBeLessThan(0.5 * 10 ** -5.5);
  });

  test("an offset shows in the lowest band only, 26 dB below what it is", () => {
    const { bands, total } = measure(frameOf(() => 16_384));
    expect(total).toBe(0.25);
    expect(bands[0]).toBeLessThan(0.25 * 10 ** -2.59);
    expect(Math.max(...bands.slice(1))).toBeLessThan(0.25 * 10 ** -5);
  });

  test("white noise spreads: each band has about its share of 24 kHz", () => {
    const random = new SeededRandom(71);
    const sums = [0, 0, 0, 0, 0, 0];
    let totals = 0;
    for (let i = 0; i < 200; i++) {
      const { bands, total } = measure(frameOf(() => random.integer(20_000) - 10_000));
      bands.forEach((energy, band) => {
        sums[band] += energy;
      });
      totals += total;
    }
    sums.forEach((energy, band) => {
      const share = (BandEnergies.edgesHz[band + 1] - BandEnergies.edgesHz[band]) / 24_000;
      expect(energy / totals / share).toBeGreaterThan(0.85);
      expect(energy / totals / share).toBeLessThan(1.15);
    });
  });

  test("full scale does not overflow: what the filter answers most to, squares, the lowest sample without end", () => {
    const square = (period: number) => frameOf((n) => (n % period < period / 2 ? 32_767 : -32_768));
    for (const frame of [frameOf(() => -32_768), ...[2, 12, 13, 16, 24, 48, 100, 480].map(square)]) {
      const { bands, total } = measure(frame);
      expect(total).toBeGreaterThan(0.9999);
      expect(total).toBeLessThanOrEqual(1);
      const reference = referenceEnergies(frame);
      bands.forEach((energy, band) => {
        expect(Math.abs(energy - reference.bands[band])).toBeLessThan(1e-6);
      });
    }
    expect(measure(frameOf(() => -32_768)).total).toBe(1);
  });

  test("agrees with a slow transform in double precision to a part in 100 000, from full scale down to single steps", () => {
    const random = new SeededRandom(72);
    for (const amplitude of [32_767, 3000, 100, 2]) {
      for (let i = 0; i < 5; i++) {
        const frame = frameOf(
          (n) => amplitude * Math.sin(n / (3 + i)) * 0.5 + (random.integer(1001) / 1000 - 0.5) * amplitude,
        );
        const { bands, total } = measure(frame);
        const reference = referenceEnergies(frame);
        bands.forEach((energy, band) => {
          expect(Math.abs(energy / reference.bands[band] - 1)).toBeLessThan(1e-5);
        });
        expect(Math.abs(total / reference.total - 1)).toBeLessThan(1e-7);
      }
    }
  });

  test("frames of a batch do not depend on each other", () => {
    const random = new SeededRandom(73);
    const frames = Array.from({ length: MAX_FRAMES }, () => frameOf(() => random.integer(65_536) - 32_768));
    const alone = frames.map((frame) => {
      const { bands, total } = measure(frame);
      return [...bands, total];
    });
    frames.forEach((frame, i) => {
      samples.set(frame, FRAME * i);
    });
    meter.measure(region, MAX_FRAMES);
    expect([...meter.energies]).toEqual(alone.flat());
  });

  test("counts its calls and the bytes it looked at", () => {
    const before = { ...kernels.counters["band-energies"] } as { calls: number; bytes: number };
    meter.measure(region, 3);
    expect(kernels.counters["band-energies"]).toEqual({ calls: before.calls + 1, bytes: before.bytes + 6 * FRAME });
  });

  test("refuses what cannot be, and nothing is written", () => {
    const before = fnv1a(arena.memory.bytes);
    for (const count of [-1, 1.5, Number.NaN, MAX_FRAMES + 1, Number.POSITIVE_INFINITY]) {
      expect(() => meter.measure(region, count)).toThrow(expect.objectContaining({ code: "speech/frames" }));
    }
    const range = expect.objectContaining({ code: "kernel/range" });
    const { address, lengthBytes } = region;
    for (const fault of [
      ...[
        { lengthBytes: 2 * FRAME - 1 },
        { lengthBytes: 0 },
        { address: -2 },
        { address: address + 1, lengthBytes: 4000 },
      ],
      ...[{ address: arena.memory.sizeBytes - 2 * FRAME }, { address: Number.NaN }],
    ]) {
      expect(() => meter.measure({ ...region, ...fault }, 1)).toThrow(range);
    }
    expect(() => meter.measure({ ...region, lengthBytes: lengthBytes - 2 }, MAX_FRAMES)).toThrow(range);
    expect(fnv1a(arena.memory.bytes)).toBe(before);
  });

  test("refuses batches that are none or do not fit into the arena", () => {
    for (const maxFrames of [0, -1, 2.5, Number.NaN]) {
      expect(() => new BandEnergies({ kernels, arena, maxFrames })).toThrow(
        expect.objectContaining({ code: "speech/frames" }),
      );
    }
    expect(() => new BandEnergies({ kernels, arena, maxFrames: 1e6 })).toThrow(
      expect.objectContaining({ code: "kernel/arena-full" }),
    );
  });
});

test("the tables are the same in every runtime, and as near to sine and cosine as f32 comes", () => {
  const bytes = new Uint8Array(BAND_TABLE_BYTES);
  writeBandTables(bytes);
  expect(digestText(fnv1a(bytes))).toBe("e7eb6ddf");
  const floats = new Float32Array(bytes.buffer, 64);
  const turn = (steps: number) => (2 * Math.PI * steps) / 256;
  const wanted = Array.from({ length: 232 }, (_, i) => {
    const n = 2 * (i % 116) + Math.floor(i / 116);
    return Math.sin((Math.PI * (n + 0.5)) / 232) ** 2 / 2 ** 30;
  });
  for (const times of [1, 2, 3]) {
    wanted.push(...Array.from({ length: 32 }, (_, p) => Math.cos(turn(2 * times * p))));
    wanted.push(...Array.from({ length: 32 }, (_, p) => -Math.sin(turn(2 * times * p))));
  }
  wanted.push(...Array.from({ length: 84 }, (_, i) => Math.cos(turn(i + 2))));
  wanted.push(...Array.from({ length: 84 }, (_, i) => -Math.sin(turn(i + 2))));
  expect(wanted.length).toBe(floats.length);
  floats.forEach((value, i) => {
    const scale = i < 232 ? 2 ** -30 : 1;
    expect(Math.abs(value - (wanted[i] as number)) / scale).toBeLessThan(6e-8);
  });
});
