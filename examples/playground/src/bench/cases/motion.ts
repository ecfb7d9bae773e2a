// Kernel block-difference: what a motion detector looks at, once a picture.
import { BlockDifference, type Plane } from "floe";
import { digestBytes, digestText } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase, KernelSide } from "../kernel-case.js";

const SIZES = { "1920 x 1080": [1920, 1080], "1280 x 720": [1280, 720], "640 x 360": [640, 360] } as const;

/** A plane of noise, and one that differs from it in every third byte. */
function placePlanes({ arena }: KernelSide, width: number, height: number): [Plane, Plane] {
  const luma = seededBytes(width * height, 7);
  const planes = ["now", "then"].map((name) => {
    const region = arena.reserve(`bench ${name}`, luma.length, 64);
    return { region, width, height, strideBytes: width };
  }) as [Plane, Plane];
  arena.bytesOf(planes[0].region).set(luma);
  arena.bytesOf(planes[1].region).set(luma.map((value, i) => (i % 3 === 0 ? value ^ 0x2a : value)));
  return planes;
}

function motionCase(size: keyof typeof SIZES): KernelCase {
  const [width, height] = SIZES[size];
  return {
    kernel: "block-difference",
    id: `motion, ${size}`,
    measures:
      "Compares the brightness of two pictures pixel by pixel and counts, for each block of 16 x 16, how many changed: what finds motion in a camera's picture.",
    per: "frame",
    perCall: 1,
    arenaBytes: 7 * MIB,
    prepare: (side) => {
      const [now, then] = placePlanes(side, width, height);
      const difference = new BlockDifference({ ...side, maxWidth: width, maxHeight: height });
      return {
        run: () => difference.compare(now, then, 24),
        digest: () => {
          const { buffer, byteOffset } = difference.table;
          return digestText(digestBytes(new Uint8Array(buffer, byteOffset, 8 * difference.blockCount)));
        },
      };
    },
    peers: [
      {
        name: "memory.copy of the plane",
        prepare: (side) => {
          const [{ region }, other] = placePlanes(side, width, height);
          const { bytes } = side.arena.memory;
          const [to, from] = [other.region.address, region.address];
          return { run: () => void bytes.copyWithin(to, from, from + region.lengthBytes) };
        },
      },
    ],
  };
}

/** The cases of kernel block-difference. */
export const motionCases: readonly KernelCase[] = (Object.keys(SIZES) as (keyof typeof SIZES)[]).map(motionCase);
