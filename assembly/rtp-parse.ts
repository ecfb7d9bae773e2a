// Kernel rtp-parse: received packets in slots to records and payload descriptors. RTP headers by RFC 3550 5.1 and A.1,
// extension elements by RFC 8285, RTCP told apart by RFC 5761 4 and its lengths checked by RFC 3550 A.2.
import { byteRange } from "./parts/byte-range";
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_HEADER_LENGTH,
  DESCRIPTOR_LENGTH,
  DESCRIPTOR_OFFSET,
} from "./parts/packet-slot";
import {
  COLUMN_COUNT,
  ONE_BYTE_PROFILE,
  RECORD_BYTES,
  RECORD_COLUMNS,
  RECORD_CSRC_COUNT,
  RECORD_FOUND,
  RECORD_HEAD_BYTES,
  RECORD_HEADER_LENGTH,
  RECORD_OCTETS,
  RECORD_PACKET,
  RECORD_PADDING,
  RECORD_PAYLOAD_LENGTH,
  RECORD_PROFILE,
  RECORD_SSRC,
  RECORD_STATUS,
  RECORD_TIMESTAMP,
} from "./parts/rtp-record";

const HEADER_BYTES: usize = 12;

const RTCP: u32 = 1;
const SHORT: u32 = 2;
const VERSION: u32 = 3;
const CSRC: u32 = 4;
const EXTENSION: u32 = 5;
const PADDING: u32 = 6;
const RTCP_LENGTH: u32 = 7;
/** RTP without padding, with a small block of elements in order: its shape can be compared with the next one's. */
const PLAIN: u32 = 8;
/** Any other RTP; both are status 0 in the record. */
const RTP: u32 = 9;

/** Checks that the lengths of a compound end where the datagram ends; how many packets it holds, 0 when they do not. */
function countRtcp(packet: usize, length: usize): u32 {
  const end = packet + length;
  let count: u32 = 0;
  let at = packet;
  while (end - at >= 4) {
    if (load<u8>(at) >> 6 != 2) {
      return 0;
    }
    const bytes: usize = 4 + 4 * <usize>bswap<u16>(load<u16>(at, 2));
    if (bytes > end - at) {
      return 0;
    }
    at += bytes;
    count++;
  }
  return at == end ? count : 0;
}

function parseRtcp(packet: usize, length: usize, record: usize): u32 {
  if (load<u8>(packet) >> 6 != 2) {
    return VERSION;
  }
  const count = countRtcp(packet, length);
  if (count == 0) {
    return RTCP_LENGTH;
  }
  store<u32>(record, bswap<u32>(load<u32>(packet)), RECORD_OCTETS);
  store<u32>(record, count, RECORD_TIMESTAMP);
  store<u32>(record, length < 8 ? 0 : bswap<u32>(load<u32>(packet, 4)), RECORD_SSRC);
  store<u16>(record, <u16>length, RECORD_PAYLOAD_LENGTH);
  return RTCP;
}

/**
 * Files the elements of a block under their columns (RFC 8285 4.2 and 4.3). A broken element, or one that says stop, ends
 * the walk. True when nothing was wrong and nothing was blanked.
 */
function walk(packet: usize, from: usize, to: usize, isOneByte: bool, record: usize, columns: usize, strip: bool): bool {
  const end = packet + to;
  let at = packet + from;
  let found: u32 = 0;
  let isWhole = true;
  while (at < end) {
    const octet = <u32>load<u8>(at);
    if (octet == 0) {
      at++;
      continue;
    }
    let id = octet;
    let value = at + 2;
    let length: usize = 0;
    if (isOneByte) {
      id = octet >> 4;
      value = at + 1;
      length = <usize>(octet & 15) + 1;
      if (id == 0 || id == 15) {
        break;
      }
    } else if (value <= end) {
      length = load<u8>(at, 1);
    }
    if (value + length > end) {
      break;
    }
    const column = <u32>load<u8>(columns + id);
    if (column < COLUMN_COUNT && (found & (1 << column)) == 0) {
      found |= 1 << column;
      const place = (value - packet) | (length << 16) | ((value - at) << 24);
      store<u32>(record + 4 * <usize>column, <u32>place, RECORD_COLUMNS);
    } else if (strip) {
      memory.fill(at, 0, value + length - at);
      isWhole = false;
    }
    at = value + length;
  }
  store<u8>(record, <u8>found, RECORD_FOUND);
  if (at == end) {
    return isWhole;
  }
  if (strip) {
    memory.fill(at, 0, end - at);
  }
  return false;
}

/** Ones in the bytes of an extension of at most 16 that are no values: profile, length, heads of elements, padding. */
function headBytes(extension: usize, end: usize): v128 {
  const isOneByte = load<u16>(extension) == 0xdebe;
  let mask = byteRange(0, 4);
  if (!isOneByte && (bswap<u16>(load<u16>(extension)) & 0xfff0) != 0x1000) {
    return mask;
  }
  let at = extension + 4;
  while (at < end) {
    const octet = <usize>load<u8>(at);
    const heads: usize = isOneByte || octet == 0 ? 1 : 2;
    mask = v128.or(mask, byteRange(at - extension, heads));
    at += heads;
    if (octet != 0) {
      at += isOneByte ? (octet & 15) + 1 : <usize>load<u8>(at - 1);
    }
  }
  return mask;
}

function parseRtp(packet: usize, length: usize, record: usize, columns: usize, strip: bool): u32 {
  if (length < HEADER_BYTES) {
    return SHORT;
  }
  const first = <u32>load<u8>(packet);
  if (first >> 6 != 2) {
    return VERSION;
  }
  const csrcCount = first & 15;
  let header = HEADER_BYTES + 4 * <usize>csrcCount;
  if (header > length) {
    return CSRC;
  }
  let profile: u32 = 0;
  let block = header;
  if ((first & 0x10) != 0) {
    block += 4;
    if (block > length) {
      return EXTENSION;
    }
    profile = bswap<u16>(load<u16>(packet + header));
    header = block + 4 * <usize>bswap<u16>(load<u16>(packet + header, 2));
    if (header > length) {
      return EXTENSION;
    }
  }
  let padding: usize = 0;
  if ((first & 0x20) != 0) {
    padding = header < length ? load<u8>(packet + length - 1) : 0;
    if (padding == 0 || header + padding > length) {
      return PADDING;
    }
  }
  store<u16>(record, <u16>header, RECORD_HEADER_LENGTH);
  store<u16>(record, <u16>(length - header - padding), RECORD_PAYLOAD_LENGTH);
  store<u8>(record, <u8>padding, RECORD_PADDING);
  store<u8>(record, <u8>csrcCount, RECORD_CSRC_COUNT);
  store<u16>(record, <u16>profile, RECORD_PROFILE);
  let isWhole = true;
  if (profile == ONE_BYTE_PROFILE) {
    isWhole = walk(packet, block, header, true, record, columns, strip);
  } else if ((profile & 0xfff0) == 0x1000) {
    isWhole = walk(packet, block, header, false, record, columns, strip);
  }
  // Without its marker, a payload type from 64 to 95 could be RTCP.
  const isAmbiguous = <u32>(load<u8>(packet, 1) & 127) - 64 < <u32>32;
  return isWhole && padding == 0 && header - block <= 12 && !isAmbiguous ? PLAIN : RTP;
}

/** The three words of the fixed header, byte order turned, and the packet's address behind them. */
// @ts-ignore: decorator
@inline
function storeHeader(record: usize, packet: usize): void {
  const words = v128.load(packet);
  v128.store(record, i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  store<u32>(record, <u32>packet, RECORD_PACKET);
}

/**
 * Parses packets for as long as they have the shape of the one before them: the same first two bytes but for the marker,
 * and the same heads of elements. They differ in values only, and take lengths and columns from its record.
 */
function parseAlike(model: usize, octets: u32, descriptor: usize, end: usize, record: usize): usize {
  if (descriptor == end || (<u32>load<u16>(load<u32>(descriptor, DESCRIPTOR_OFFSET)) & 0x7fff) != octets) {
    return descriptor;
  }
  const before = record - RECORD_BYTES;
  const header = <usize>load<u16>(before, RECORD_HEADER_LENGTH);
  const block = HEADER_BYTES + 4 * <usize>(octets & 15);
  const heads = v128.load(model + block);
  const headMask = (octets & 0x10) == 0 ? i32x4.splat(0) : headBytes(model + block, model + header);
  const facts = v128.load(before, 16);
  const columns = v128.load(before, 32);
  const moreColumns = v128.load(before, 48);
  while (descriptor < end) {
    const packet = <usize>load<u32>(descriptor, DESCRIPTOR_OFFSET);
    const length = <usize>load<u32>(descriptor, DESCRIPTOR_LENGTH);
    const its = <u32>load<u16>(packet);
    if (
      (its & 0x7fff) != octets ||
      length < header ||
      v128.any_true(v128.and(v128.xor(v128.load(packet + block), heads), headMask))
    ) {
      break;
    }
    const payloadLength = <u32>(length - header);
    storeHeader(record, packet);
    v128.store(record, facts, 16);
    store<u16>(record, <u16>payloadLength, RECORD_PAYLOAD_LENGTH);
    v128.store(record, columns, 32);
    v128.store(record, moreColumns, 48);
    store<u32>(descriptor, <u32>(packet + header), DESCRIPTOR_OFFSET);
    store<u32>(descriptor, payloadLength, DESCRIPTOR_LENGTH);
    store<u32>(descriptor, <u32>header, DESCRIPTOR_HEADER_LENGTH);
    store<u32>(descriptor, its >> 15, DESCRIPTOR_FLAGS);
    descriptor += DESCRIPTOR_BYTES;
    record += RECORD_BYTES;
  }
  return descriptor;
}

/**
 * Parses `count` packets, slot `firstSlot` on (wrapping at `slotCount`, a power of two); each descriptor says where the
 * whole packet lies. Writes a record for each behind the head of `table`, and to the head how many came to each status.
 * An RTP packet's descriptor then says payload, header length and marker; all others stay. `columns` is 256 bytes, id to
 * column (8 and up: nobody asked); `strip` blanks all other elements to padding. Returns the number of RTP packets.
 */
export function parse(
  descriptors: usize,
  slotCount: u32,
  firstSlot: u32,
  count: u32,
  table: usize,
  columns: usize,
  strip: bool,
): u32 {
  const descriptorsEnd = descriptors + <usize>slotCount * DESCRIPTOR_BYTES;
  const recordsEnd = table + RECORD_HEAD_BYTES + <usize>count * RECORD_BYTES;
  const zero = i32x4.splat(0);
  v128.store(table, zero);
  v128.store(table, zero, 16);
  let otherCount: u32 = 0;
  let descriptor = descriptors + <usize>firstSlot * DESCRIPTOR_BYTES;
  let record = table + RECORD_HEAD_BYTES;
  while (record < recordsEnd) {
    if (descriptor == descriptorsEnd) {
      descriptor = descriptors;
    }
    const packet = <usize>load<u32>(descriptor, DESCRIPTOR_OFFSET);
    const length = <usize>load<u32>(descriptor, DESCRIPTOR_LENGTH);
    const octets = <u32>load<u16>(packet);
    v128.store(record, zero);
    v128.store(record, zero, 16);
    v128.store(record, zero, 32);
    v128.store(record, zero, 48);
    store<u32>(record, <u32>packet, RECORD_PACKET);
    const status =
      length >= 2 && (octets >> 8) - 192 < <u32>32
        ? parseRtcp(packet, length, record)
        : parseRtp(packet, length, record, columns, strip);
    if (status >= PLAIN) {
      storeHeader(record, packet);
      const header = <u32>load<u16>(record, RECORD_HEADER_LENGTH);
      store<u32>(descriptor, <u32>packet + header, DESCRIPTOR_OFFSET);
      store<u32>(descriptor, load<u16>(record, RECORD_PAYLOAD_LENGTH), DESCRIPTOR_LENGTH);
      store<u32>(descriptor, header, DESCRIPTOR_HEADER_LENGTH);
      store<u32>(descriptor, octets >> 15, DESCRIPTOR_FLAGS);
    } else {
      otherCount++;
      store<u8>(record, <u8>status, RECORD_STATUS);
      const counter = table + 4 * <usize>status;
      store<u32>(counter, load<u32>(counter) + 1);
    }
    descriptor += DESCRIPTOR_BYTES;
    record += RECORD_BYTES;
    if (status == PLAIN) {
      const room = ((recordsEnd - record) / RECORD_BYTES) * DESCRIPTOR_BYTES;
      const stop = parseAlike(packet, octets & 0x7fff, descriptor, min(descriptor + room, descriptorsEnd), record);
      record += ((stop - descriptor) / DESCRIPTOR_BYTES) * RECORD_BYTES;
      descriptor = stop;
    }
  }
  store<u32>(table, count - otherCount);
  return count - otherCount;
}
