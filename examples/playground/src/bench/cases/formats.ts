// Kernels picture-format and sample-format: pictures and sound from one form to another.
import { PictureConverter, type Plane, SampleConverter } from "floe";
import { digestBytes, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase, KernelSide } from "../kernel-case.js";

const [WIDTH, HEIGHT] = [1920, 1080];
const SAMPLES = 1920;

function planeOf({ arena }: KernelSide, name: string, width: number, height: number): Plane {
  const region = arena.reserve(`bench ${name}`, width * height, 64);
  arena.bytesOf(region).set(seededBytes(width * height, width + height));
  return { region, width, height, strideBytes: width };
}

function digestOfPlanes({ arena }: KernelSide, ...planes: readonly Plane[]): string {
  return digestText(planes.reduce((state, { region }) => digestBytes(arena.bytesOf(region), state), EMPTY_DIGEST));
}

const pictureCases: readonly KernelCase[] = [
  {
    kernel: "picture-format",
    id: "half size, 1920 x 1080",
    measures: "Brings a plane to half its width and height: the mean of each two by two pixels.",
    per: "frame",
    perCall: 1,
    arenaBytes: 4 * MIB,
    prepare: (side) => {
      const from = planeOf(side, "luma", WIDTH, HEIGHT);
      const to = planeOf(side, "half", WIDTH / 2, HEIGHT / 2);
      const converter = new PictureConverter(side);
      return { run: () => converter.halve(from, to), digest: () => digestOfPlanes(side, to) };
    },
  },
  {
    kernel: "picture-format",
    id: "NV12 to I420, 1920 x 1080",
    measures: "Takes a picture's colours apart, as cameras and hardware decoders interleave them and encoders do not.",
    per: "frame",
    perCall: 1,
    arenaBytes: 8 * MIB,
    prepare: (side) => {
      const nv12 = { luma: planeOf(side, "luma", WIDTH, HEIGHT), chroma: planeOf(side, "chroma", WIDTH, HEIGHT / 2) };
      const [u, v] = ["u", "v"].map((name) => planeOf(side, name, WIDTH / 2, HEIGHT / 2));
      const i420 = { luma: planeOf(side, "luma out", WIDTH, HEIGHT), u, v };
      const converter = new PictureConverter(side);
      return { run: () => converter.nv12ToI420(nv12, i420), digest: () => digestOfPlanes(side, i420.luma, u, v) };
    },
  },
  {
    kernel: "picture-format",
    id: "I420 to NV12, 1920 x 1080",
    measures: "The same the other way round.",
    per: "frame",
    perCall: 1,
    arenaBytes: 8 * MIB,
    prepare: (side) => {
      const [u, v] = ["u", "v"].map((name) => planeOf(side, name, WIDTH / 2, HEIGHT / 2));
      const i420 = { luma: planeOf(side, "luma", WIDTH, HEIGHT), u, v };
      const luma = planeOf(side, "luma out", WIDTH, HEIGHT);
      const nv12 = { luma, chroma: planeOf(side, "chroma", WIDTH, HEIGHT / 2) };
      const converter = new PictureConverter(side);
      return { run: () => converter.i420ToNv12(i420, nv12), digest: () => digestOfPlanes(side, luma, nv12.chroma) };
    },
  },
];

function sampleCase(id: string, measures: string, isToFloat: boolean): KernelCase {
  return {
    kernel: "sample-format",
    id,
    measures,
    per: "frame",
    perCall: 1,
    arenaBytes: MIB,
    prepare: (side) => {
      const { arena } = side;
      const input = arena.reserve("bench input", 4 * SAMPLES);
      const output = arena.reserve("bench output", 4 * SAMPLES);
      const { buffer } = arena.memory.bytes;
      const noise = seededBytes(2 * SAMPLES, 3);
      if (isToFloat) {
        arena.bytesOf(input).set(noise);
      } else {
        // Up to a fifth beyond full scale, and between the steps.
        const floats = Float32Array.from({ length: SAMPLES }, (_, i) => (noise[i] - 128 + noise[i + 1] / 256) / 107);
        new Float32Array(buffer, input.address).set(floats);
      }
      const converter = new SampleConverter(side);
      return {
        run: () =>
          isToFloat ? converter.toFloat(input, output, SAMPLES) : converter.toInteger(input, output, SAMPLES),
        digest: () => digestText(digestBytes(arena.bytesOf(output).subarray(0, (isToFloat ? 4 : 2) * SAMPLES))),
      };
    },
  };
}

/** The cases of kernels picture-format and sample-format. */
export const formatCases: readonly KernelCase[] = [
  ...pictureCases,
  sampleCase("samples to float, 20 ms of stereo", "16-bit samples as floats, as Web Audio wants them.", true),
  sampleCase("samples to integers, 20 ms of stereo", "Floats as 16-bit samples, as encoders want them.", false),
];
