// Writes parameter sets bit by bit, for tests: exp-Golomb codes, the stop bit, emulation prevention put in.

/** Collects bits; `nal` finishes. */
export class BitWriter {
  readonly #bits: number[] = [];

  u(count: number, value: number): this {
    for (let i = count - 1; i >= 0; i--) {
      this.#bits.push(Math.floor(value / 2 ** i) % 2);
    }
    return this;
  }

  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.u(length, 0).u(length + 1, value + 1);
  }

  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** The NAL unit: its header, what was written, stop bit, emulation prevention. */
  nal(header: number): Uint8Array {
    const bits = [...this.#bits, 1];
    const out = [header];
    let zeros = 0;
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Array.from({ length: 8 }, (_, k) => bits[i + k] ?? 0).reduce((sum, bit) => sum * 2 + bit, 0);
      if (zeros >= 2 && byte <= 3) {
        out.push(3);
        zeros = 0;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      out.push(byte);
    }
    return Uint8Array.from(out);
  }
}

/** What a written SPS may be told; the rest is plain: id 0, 4:2:0, 8 bit, progressive, no VUI. */
export type SpsRecipe = {
  readonly id?: number;
  readonly profileIdc?: number;
  readonly constraintFlags?: number;
  readonly levelIdc?: number;
  readonly chromaFormatIdc?: number;
  readonly bitDepth?: number;
  readonly hasScalingLists?: boolean;
  readonly orderCountType?: 0 | 1 | 2;
  readonly widthMacroblocks?: number;
  readonly heightMacroblocks?: number;
  readonly isProgressive?: boolean;
  /** left, right, top, bottom, in the units of the standard. */
  readonly crop?: readonly [number, number, number, number];
  readonly vui?: {
    readonly aspect?: readonly [number, number] | number;
    readonly hrd?: boolean;
    readonly reorder?: number;
  };
};

/** An SPS NAL unit. */
export function writeSps(recipe: SpsRecipe = {}): Uint8Array {
  const {
    id = 0,
    profileIdc = 77,
    constraintFlags = 0,
    levelIdc = 31,
    orderCountType = 0,
    isProgressive = true,
  } = recipe;
  const writer = new BitWriter().u(8, profileIdc).u(8, constraintFlags).u(8, levelIdc).ue(id);
  if (profileIdc >= 100) {
    const { chromaFormatIdc = 1, bitDepth = 8, hasScalingLists = false } = recipe;
    writer.ue(chromaFormatIdc);
    if (chromaFormatIdc === 3) {
      writer.u(1, 0);
    }
    writer
      .ue(bitDepth - 8)
      .ue(bitDepth - 8)
      .u(1, 0)
      .u(1, hasScalingLists ? 1 : 0);
    if (hasScalingLists) {
      // The first list in full, the second ended by a scale of 0, the others left out.
      writer.u(1, 1);
      Array.from({ length: 16 }, (_, i) => writer.se(i % 2 === 0 ? 3 : -2));
      writer.u(1, 1).se(-8);
      writer.u(chromaFormatIdc === 3 ? 10 : 6, 0);
    }
  }
  writer.ue(4).ue(orderCountType);
  if (orderCountType === 0) {
    writer.ue(4);
  } else if (orderCountType === 1) {
    writer.u(1, 0).se(-1).se(2).ue(3).se(1).se(-5).se(0);
  }
  const rows = (recipe.heightMacroblocks ?? 45) / (isProgressive ? 1 : 2);
  writer
    .ue(3)
    .u(1, 0)
    .ue((recipe.widthMacroblocks ?? 80) - 1)
    .ue(rows - 1)
    .u(1, isProgressive ? 1 : 0);
  if (!isProgressive) {
    writer.u(1, 0);
  }
  writer.u(1, 1).u(1, recipe.crop === undefined ? 0 : 1);
  for (const side of recipe.crop ?? []) {
    writer.ue(side);
  }
  writer.u(1, recipe.vui === undefined ? 0 : 1);
  if (recipe.vui !== undefined) {
    writeVui(writer, recipe.vui);
  }
  return writer.nal(0x67);
}

/** A PPS NAL unit; `seed` makes it differ from others of the same id. */
export function writePps(id = 0, seed = 0): Uint8Array {
  return new BitWriter().ue(id).ue(0).u(16, 0xa5a5).u(8, seed).nal(0x68);
}

function writeVui(writer: BitWriter, { aspect, hrd = false, reorder }: NonNullable<SpsRecipe["vui"]>): void {
  writer.u(1, aspect === undefined ? 0 : 1);
  if (typeof aspect === "number") {
    writer.u(8, aspect);
  } else if (aspect !== undefined) {
    writer.u(8, 255).u(16, aspect[0]).u(16, aspect[1]);
  }
  // Overscan, signal type with colours, chroma places, timing: all there.
  writer
    .u(2, 0b11)
    .u(1, 1)
    .u(3, 5)
    .u(1, 0)
    .u(1, 1)
    .u(24, 0x010101)
    .u(1, 1)
    .ue(0)
    .ue(0)
    .u(1, 1)
    .u(32, 1001)
    .u(32, 60_000)
    .u(1, 1);
  for (let i = 0; i < 2; i++) {
    writer.u(1, hrd ? 1 : 0);
    if (hrd) {
      writer.ue(1).u(8, 0x11).ue(100_000).ue(7).u(1, 0).ue(2_000_000).ue(9).u(1, 1).u(20, 0x12345);
    }
  }
  if (hrd) {
    writer.u(1, 0);
  }
  writer.u(1, 0).u(1, reorder === undefined ? 0 : 1);
  if (reorder !== undefined) {
    writer
      .u(1, 1)
      .ue(0)
      .ue(0)
      .ue(11)
      .ue(11)
      .ue(reorder)
      .ue(reorder + 2);
  }
}
