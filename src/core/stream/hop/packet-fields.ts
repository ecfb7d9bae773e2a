// What a packet's codec writes and reads: fields, one after the other.

/** Writes a packet's fields. Belongs to the hop: valid in the call that hands it over. */
export interface PacketFieldWriter {
  /** An unsigned number of 32 bits; 4 bytes. */
  u32(value: number): void;
  /** Any number; 8 bytes. */
  f64(value: number): void;
  /** A text; at most `textFieldLength` bytes. */
  text(value: string): void;
  /** A copy of the bytes; at most `bytesFieldLength` bytes. */
  bytes(source: Uint8Array): void;
}

/**
 * Reads fields in the order in which they were written. Belongs to the hop: valid in the call that hands it over. Throws
 * FloeError `hop/frame` where less was written than is read.
 */
export interface PacketFieldReader {
  /** The packet's `PacketFlags`. */
  readonly flags: number;
  /** The packet's place on its timeline, microseconds. */
  readonly timeUs: number;
  u32(): number;
  f64(): number;
  text(): string;
  /** For the packet to keep until it is released. Other packets' bytes may lie beside. */
  bytes(): Uint8Array;
  /**
   * What to call once, when the packet that is being read is released: its memory is then used again. Absent where it is
   * not. A codec that does not ask gives its packets their bytes for good.
   */
  lease(): (() => void) | undefined;
}

/** A byte sequence: its length, where it begins, and up to 7 bytes of nothing in front of it. */
const MAX_EXTRA_BYTES = 15;

/** The most bytes that `PacketFieldWriter.bytes` takes for so many. */
export function bytesFieldLength(lengthBytes: number): number {
  return MAX_EXTRA_BYTES + lengthBytes;
}

/** The most bytes that `PacketFieldWriter.text` takes for this text. */
export function textFieldLength(text: string): number {
  return bytesFieldLength(text.length * 3);
}
