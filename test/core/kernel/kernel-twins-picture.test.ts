// The kernels of pictures against their twins: every width and height around a vector's, and every byte of both memories.
import { describe, test } from "vitest";
import { PICTURE_FORMAT } from "../../../src/core/media/picture-format-twin.js";
import { BLOCK_DIFFERENCE, BLOCK_SCRATCH_BYTES } from "../../../src/core/vision/block-difference-twin.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { type Bench, MEMORY_KINDS } from "./memories.js";
import { createTwinPair } from "./twin-pair.js";

const INPUT_BYTES = 64 * 1024;

function build({ arena, kernels }: Bench) {
  return {
    arena,
    input: arena.reserve("input", INPUT_BYTES),
    more: arena.reserve("more input", INPUT_BYTES),
    output: arena.reserve("output", INPUT_BYTES),
    scratch: arena.reserve("scratch", 16 * BLOCK_SCRATCH_BYTES),
    ...kernels.bind(BLOCK_DIFFERENCE),
    ...kernels.bind(PICTURE_FORMAT),
  };
}

describe.each(MEMORY_KINDS)("picture kernels and their twins on $name memory", async ({ shared }) => {
  const { sides, both, expectSameMemory } = await createTwinPair(shared, build);
  const random = new SeededRandom(61);
  const noise = random.bytes(2 * INPUT_BYTES);
  for (const { arena, input } of sides) {
    arena.memory.bytes.set(noise, input.address);
  }

  test("block-difference: every width from 1 to 70, every height from 1 to 35, odd addresses and strides", () => {
    for (let width = 1; width <= 70; width++) {
      for (let height = 1; height <= 35; height += 1 + (width % 3)) {
        const [at, stride] = [random.integer(32), width + random.integer(20)];
        const threshold = random.integer(256);
        both(({ difference, input, more, scratch, output }) =>
          difference(
            input.address + at,
            stride,
            more.address,
            width,
            width,
            height,
            threshold,
            scratch.address,
            output.address,
          ),
        );
      }
      expectSameMemory();
    }
  });

  test("block-difference: the largest sums a block can come to", () => {
    for (const { arena, input, more } of sides) {
      arena.bytesOf(input).fill(255, 0, 4096);
      arena.bytesOf(more).fill(0, 0, 4096);
    }
    for (const threshold of [0, 127, 128, 254, 255]) {
      both(({ difference, input, more, scratch, output }) => {
        difference(input.address, 64, more.address, 64, 50, 40, threshold, scratch.address, output.address);
        difference(more.address, 64, input.address, 64, 50, 40, threshold, scratch.address, output.address + 1024);
      });
      expectSameMemory();
    }
  });

  test("picture-format: half of every width from 1 to 70 and every height from 1 to 9, rounded down and up", () => {
    for (let width = 1; width <= 70; width++) {
      for (let height = 1; height <= 9; height++) {
        const [at, to, stride] = [random.integer(32), random.integer(32), width + random.integer(20)];
        for (const up of [0, 1]) {
          const [outputWidth, outputHeight] = [(width + up) >> 1, (height + up) >> 1];
          both(({ halve, input, output }) =>
            halve(
              input.address + at,
              stride,
              width,
              height,
              output.address + to,
              outputWidth + up,
              outputWidth,
              outputHeight,
            ),
          );
        }
      }
      expectSameMemory();
    }
  });

  test("picture-format: chroma apart and together, every width from 1 to 50, odd addresses and strides", () => {
    for (let width = 1; width <= 50; width++) {
      for (let height = 1; height <= 5; height++) {
        const [at, u, v] = [random.integer(32), random.integer(32), 4096 + random.integer(32)];
        const stride = width + random.integer(9);
        both(({ split, join, input, output }) => {
          const from = input.address + at;
          const [toU, toV] = [output.address + u, output.address + v];
          split(from, 2 * stride + 1, toU, stride, toV, width, width, height);
          join(toU, stride, toV, width, output.address + 8192, 2 * width + 3, width, height);
        });
      }
      expectSameMemory();
    }
  });
});
