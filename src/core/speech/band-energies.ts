// The energy of sound in the bands in which speech shows: what voice activity is decided upon, against a floor that adapts.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide, requireBytes } from "../kernel/bind-kernel.js";
import {
  BAND_ENERGIES,
  BAND_FRAME_SAMPLES,
  BAND_VALUES,
  BAND_WORK_BYTES,
  type BandEnergiesCalls,
} from "./band-energies-twin.js";
import { BAND_TABLE_BYTES, writeBandTables } from "./band-tables.js";

/** The largest batch; its results are taken from the arena at construction, with 4.5 kB of tables and work range. */
export interface BandEnergiesOptions extends KernelSide {
  /** Frames of one call. Default 50: one second. */
  readonly maxFrames?: number;
}

/**
 * The face of kernel band-energies: 20 ms of 48 kHz mono a frame, six bands and the total. Frames do not depend on each
 * other. Measuring allocates nothing.
 *
 * The bands are seen at 12 kHz through a Hann window of 19.3 ms in the middle of the frame, by a transform of 256 points: a
 * bin each 46.875 Hz, tones told apart from about 100 Hz on. A constant offset shows in the lowest band, 26 dB weaker.
 */
export class BandEnergies {
  /** Where bands begin and end, in Hz: band i is from `edgesHz[i]` to `edgesHz[i + 1]`. */
  static readonly edgesHz: readonly number[] = [
    70.3125, 257.8125, 445.3125, 1007.8125, 1945.3125, 3070.3125, 4007.8125,
  ];
  /** Samples of a frame. */
  static readonly frameSamples: number = BAND_FRAME_SAMPLES;
  /** Numbers a frame in `energies`. */
  static readonly valuesPerFrame: number = BAND_VALUES;

  /**
   * Of the last call, seven numbers a frame: bands 0 to 5, then all of the frame (0 to 24 kHz, without a window, exact). Each
   * is the mean square of samples from -1 to 1: 0 for silence, 0.5 for a full sine, 1 at most for the total; 10 log10 of it
   * is dB of full scale.
   */
  readonly energies: Float32Array;
  readonly #kernel: BoundKernel<BandEnergiesCalls>;
  readonly #maxFrames: number;
  readonly #tables: Region;
  readonly #work: Region;
  readonly #output: Region;

  /** Throws `speech/frames` for a `maxFrames` that is no count, `kernel/foreign-memory`, `kernel/arena-full`. */
  constructor({ kernels, arena, maxFrames = 50 }: BandEnergiesOptions) {
    this.#kernel = bindKernel(BAND_ENERGIES, { kernels, arena });
    if (!(Number.isInteger(maxFrames) && maxFrames >= 1)) {
      throw new FloeError("speech/frames", `a batch of ${maxFrames} frames`, { fix: "Use 1 or more." });
    }
    this.#maxFrames = maxFrames;
    this.#output = arena.reserve("band-energies output", 4 * BAND_VALUES * maxFrames);
    this.#tables = arena.reserve("band-energies tables", BAND_TABLE_BYTES, 64);
    this.#work = arena.reserve("band-energies work", BAND_WORK_BYTES, 64);
    this.energies = new Float32Array(arena.memory.bytes.buffer, this.#output.address, BAND_VALUES * maxFrames);
    writeBandTables(arena.bytesOf(this.#tables));
  }

  /**
   * Measures `frameCount` frames of 960 s16, one behind the other from the start of `samples`, into `energies`.
   *
   * Throws `speech/frames` for more frames than a batch has, `kernel/range` when they do not lie in `samples` or that begins
   * at an odd address; `energies` is untouched then.
   */
  measure(samples: Region, frameCount: number): void {
    const { calls, counter, memory } = this.#kernel;
    if (!(Number.isInteger(frameCount) && frameCount >= 0 && frameCount <= this.#maxFrames)) {
      throw new FloeError("speech/frames", `${frameCount} frames, room for ${this.#maxFrames}`, {
        fix: "Raise maxFrames.",
      });
    }
    const lengthBytes = 2 * BAND_FRAME_SAMPLES * frameCount;
    requireBytes(memory, samples, lengthBytes);
    if ((samples.address & 1) !== 0) {
      throw new FloeError("kernel/range", `s16 in the region ${samples.name} at the odd address ${samples.address}`);
    }
    calls.energies(samples.address, frameCount, this.#tables.address, this.#work.address, this.#output.address);
    counter.calls++;
    counter.bytes += lengthBytes;
  }

  /** Energy of band `band` (0 to 5) of frame `frame` of the last call. */
  band(frame: number, band: number): number {
    return this.energies[BAND_VALUES * frame + band];
  }

  /** Energy of all of frame `frame` of the last call. */
  total(frame: number): number {
    return this.energies[BAND_VALUES * frame + 6];
  }
}
