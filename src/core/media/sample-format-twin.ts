// The TypeScript twin of kernel sample-format (assembly/sample-format.ts): the same samples, to the bit.
import { SAMPLE_FORMAT_WASM } from "../kernel/embedded/sample-format.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";

/** The functions of kernel sample-format. s16 at even addresses, f32 at multiples of 4. */
export interface SampleFormatCalls {
  s16ToF32(input: number, output: number, count: number): void;
  f32ToS16(input: number, output: number, count: number): void;
}

/** Kernel sample-format. Its one face is {@link SampleConverter}. */
export const SAMPLE_FORMAT: KernelDefinition<SampleFormatCalls> = {
  name: "sample-format",
  embedded: SAMPLE_FORMAT_WASM,
  twin: sampleFormatTwin,
};

/** 1.5 x 2^23: an f32 that is added and taken away again leaves the nearest whole number, halves to even. */
const ROUNDER = 12_582_912;

function sampleFormatTwin({ bytes }: KernelMemory): SampleFormatCalls {
  const integers = new Int16Array(bytes.buffer);
  const floats = new Float32Array(bytes.buffer);
  return {
    s16ToF32: (input, output, count) => {
      const [from, to] = [input >> 1, output >> 2];
      for (let i = 0; i < count; i++) {
        floats[to + i] = integers[from + i] / 32_768;
      }
    },
    f32ToS16: (input, output, count) => {
      const [from, to] = [input >> 2, output >> 1];
      for (let i = 0; i < count; i++) {
        const steps = floats[from + i] * 32_768;
        if (steps >= 32_767) {
          integers[to + i] = 32_767;
        } else if (steps <= -32_768) {
          integers[to + i] = -32_768;
        } else {
          // Not a number becomes 0 where it is stored.
          integers[to + i] = Math.fround(Math.fround(steps + ROUNDER) - ROUNDER);
        }
      }
    },
  };
}
