// H.264 NAL unit types (ITU-T H.264 table 7-1) and the ones that RTP adds (RFC 6184 table 1).
//
//  +---------------+
//  |0|1|2|3|4|5|6|7|     F: forbidden zero bit, NRI: nal_ref_idc, Type
//  +-+-+-+-+-+-+-+-+
//  |F|NRI|  Type   |
//  +---------------+

/** `nal_unit_type` of the units that Floe names. */
export const NalType = {
  nonIdrSlice: 1,
  dataPartitionA: 2,
  dataPartitionB: 3,
  dataPartitionC: 4,
  idrSlice: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  filler: 12,
  spsExtension: 13,
  prefix: 14,
  subsetSps: 15,
  /** RTP only: several NAL units of one time in a packet (RFC 6184 5.7.1). */
  stapA: 24,
  /** RTP only: one part of a NAL unit (RFC 6184 5.8). */
  fuA: 28,
} as const;

/** The type in a NAL unit's (or payload's) first byte, 0 to 31. */
export function nalType(header: number): number {
  return header & 0x1f;
}

/** SPS, PPS, SPS extension or subset SPS: what a decoder needs before the first picture. */
export function isParameterSet(type: number): boolean {
  return type === NalType.sps || type === NalType.pps || type === NalType.spsExtension || type === NalType.subsetSps;
}

/** Part of a coded picture. */
export function isSlice(type: number): boolean {
  return type >= NalType.nonIdrSlice && type <= NalType.idrSlice;
}

/** Types that our RTP leaves out: delimiters and filler say nothing, 0 and 24 to 31 mean other things there. */
export function isLeftOut(type: number): boolean {
  return type === 0 || type === NalType.accessUnitDelimiter || type === NalType.filler || type >= NalType.stapA;
}
