// Kernel opus-frame: Opus packets (RFC 6716 3) into packet slots, one a payload (RFC 7587 4.2), and what a batch of them
// holds: frames and samples, by the rules R1 to R7 of RFC 6716 3.4.
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_HEADER_LENGTH,
  DESCRIPTOR_LENGTH,
  DESCRIPTOR_OFFSET,
  SLOT_BYTES,
  SLOT_HEADROOM_BYTES,
} from "./parts/packet-slot";

/** A record: u16 samples at 48 kHz, u8 frames, u8 first byte of the packet, u16 bytes of the frames, u16 0. All 0: no Opus. */
const RECORD_BYTES: usize = 8;
/** R2. */
const LONGEST_FRAME: usize = 1275;
/** R5: 120 ms. */
const MOST_SAMPLES: u32 = 5760;
const SLOT_PAYLOAD_BYTES: usize = SLOT_BYTES - SLOT_HEADROOM_BYTES;

/** Samples of a frame at 48 kHz, by the configuration (3.1, table 2). */
function frameSamples(config: u32): u32 {
  if (config < 12) {
    const size = config & 3;
    return size == 3 ? 2880 : 480 << size;
  }
  return config < 16 ? 480 << (config & 1) : 120 << (config & 3);
}

/** A frame's length of one or two bytes (3.2.1): { bytes of the length << 16 | length }, or 0 when it runs past the end. */
function frameLength(at: usize, end: usize): u32 {
  if (at >= end) {
    return 0;
  }
  const first = <u32>load<u8>(at);
  if (first < 252) {
    return 0x10000 | first;
  }
  return at + 1 < end ? 0x20000 | (first + 4 * <u32>load<u8>(at, 1)) : 0;
}

/** How many bytes `count` frames have in [at, end) when all are of one length; -1 when they do not. */
function equalFrames(at: usize, end: usize, count: u32): i32 {
  const bytes = <u32>(end - at);
  return bytes % count == 0 && bytes / count <= <u32>LONGEST_FRAME ? <i32>bytes : -1;
}

/** The same when the lengths of all but the last stand in front of them. */
function unequalFrames(at: usize, end: usize, count: u32): i32 {
  let bytes: u32 = 0;
  for (let left = count - 1; left > 0; left--) {
    const length = frameLength(at, end);
    if (length == 0 || (length & 0xffff) > <u32>LONGEST_FRAME) {
      return -1;
    }
    at += length >> 16;
    bytes += length & 0xffff;
  }
  const room = <u32>(end - at);
  return bytes <= room && room - bytes <= <u32>LONGEST_FRAME ? <i32>room : -1;
}

/** Writes a packet's record; false, and zeros, when it is no Opus packet. */
function describe(packet: usize, length: usize, record: usize): bool {
  store<u64>(record, 0);
  if (length == 0) {
    return false;
  }
  const first = <u32>load<u8>(packet);
  const code = first & 3;
  let end = packet + length;
  let count: u32 = code == 0 ? 1 : 2;
  let bytes: i32 = -1;
  if (code < 3) {
    bytes = code == 2 ? unequalFrames(packet + 1, end, 2) : equalFrames(packet + 1, end, count);
  } else {
    if (length < 2) {
      return false;
    }
    const second = <u32>load<u8>(packet, 1);
    let at = packet + 2;
    count = second & 63;
    if ((second & 0x40) != 0) {
      let padding: usize = 0;
      let more = true;
      while (more) {
        if (at >= end) {
          return false;
        }
        const octet = <usize>load<u8>(at);
        at++;
        more = octet == 255;
        padding += more ? 254 : octet;
      }
      if (padding > end - at) {
        return false;
      }
      end -= padding;
    }
    if (count == 0) {
      return false;
    }
    bytes = (second & 0x80) != 0 ? unequalFrames(at, end, count) : equalFrames(at, end, count);
  }
  const samples = count * frameSamples(first >> 3);
  if (bytes < 0 || samples > MOST_SAMPLES) {
    return false;
  }
  store<u16>(record, <u16>samples);
  store<u8>(record, <u8>count, 2);
  store<u8>(record, <u8>first, 3);
  store<u16>(record, <u16>bytes, 4);
  return true;
}

/**
 * Describes the payloads of `count` packets, slot `firstSlot` on (wrapping at `slotCount`, a power of two): a record each
 * to `records`. Returns how many are Opus.
 */
export function parse(descriptors: usize, slotCount: u32, firstSlot: u32, count: u32, records: usize): u32 {
  const mask = slotCount - 1;
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const descriptor = descriptors + <usize>((firstSlot + i) & mask) * DESCRIPTOR_BYTES;
    const payload = load<u32>(descriptor, DESCRIPTOR_OFFSET);
    found += u32(describe(payload, load<u32>(descriptor, DESCRIPTOR_LENGTH), records + <usize>i * RECORD_BYTES));
  }
  return found;
}

/**
 * Copies `count` packets that lie one behind the other at `input`, their lengths as u32 at `lengths`, into the slots from
 * `firstSlot` on, and describes them. Returns the samples of all; -1 when one is empty, larger than a slot or no Opus, and
 * then nothing was written but records.
 */
export function packetize(
  input: usize,
  lengths: usize,
  count: u32,
  slots: usize,
  descriptors: usize,
  slotCount: u32,
  firstSlot: u32,
  records: usize,
): i32 {
  let samples: u32 = 0;
  let from = input;
  for (let i: u32 = 0; i < count; i++) {
    const length = <usize>load<u32>(lengths + 4 * <usize>i);
    const record = records + <usize>i * RECORD_BYTES;
    if (length > SLOT_PAYLOAD_BYTES || !describe(from, length, record)) {
      return -1;
    }
    samples += load<u16>(record);
    from += length;
  }
  from = input;
  for (let i: u32 = 0; i < count; i++) {
    const slot = <usize>((firstSlot + i) & (slotCount - 1));
    const payload = slots + slot * SLOT_BYTES + SLOT_HEADROOM_BYTES;
    const length = <usize>load<u32>(lengths + 4 * <usize>i);
    memory.copy(payload, from, length);
    const descriptor = descriptors + slot * DESCRIPTOR_BYTES;
    store<u32>(descriptor, <u32>payload, DESCRIPTOR_OFFSET);
    store<u32>(descriptor, <u32>length, DESCRIPTOR_LENGTH);
    store<u32>(descriptor, 0, DESCRIPTOR_HEADER_LENGTH);
    store<u32>(descriptor, 0, DESCRIPTOR_FLAGS);
    from += length;
  }
  return <i32>samples;
}
