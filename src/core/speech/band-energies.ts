// The energy of sound in bands of frequency: what voice activity is told by. Two windows of 512 samples cover a frame.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide } from "../kernel/bind-kernel.js";
import { BAND_ENERGIES, BAND_WORK_BYTES, type BandEnergiesCalls } from "./band-energies-twin.js";
import { FOURIER_POINTS, FOURIER_TABLE_FLOATS, fourierTables } from "./fourier-tables.js";

/** Format of the sound and edges of the bands; input, tables and results are taken from the arena at construction. */
export interface BandEnergiesOptions extends KernelSide {
  /** Default 48000. */
  readonly sampleRateHz?: number;
  /** Samples of a frame, 512 to 1024. Default 960: 20 ms at 48 kHz. */
  readonly frameSamples?: number;
  /** Where bands begin and end, ascending, below half the sample rate. Default six bands from 80 to 4000 Hz. */
  readonly edgesHz?: readonly number[];
  /** The most frames of one call. Default 1. */
  readonly maxFrames?: number;
}

/** Edges of six bands in which speech shows. */
const SPEECH_EDGES_HZ = [80, 250, 500, 1000, 2000, 3000, 4000];
const MAX_BANDS = 64;
/** Two sides of the spectrum, the window's mean square (3/8), both windows and the transform's 512 points. */
const SCALE = 1 / (2 * FOURIER_POINTS * FOURIER_POINTS * 0.375);

/** The face of kernel band-energies. Measuring allocates nothing. */
export class BandEnergies {
  /** Where the caller writes frames of mono samples, one behind the other, before each call. */
  readonly input: Int16Array;
  /** Of the last call: for each frame one number a band, the mean square of what samples from -1 to 1 have there. */
  readonly energies: Float32Array;
  readonly bandCount: number;
  readonly #kernel: BoundKernel<BandEnergiesCalls>;
  readonly #frameSamples: number;
  readonly #maxFrames: number;
  readonly #input: Region;
  readonly #tables: Region;
  readonly #work: Region;
  readonly #bands: Region;
  readonly #output: Region;

  /** Throws `speech/format` for frames or bands that cannot be, `kernel/foreign-memory`, `kernel/arena-full`. */
  constructor({
    kernels,
    arena,
    sampleRateHz = 48_000,
    frameSamples = 2 * 480,
    edgesHz = SPEECH_EDGES_HZ,
    maxFrames = 1,
  }: BandEnergiesOptions) {
    this.#kernel = bindKernel(BAND_ENERGIES, { kernels, arena });
    const isFrame = Number.isInteger(frameSamples) && frameSamples >= FOURIER_POINTS && frameSamples <= 1024;
    if (!(isFrame && sampleRateHz > 0 && Number.isInteger(maxFrames) && maxFrames >= 1)) {
      throw new FloeError("speech/format", `${maxFrames} frames of ${frameSamples} samples at ${sampleRateHz} Hz`, {
        fix: "Use 512 to 1024 samples a frame.",
      });
    }
    const bands = binsOf(edgesHz, sampleRateHz);
    this.bandCount = bands.length / 2;
    this.#frameSamples = frameSamples;
    this.#maxFrames = maxFrames;
    this.#input = arena.reserve("band-energies input", 2 * frameSamples * maxFrames);
    this.#tables = arena.reserve("band-energies tables", 4 * FOURIER_TABLE_FLOATS, 64);
    this.#work = arena.reserve("band-energies work", BAND_WORK_BYTES, 64);
    this.#bands = arena.reserve("band-energies bands", 4 * bands.length);
    this.#output = arena.reserve("band-energies output", 4 * this.bandCount * maxFrames);
    const { buffer } = arena.memory.bytes;
    this.input = new Int16Array(buffer, this.#input.address, frameSamples * maxFrames);
    this.energies = new Float32Array(buffer, this.#output.address, this.bandCount * maxFrames);
    new Float32Array(buffer, this.#tables.address).set(fourierTables());
    new Uint32Array(buffer, this.#bands.address).set(bands);
  }

  /** Measures the first `frameCount` frames of `input` into `energies`. Throws `speech/too-many-frames`; nothing is written then. */
  measure(frameCount = 1): void {
    if (!(Number.isInteger(frameCount) && frameCount >= 0 && frameCount <= this.#maxFrames)) {
      throw new FloeError("speech/too-many-frames", `${frameCount} frames, room for ${this.#maxFrames}`, {
        fix: "Raise maxFrames.",
      });
    }
    const { calls, counter } = this.#kernel;
    calls.energies(
      this.#input.address,
      frameCount,
      this.#frameSamples,
      this.#tables.address,
      this.#work.address,
      this.#bands.address,
      this.bandCount,
      this.#output.address,
      SCALE,
    );
    counter.calls++;
    counter.bytes += 2 * frameCount * this.#frameSamples;
  }
}

/** First and last bin of each band. A bin belongs to the band that its middle lies in; none is in two. */
function binsOf(edgesHz: readonly number[], sampleRateHz: number): number[] {
  const bins = edgesHz.map((edge) => Math.ceil((edge * FOURIER_POINTS) / sampleRateHz));
  const bands: number[] = [];
  for (let i = 1; i < bins.length; i++) {
    bands.push(bins[i - 1], bins[i] - 1);
  }
  const isAscending = bins.every((bin, i) => (i === 0 ? bin >= 1 : bin > bins[i - 1]) && bin <= FOURIER_POINTS / 2);
  if (!(isAscending && bands.length >= 2 && bands.length <= 2 * MAX_BANDS)) {
    throw new FloeError("speech/format", `bands at ${edgesHz.join(", ")} Hz of ${sampleRateHz} Hz`, {
      fix: `Give 2 to ${MAX_BANDS + 1} edges, ascending, a bin apart, above 0 and up to half the sample rate.`,
    });
  }
  return bands;
}
