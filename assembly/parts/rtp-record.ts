// A received packet's record as rtp-parse writes it and rtp-rewrite reads it. The TypeScript side of the same numbers:
// src/core/rtp/batch/rtp-record.ts.

/** The table's head: one u32 counter for each status. */
export const RECORD_HEAD_BYTES: usize = 32;
/** One record. The first three words are the header's, byte order turned; see the offsets. */
export const RECORD_BYTES: usize = 64;

export const RECORD_OCTETS: usize = 0;
export const RECORD_TIMESTAMP: usize = 4;
export const RECORD_SSRC: usize = 8;
export const RECORD_PACKET: usize = 12;
export const RECORD_HEADER_LENGTH: usize = 16;
export const RECORD_PAYLOAD_LENGTH: usize = 18;
export const RECORD_PADDING: usize = 20;
export const RECORD_CSRC_COUNT: usize = 21;
export const RECORD_PROFILE: usize = 22;
export const RECORD_STATUS: usize = 24;
export const RECORD_FOUND: usize = 25;
export const RECORD_SENT: usize = 28;
export const RECORD_COLUMNS: usize = 32;
export const COLUMN_COUNT: u32 = 8;

export const ONE_BYTE_PROFILE: u32 = 0xbede;
