// What one viewer was sent: sequence number → packet index, for NACK (RFC 4585 6.2.1). Fixed size, nothing allocated
// per packet.
import type { Micros, RtpTicks } from "../time/units.js";

/** The newest `capacity` packets that one viewer was sent. */
export class SentPackets {
  readonly #mask: number;
  readonly #index: Float64Array;
  readonly #timestamp: Uint32Array;
  readonly #sequenceNumber: Int32Array;
  readonly #resentUs: Float64Array;

  /** `capacity` is a power of two of at most 32768, half of the sequence circle. */
  constructor(capacity: number) {
    if (capacity < 1 || capacity > 32_768 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`a send history's capacity is a power of two up to 32768, got ${capacity}`);
    }
    this.#mask = capacity - 1;
    this.#index = new Float64Array(capacity);
    this.#timestamp = new Uint32Array(capacity);
    this.#sequenceNumber = new Int32Array(capacity).fill(-1);
    this.#resentUs = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
  }

  /** Remembers a packet that goes out now. */
  add(sequenceNumber: number, index: number, timestamp: RtpTicks): void {
    const at = sequenceNumber & this.#mask;
    this.#sequenceNumber[at] = sequenceNumber;
    this.#index[at] = index;
    this.#timestamp[at] = timestamp;
    this.#resentUs[at] = Number.NEGATIVE_INFINITY;
  }

  /** The packet index behind a sequence number, or -1 when it was never sent or is forgotten. */
  indexOf(sequenceNumber: number): number {
    const at = sequenceNumber & this.#mask;
    return this.#sequenceNumber[at] === sequenceNumber ? this.#index[at] : -1;
  }

  /** The RTP timestamp that the packet was sent with; only for numbers that `indexOf` knows. */
  timestampOf(sequenceNumber: number): RtpTicks {
    return this.#timestamp[sequenceNumber & this.#mask];
  }

  /** When the packet was last resent, or -Infinity; only for numbers that `indexOf` knows. */
  resentUs(sequenceNumber: number): Micros {
    return this.#resentUs[sequenceNumber & this.#mask];
  }

  /** Notes that the packet was resent. */
  markResent(sequenceNumber: number, nowUs: Micros): void {
    this.#resentUs[sequenceNumber & this.#mask] = nowUs;
  }
}
