// Sequence numbers and timestamps on their circles (RFC 3550 A.1).

/** Signed distance on the 16-bit sequence circle: > 0 means `to` is newer than `from`. Range -32768..32767. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** Signed distance on the 32-bit timestamp circle: > 0 means `to` is later than `from`. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Sequence numbers counted on past their wrap: 65535 → 0 goes on as 65536. */
export class SequenceUnwrapper {
  #last: number | undefined;

  /** The unwrapped number nearest to the last one; the first is taken as it is. */
  unwrap(sequenceNumber: number): number {
    this.#last =
      this.#last === undefined ? sequenceNumber : this.#last + sequenceDistance(this.#last & 0xffff, sequenceNumber);
    return this.#last;
  }
}
