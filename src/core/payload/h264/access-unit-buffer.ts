// One access unit as it comes together: NAL units with start codes in front (ITU-T H.264 B.1), and what they say of it.
import { isSlice, NalType, nalType } from "./nal-unit.js";

const START_CODE_BYTES = 4;
const INITIAL_BYTES = 64 * 1024;
/** In a slice's first payload byte: first_mb_in_slice (7.3.3) is 0, which ue(v) writes as a single 1. */
const FIRST_MACROBLOCK_BIT = 0x80;

/** Annex B bytes, up to a bound. */
export class AccessUnitBuffer {
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #length = 0;
  /** Whether there is a slice. */
  hasPicture = false;
  /** Whether the first slice is the picture's first. */
  beginsPicture = false;
  /** Whether there is an IDR slice. */
  isKey = false;
  hasSps = false;
  hasPps = false;
  /** Whether a NAL unit did not fit. */
  isOverfull = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = new Uint8Array(Math.min(INITIAL_BYTES, maxBytes));
  }

  /** Nothing is in it, not even what did not fit. */
  get isEmpty(): boolean {
    return this.#length === 0 && !this.isOverfull;
  }

  /** The bytes so far: a view, valid until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a NAL unit, header byte first. */
  add(nal: Uint8Array): void {
    const type = nalType(nal[0]);
    if (isSlice(type)) {
      this.beginsPicture = this.hasPicture ? this.beginsPicture : nal.length > 1 && nal[1] >= FIRST_MACROBLOCK_BIT;
      this.hasPicture = true;
      this.isKey ||= type === NalType.idrSlice;
    }
    this.hasSps ||= type === NalType.sps;
    this.hasPps ||= type === NalType.pps;
    const start = this.#length;
    if (!this.#grow(START_CODE_BYTES + nal.length)) {
      return;
    }
    this.#bytes.fill(0, start, start + START_CODE_BYTES - 1);
    this.#bytes[start + START_CODE_BYTES - 1] = 1;
    this.#bytes.set(nal, start + START_CODE_BYTES);
  }

  /** Puts Annex B bytes in front of everything. False when they do not fit. */
  prepend(annexB: Uint8Array): boolean {
    const length = this.#length;
    if (!this.#grow(annexB.length)) {
      return false;
    }
    this.#bytes.copyWithin(annexB.length, 0, length);
    this.#bytes.set(annexB);
    return true;
  }

  /** Empties it. */
  clear(): void {
    this.#length = 0;
    this.hasPicture = false;
    this.beginsPicture = false;
    this.isKey = false;
    this.hasSps = false;
    this.hasPps = false;
    this.isOverfull = false;
  }

  /** Makes room behind what is there, up to the bound. */
  #grow(byteCount: number): boolean {
    const length = this.#length + byteCount;
    if (length > this.#maxBytes) {
      this.isOverfull = true;
      return false;
    }
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(length, this.#bytes.length * 2), this.#maxBytes));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#length = length;
    return true;
  }
}
