// The packet slot as every kernel knows it. The TypeScript side of the same numbers: src/core/kernel/slot-ring.ts.

/** One packet slot: headroom for the RTP header, then the payload. */
export const SLOT_BYTES: usize = 2048;
/** Where the payload starts in its slot; the header is written backwards from here. */
export const SLOT_HEADROOM_BYTES: usize = 128;

/** One descriptor: four little-endian u32 { offset, length, headerLength, flags }. */
export const DESCRIPTOR_BYTES: usize = 16;
export const DESCRIPTOR_OFFSET: usize = 0;
export const DESCRIPTOR_LENGTH: usize = 4;
export const DESCRIPTOR_HEADER_LENGTH: usize = 8;
export const DESCRIPTOR_FLAGS: usize = 12;

/** The last packet of its access unit (RFC 3550 5.1). */
export const FLAG_MARKER: u32 = 1;
/** The access unit holds an IDR picture. */
export const FLAG_KEY: u32 = 2;
/** The first packet of its access unit. */
export const FLAG_FIRST: u32 = 4;
