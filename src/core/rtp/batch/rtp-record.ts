// The record that kernel rtp-parse writes for each received packet. Little-endian; the kernel's side of the same
// numbers: assembly/parts/rtp-record.ts.
//
//    0  u16 sequence number · u8 marker and payload type · u8 V, P, X, CC      16  u16 header bytes · u16 payload bytes
//    4  u32 timestamp (RTCP: packets in the compound)                          20  u8 padding bytes · u8 CSRCs · u16 profile
//    8  u32 SSRC                                                               24  u8 status · u8 columns found, a bit each
//   12  u32 address of the packet                                              28  u32 0x10000 | sequence number sent as, or 0
//   32  by column: 8 x { u16 offset of the value in the packet · u8 its length · u8 bytes of its head: 1, 2, or 0 for none }

/** Bytes of the table's head: eight u32, the packets that came to each status. */
export const RECORD_HEAD_BYTES = 32;
/** Bytes of one record. */
export const RECORD_BYTES = 64;
/** Columns of extension elements in a record. */
export const COLUMN_COUNT = 8;
/** RFC 8285 4.2. */
export const ONE_BYTE_PROFILE = 0xbede;

/** What a received packet is; all from `short` on are refusals. */
export const RtpStatus = {
  /** An RTP packet. */
  rtp: 0,
  /** RTCP by its second byte (RFC 5761 4), and the lengths in it end where it ends (RFC 3550 A.2). */
  rtcp: 1,
  /** Too short for a header. */
  short: 2,
  /** Not version 2. */
  version: 3,
  /** The CSRC list runs past the packet. */
  csrc: 4,
  /** The header extension runs past the packet. */
  extension: 5,
  /** The padding count is 0 or more than there is. */
  padding: 6,
  /** RTCP whose lengths do not add up. */
  rtcpLength: 7,
} as const;
