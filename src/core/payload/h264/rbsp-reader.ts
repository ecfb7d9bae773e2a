// Reads bits from a NAL unit's payload (ITU-T H.264 7.2, 9.1): emulation prevention taken out, exp-Golomb codes bounded.
import { WireError } from "../../error/floe-error.js";

/** A NAL unit that carries parameters is a few dozen bytes; one that pretends to more is refused. */
const MAX_NAL_BYTES = 4096;

/** Reads forward. Throws WireError `h264/short` past the end. */
export class RbspReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  /** Over the payload of `nal`: what follows its `headerBytes`. Throws WireError `h264/long` beyond 4 KiB. */
  constructor(nal: Uint8Array, headerBytes = 1) {
    if (nal.length > MAX_NAL_BYTES) {
      throw new WireError("h264/long", `a parameter set of ${nal.length} bytes, at most ${MAX_NAL_BYTES}`);
    }
    this.#bytes = withoutEmulationPrevention(nal.subarray(headerBytes));
  }

  /** u(n), n from 0 to 32. */
  bits(count: number): number {
    if (this.#bit + count > this.#bytes.length * 8) {
      throw new WireError("h264/short", "a parameter set ends too early");
    }
    let value = 0;
    for (let left = count; left > 0; left--) {
      value = value * 2 + ((this.#bytes[this.#bit >> 3] >> (7 - (this.#bit & 7))) & 1);
      this.#bit++;
    }
    return value;
  }

  /** u(1). */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ue(v), at most `limit`. Throws WireError `h264/range` above it. */
  unsigned(limit: number): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > 31) {
        throw new WireError("h264/range", "an exp-Golomb code of more than 32 bits");
      }
    }
    const value = 2 ** zeros - 1 + this.bits(zeros);
    if (value > limit) {
      throw new WireError("h264/range", `${value} where at most ${limit} may be`);
    }
    return value;
  }

  /** se(v), whatever its size. */
  signed(): number {
    const code = this.unsigned(0xffff_fffe);
    const magnitude = Math.ceil(code / 2);
    return code % 2 === 1 ? magnitude : -magnitude;
  }
}

/** 00 00 03 becomes 00 00. A copy. */
function withoutEmulationPrevention(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}
