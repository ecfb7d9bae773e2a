// H.264 as files keep it (ISO/IEC 14496-15 5.3.3): the avcC record with the parameter sets, and access units whose NAL
// units have lengths in front. A length of four bytes has the room of a start code, so units become Annex B in place.
//
//   avcC:  version=1 | profile | flags | level | 111111 lengthSize-1 | 111 spsCount | (u16 length, SPS)* | u8 ppsCount | (u16 length, PPS)*
import { ByteReader } from "../../bytes/byte-reader.js";
import { WireError } from "../../error/floe-error.js";

/** What an avcC record says. */
export type AvcConfiguration = {
  /** Bytes of the length in front of each NAL unit: 1, 2 or 4. */
  readonly lengthBytes: number;
  /** SPS, then PPS, each with its header byte: views of the record. */
  readonly parameterSets: readonly Uint8Array[];
};

/** Whether codec data is an avcC record; otherwise it is Annex B, or nothing. */
export function isAvcC(extradata: Uint8Array): boolean {
  return extradata.length >= 7 && extradata[0] === 1;
}

/** Parses an avcC record. Throws WireError `h264/avcc` or `bytes/short`. */
export function parseAvcC(record: Uint8Array): AvcConfiguration {
  const reader = new ByteReader(record);
  if (reader.u8() !== 1) {
    throw new WireError("h264/avcc", "this is no avcC record of version 1");
  }
  reader.u24();
  const lengthBytes = (reader.u8() & 3) + 1;
  const parameterSets: Uint8Array[] = [];
  for (let left = reader.u8() & 0x1f; left > 0; left--) {
    parameterSets.push(reader.bytes(reader.u16()));
  }
  for (let left = reader.u8(); left > 0; left--) {
    parameterSets.push(reader.bytes(reader.u16()));
  }
  return { lengthBytes, parameterSets };
}

/**
 * Turns the four-byte lengths of `unit` into start codes, in place, and tells each NAL unit to `visit` as the range of
 * its bytes. False when the lengths do not add up; the unit is spoilt then.
 */
export function rewriteLengths(unit: Uint8Array, visit: (from: number, to: number) => void): boolean {
  let at = 0;
  while (at + 4 <= unit.length) {
    const length = unit[at] * 0x100_0000 + ((unit[at + 1] << 16) | (unit[at + 2] << 8) | unit[at + 3]);
    const from = at + 4;
    if (length > unit.length - from) {
      return false;
    }
    unit[at] = 0;
    unit[at + 1] = 0;
    unit[at + 2] = 0;
    unit[at + 3] = 1;
    if (length > 0) {
      visit(from, from + length);
    }
    at = from + length;
  }
  return at === unit.length;
}
