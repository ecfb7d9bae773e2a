// Kernel rtp-stamp: RTP headers (RFC 3550 5.1, extension block RFC 8285) into the headroom of a batch of packet slots.
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_HEADER_LENGTH,
  DESCRIPTOR_OFFSET,
  FLAG_MARKER,
} from "./parts/packet-slot";

const HEADER_BYTES: usize = 12;

/**
 * Writes the header of `count` packets, slot `firstSlot` on (wrapping at `slotCount`, a power of two), right before each
 * payload, and each header's length to its descriptor. The sequence number counts up from `sequenceNumber`; the marker
 * comes from the descriptor. `extension` is a whole extension block, 4-byte padded, `extensionBytes` 0 for none.
 */
export function stamp(
  descriptors: usize,
  slotCount: u32,
  firstSlot: u32,
  count: u32,
  ssrc: u32,
  sequenceNumber: u32,
  timestamp: u32,
  payloadType: u32,
  extension: usize,
  extensionBytes: usize,
): void {
  const mask = slotCount - 1;
  const headerBytes = HEADER_BYTES + extensionBytes;
  const firstOctets = (extensionBytes == 0 ? 0x80 : 0x90) | (payloadType << 8);
  const timestampWire = bswap<u32>(timestamp);
  const ssrcWire = bswap<u32>(ssrc);
  for (let i: u32 = 0; i < count; i++) {
    const descriptor = descriptors + <usize>((firstSlot + i) & mask) * DESCRIPTOR_BYTES;
    const header = <usize>load<u32>(descriptor, DESCRIPTOR_OFFSET) - headerBytes;
    const marker = (load<u32>(descriptor, DESCRIPTOR_FLAGS) & FLAG_MARKER) << 15;
    const sequence = <u32>bswap<u16>(<u16>(sequenceNumber + i)) << 16;
    store<u32>(header, firstOctets | marker | sequence);
    store<u32>(header, timestampWire, 4);
    store<u32>(header, ssrcWire, 8);
    for (let at: usize = 0; at < extensionBytes; at += 4) {
      store<u32>(header + at, load<u32>(extension + at), HEADER_BYTES);
    }
    store<u32>(descriptor, <u32>headerBytes, DESCRIPTOR_HEADER_LENGTH);
  }
}
