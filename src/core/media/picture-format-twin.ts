// The TypeScript twin of kernel picture-format (assembly/picture-format.ts): the same samples.
import { PICTURE_FORMAT_WASM } from "../kernel/embedded/picture-format.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";

/** The functions of kernel picture-format; arguments as in assembly/picture-format.ts. */
export interface PictureFormatCalls {
  halve(
    input: number,
    inputStride: number,
    width: number,
    height: number,
    output: number,
    outputStride: number,
    outputWidth: number,
    outputHeight: number,
  ): void;
  split(
    input: number,
    inputStride: number,
    u: number,
    uStride: number,
    v: number,
    vStride: number,
    width: number,
    height: number,
  ): void;
  join(
    u: number,
    uStride: number,
    v: number,
    vStride: number,
    output: number,
    outputStride: number,
    width: number,
    height: number,
  ): void;
}

/** Kernel picture-format. Its one face is {@link PictureConverter}. */
export const PICTURE_FORMAT: KernelDefinition<PictureFormatCalls> = {
  name: "picture-format",
  embedded: PICTURE_FORMAT_WASM,
  twin: pictureFormatTwin,
};

function pictureFormatTwin({ bytes }: KernelMemory): PictureFormatCalls {
  return {
    halve: (input, inputStride, width, height, output, outputStride, outputWidth, outputHeight) => {
      const whole = Math.min(outputWidth, width >> 1);
      for (let y = 0; y < outputHeight; y++) {
        const top = input + 2 * y * inputStride;
        const bottom = 2 * y + 1 < height ? top + inputStride : top;
        const to = output + y * outputStride;
        for (let x = 0; x < whole; x++) {
          const at = top + 2 * x;
          const below = bottom + 2 * x;
          bytes[to + x] = (bytes[at] + bytes[at + 1] + bytes[below] + bytes[below + 1] + 2) >> 2;
        }
        if (whole < outputWidth) {
          bytes[to + whole] = (2 * (bytes[top + 2 * whole] + bytes[bottom + 2 * whole]) + 2) >> 2;
        }
      }
    },
    split: (input, inputStride, u, uStride, v, vStride, width, height) => {
      for (let y = 0; y < height; y++) {
        const from = input + y * inputStride;
        const [toU, toV] = [u + y * uStride, v + y * vStride];
        for (let x = 0; x < width; x++) {
          bytes[toU + x] = bytes[from + 2 * x];
          bytes[toV + x] = bytes[from + 2 * x + 1];
        }
      }
    },
    join: (u, uStride, v, vStride, output, outputStride, width, height) => {
      for (let y = 0; y < height; y++) {
        const [fromU, fromV] = [u + y * uStride, v + y * vStride];
        const to = output + y * outputStride;
        for (let x = 0; x < width; x++) {
          bytes[to + 2 * x] = bytes[fromU + x];
          bytes[to + 2 * x + 1] = bytes[fromV + x];
        }
      }
    },
  };
}
