// RTP payloads back to H.264 NAL units (RFC 6184): single NAL unit packets (5.6), STAP-A (5.7.1), FU-A (5.8). What does
// not fit is counted and dropped, never thrown: payloads come from the network.
import { NalType, nalType } from "./nal-unit.js";

/** Takes one NAL unit, header byte first. The view is valid during the call only. */
export type NalUnitSink = (nalUnit: Uint8Array) => void;

/** Bounds of a depacketizer. */
export interface H264DepacketizerOptions {
  /** The largest NAL unit put together from fragments; larger ones are dropped and counted. Default 1 MiB. */
  readonly maxNalUnitBytes?: number;
}

/** What a depacketizer has seen so far. */
export interface H264DepacketizerCounters {
  /** NAL units handed on. */
  nalUnits: number;
  /** Payloads that break RFC 6184: empty, cut short, sizes past the end. */
  malformed: number;
  /** Payloads of types that packetization-mode 1 does not use (STAP-B, MTAP, FU-B) or that mean nothing. */
  unsupported: number;
  /** Fragments without their beginning, and NAL units given up because a fragment is missing. */
  incomplete: number;
  /** NAL units larger than `maxNalUnitBytes`. */
  oversized: number;
}

const INITIAL_BYTES = 64 * 1024;
const START_BIT = 0x80;
const END_BIT = 0x40;

/** Payloads in, in order of their sequence numbers; NAL units out. Buffers one NAL unit at most. */
export class H264Depacketizer {
  readonly counters: H264DepacketizerCounters = {
    nalUnits: 0,
    malformed: 0,
    unsupported: 0,
    incomplete: 0,
    oversized: 0,
  };
  readonly #maxNalUnitBytes: number;
  #buffer: Uint8Array;
  /** Bytes of the unit in progress; 0 when there is none. */
  #length = 0;

  constructor({ maxNalUnitBytes = 1024 * 1024 }: H264DepacketizerOptions = {}) {
    this.#maxNalUnitBytes = maxNalUnitBytes;
    this.#buffer = new Uint8Array(Math.min(INITIAL_BYTES, maxNalUnitBytes));
  }

  /** Takes the payload of the next packet and calls `sink` for each NAL unit that is complete with it. Never throws. */
  depacketize(payload: Uint8Array, sink: NalUnitSink): void {
    if (payload.length === 0) {
      this.counters.malformed++;
      return;
    }
    const type = nalType(payload[0]);
    if (type === NalType.fuA) {
      this.#fragment(payload, sink);
      return;
    }
    this.#giveUp();
    if (type === NalType.stapA) {
      this.#aggregate(payload, sink);
    } else if (type === 0 || type > NalType.stapA) {
      this.counters.unsupported++;
    } else {
      this.#emit(payload, sink);
    }
  }

  /** Whether the end of a NAL unit is still to come. */
  get isMidUnit(): boolean {
    return this.#length > 0;
  }

  /** Payloads and NAL units that came to nothing. Without the unsupported: receivers ignore those (RFC 6184 table 3). */
  get failures(): number {
    const { malformed, incomplete, oversized } = this.counters;
    return malformed + incomplete + oversized;
  }

  /** A packet is missing in front of the next one: what was being put together cannot be completed. */
  packetLost(): void {
    this.#giveUp();
  }

  /** Forgets the unit in progress without counting it, for a new stream; the counters go on. */
  reset(): void {
    this.#length = 0;
  }

  /** All or nothing: the sizes are checked before the first unit is handed on. */
  #aggregate(payload: Uint8Array, sink: NalUnitSink): void {
    let units = 0;
    let at = 1;
    while (at + 2 < payload.length) {
      const size = (payload[at] << 8) | payload[at + 1];
      const type = nalType(payload[at + 2]);
      if (size === 0 || type === 0 || type >= NalType.stapA) {
        break;
      }
      at += 2 + size;
      units++;
    }
    if (units === 0 || at !== payload.length) {
      this.counters.malformed++;
      return;
    }
    for (at = 1; at < payload.length; ) {
      const size = (payload[at] << 8) | payload[at + 1];
      this.#emit(payload.subarray(at + 2, at + 2 + size), sink);
      at += 2 + size;
    }
  }

  #fragment(payload: Uint8Array, sink: NalUnitSink): void {
    const type = payload.length < 2 ? 0 : nalType(payload[1]);
    if (type === 0 || type >= NalType.stapA) {
      this.#giveUp();
      this.counters.malformed++;
      return;
    }
    const header = (payload[0] & 0xe0) | type;
    const flags = payload[1];
    if ((flags & START_BIT) !== 0) {
      this.#giveUp();
      this.#buffer[0] = header;
      this.#length = 1;
    } else if (this.#length === 0 || nalType(this.#buffer[0]) !== type) {
      this.#giveUp();
      this.counters.incomplete++;
      return;
    }
    if (!this.#append(payload)) {
      return;
    }
    if ((flags & END_BIT) !== 0) {
      const length = this.#length;
      this.#length = 0;
      this.#emit(this.#buffer.subarray(0, length), sink);
    }
  }

  /** Adds a fragment's bytes, growing the buffer up to its bound. */
  #append(payload: Uint8Array): boolean {
    const length = this.#length + payload.length - 2;
    if (length > this.#maxNalUnitBytes) {
      this.#length = 0;
      this.counters.oversized++;
      return false;
    }
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(length, this.#buffer.length * 2), this.#maxNalUnitBytes));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(payload.subarray(2), this.#length);
    this.#length = length;
    return true;
  }

  #giveUp(): void {
    if (this.#length > 0) {
      this.#length = 0;
      this.counters.incomplete++;
    }
  }

  #emit(nalUnit: Uint8Array, sink: NalUnitSink): void {
    this.counters.nalUnits++;
    sink(nalUnit);
  }
}
