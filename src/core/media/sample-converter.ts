// Sound between 16-bit integers, as decoders and encoders have it, and 32-bit floats, as Web Audio has it.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { type BoundKernel, bindKernel, type KernelSide, requireApart, requireBytes } from "../kernel/bind-kernel.js";
import { SAMPLE_FORMAT, type SampleFormatCalls } from "./sample-format-twin.js";

/** The face of kernel sample-format. Channels do not matter to it: interleaved or planar, the order stays. */
export class SampleConverter {
  readonly #kernel: BoundKernel<SampleFormatCalls>;

  /** Throws `kernel/foreign-memory` when the kernels are not those of the arena. */
  constructor(side: KernelSide) {
    this.#kernel = bindKernel(SAMPLE_FORMAT, side);
  }

  /**
   * The first `count` s16 of `input` as f32 from -1 to just below 1, exactly. Throws `kernel/range` for more samples than
   * the regions have or an address that is no multiple of 4, `kernel/overlap`; nothing is written then.
   */
  toFloat(input: Region, output: Region, count: number): void {
    this.#check(count, input, 2, output, 4);
    this.#kernel.calls.s16ToF32(input.address, output.address, count);
    this.#count(count);
  }

  /**
   * The first `count` f32 of `input` as s16: times 32768, to the nearest (halves to even), held to the range; not a number
   * comes to 0. Throws as {@link SampleConverter.toFloat} does.
   */
  toInteger(input: Region, output: Region, count: number): void {
    this.#check(count, input, 4, output, 2);
    this.#kernel.calls.f32ToS16(input.address, output.address, count);
    this.#count(count);
  }

  #check(count: number, input: Region, inputBytes: number, output: Region, outputBytes: number): void {
    requireBytes(this.#kernel.memory, input, inputBytes * count);
    requireBytes(this.#kernel.memory, output, outputBytes * count);
    if (!Number.isInteger(count) || ((input.address | output.address) & 3) !== 0) {
      throw new FloeError("kernel/range", `${count} samples at ${input.address} and ${output.address}`, {
        fix: "Align both to 4 bytes.",
      });
    }
    requireApart(input, output);
  }

  #count(samples: number): void {
    this.#kernel.counter.calls++;
    this.#kernel.counter.bytes += 6 * samples;
  }
}
