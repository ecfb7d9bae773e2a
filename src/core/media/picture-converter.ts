// Raw pictures between I420 and NV12, and to half their size.
import { FloeError } from "../error/floe-error.js";
import { type BoundKernel, bindKernel, type KernelSide, requireApart } from "../kernel/bind-kernel.js";
import { PICTURE_FORMAT, type PictureFormatCalls } from "./picture-format-twin.js";
import { type Plane, requirePlane } from "./plane.js";

/** Three planes; u and v have half the luma's width and height, rounded up. */
export interface I420Planes {
  readonly luma: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** Luma, and u and v in turn in one plane: as many bytes wide as the luma, rounded up to even, and half as high. */
export interface Nv12Planes {
  readonly luma: Plane;
  readonly chroma: Plane;
}

/** The face of kernel picture-format. */
export class PictureConverter {
  readonly #kernel: BoundKernel<PictureFormatCalls>;

  /** Throws `kernel/foreign-memory` when the kernels are not those of the arena. */
  constructor(side: KernelSide) {
    this.#kernel = bindKernel(PICTURE_FORMAT, side);
  }

  /**
   * Each sample of `to` is the mean of two by two of `from`, halves up. `to` has half of `from`'s size, rounded down, or up:
   * then the last column or row stands for both of its own. Throws `media/plane` for planes that do not lie in their
   * regions or do not fit together, `kernel/overlap`; nothing is written then.
   */
  halve(from: Plane, to: Plane): void {
    this.#require([from], [to]);
    if (!(isHalf(from.width, to.width) && isHalf(from.height, to.height))) {
      throw mismatch(from, to);
    }
    const { calls } = this.#kernel;
    const [input, output] = [from.region.address, to.region.address];
    calls.halve(input, from.strideBytes, from.width, from.height, output, to.strideBytes, to.width, to.height);
    this.#count(from.width * from.height);
  }

  /** NV12 as I420. Throws as {@link PictureConverter.halve} does. */
  nv12ToI420(from: Nv12Planes, to: I420Planes): void {
    this.#require([from.luma, from.chroma], [to.luma, to.u, to.v]);
    requireChroma(from, to);
    const { chroma } = from;
    this.#kernel.calls.split(
      chroma.region.address,
      chroma.strideBytes,
      to.u.region.address,
      to.u.strideBytes,
      to.v.region.address,
      to.v.strideBytes,
      to.u.width,
      to.u.height,
    );
    this.#copy(from.luma, to.luma);
    this.#count(from.luma.width * from.luma.height + chroma.width * chroma.height);
  }

  /** I420 as NV12. Throws as {@link PictureConverter.halve} does. */
  i420ToNv12(from: I420Planes, to: Nv12Planes): void {
    this.#require([from.luma, from.u, from.v], [to.luma, to.chroma]);
    requireChroma(to, from);
    const { chroma } = to;
    this.#kernel.calls.join(
      from.u.region.address,
      from.u.strideBytes,
      from.v.region.address,
      from.v.strideBytes,
      chroma.region.address,
      chroma.strideBytes,
      from.u.width,
      from.u.height,
    );
    this.#copy(from.luma, to.luma);
    this.#count(from.luma.width * from.luma.height + chroma.width * chroma.height);
  }

  #require(inputs: readonly Plane[], outputs: readonly Plane[]): void {
    for (const plane of [...inputs, ...outputs]) {
      requirePlane(this.#kernel.memory, plane);
    }
    for (const [i, output] of outputs.entries()) {
      for (const other of [...inputs, ...outputs.slice(i + 1)]) {
        requireApart(output.region, other.region);
      }
    }
  }

  /** A plane as it is: memory moves bytes better than we do. */
  #copy(from: Plane, to: Plane): void {
    const { bytes } = this.#kernel.memory;
    for (let y = 0; y < from.height; y++) {
      const start = from.region.address + y * from.strideBytes;
      bytes.copyWithin(to.region.address + y * to.strideBytes, start, start + from.width);
    }
  }

  #count(bytes: number): void {
    this.#kernel.counter.calls++;
    this.#kernel.counter.bytes += bytes;
  }
}

function isHalf(whole: number, half: number): boolean {
  return half === whole >> 1 || half === (whole + 1) >> 1;
}

/** Throws unless both have the same luma and chroma of the size that belongs to it. */
function requireChroma({ luma, chroma }: Nv12Planes, planar: I420Planes): void {
  const [width, height] = [(luma.width + 1) >> 1, (luma.height + 1) >> 1];
  if (planar.luma.width !== luma.width || planar.luma.height !== luma.height) {
    throw mismatch(luma, planar.luma);
  }
  for (const [plane, bytes] of [[chroma, 2 * width] as const, [planar.u, width] as const, [planar.v, width] as const]) {
    if (plane.width !== bytes || plane.height !== height) {
      throw mismatch(luma, plane);
    }
  }
}

function mismatch(a: Plane, b: Plane): FloeError {
  return new FloeError("media/plane", `planes of ${a.width} x ${a.height} and ${b.width} x ${b.height} do not fit`);
}
