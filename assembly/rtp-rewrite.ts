// Kernel rtp-rewrite: the headers of parsed packets for another receiver, in place (RFC 3550 5.1, RFC 8285). What goes
// out is made from the records, not from the slots, so that a batch can be rewritten for one receiver after another.
import { byteRange } from "./parts/byte-range";
import {
  RECORD_BYTES,
  RECORD_COLUMNS,
  RECORD_FOUND,
  RECORD_OCTETS,
  RECORD_PACKET,
  RECORD_SENT,
  RECORD_SSRC,
  RECORD_STATUS,
} from "./parts/rtp-record";

/** The extension ids by column, behind the 128 payload types. */
const EXTENSION_IDS: usize = 128;
const SENT: u32 = 0x10000;
/** All but padding bit, payload type and sequence number. */
const KEPT_BITS: u32 = 0xdf800000;

/** The byte that holds the id of the element in `column`: { offset in the packet, its new value << 16 }. */
function idByte(record: usize, column: usize, maps: usize): u32 {
  const place = load<u32>(record + 4 * column, RECORD_COLUMNS);
  const id = <u32>load<u8>(maps + column, EXTENSION_IDS);
  const headBytes = place >> 24;
  const value = headBytes == 1 ? (id << 4) | (((place >> 16) & 255) - 1) : id;
  return ((place & 0xffff) - headBytes) | (value << 16);
}

/** Writes one header from its record, with SSRC and timestamp counted on by `deltas`; marks the record. */
// @ts-ignore: decorator
@inline
function writeHeader(record: usize, packet: usize, payloadType: u32, sequenceDelta: u32, deltas: v128): void {
  const octets = load<u32>(record, RECORD_OCTETS);
  const sequence = (octets + sequenceDelta) & 0xffff;
  let words = i32x4.add(v128.load(record), deltas);
  words = i32x4.replace_lane(words, 0, <i32>((octets & KEPT_BITS) | (payloadType << 16) | sequence));
  words = i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  v128.store64_lane(packet, words, 0);
  v128.store32_lane(packet, words, 2, 8);
  store<u32>(record, SENT | sequence, RECORD_SENT);
}

/** What the packet of a record is sent as; 128 and up when it is not sent. */
// @ts-ignore: decorator
@inline
function sentType(record: usize, maps: usize): u32 {
  return load<u8>(maps + <usize>(<u32>load<u8>(record, RECORD_OCTETS + 2) & 127));
}

/**
 * Rewrites packets for as long as they are of the stream, are sent, and have the columns of the first. Where all ids lie
 * within 16 bytes, they are replaced at once, by masks that serve all of them; otherwise only the first is rewritten.
 * Answers the record behind the last.
 */
function rewriteAlike(
  record: usize,
  end: usize,
  sourceSsrc: u32,
  sequenceDelta: u32,
  deltas: v128,
  maps: usize,
): usize {
  const columns = v128.load(record, RECORD_COLUMNS);
  const moreColumns = v128.load(record, RECORD_COLUMNS + 16);
  const found = <u32>load<u8>(record, RECORD_FOUND);
  let first: usize = 0xffff;
  for (let left = found; left != 0; left &= left - 1) {
    first = min(first, <usize>idByte(record, <usize>ctz(left), maps) & 0xffff);
  }
  // The 16 bytes from the first id on stay inside of the slot.
  let isNear = found == 0 || first < 1024;
  let kept = i32x4.splat(-1);
  let ids = i32x4.splat(0);
  for (let left = found; left != 0; left &= left - 1) {
    const each = idByte(record, <usize>ctz(left), maps);
    const at = <usize>(each & 0xffff) - first;
    isNear = isNear && at < 16;
    const mask = byteRange(at, 1);
    kept = v128.andnot(kept, mask);
    ids = v128.or(ids, v128.and(mask, i8x16.splat(<i8>(each >> 16))));
  }
  if (!isNear) {
    const packet = <usize>load<u32>(record, RECORD_PACKET);
    writeHeader(record, packet, sentType(record, maps), sequenceDelta, deltas);
    for (let left = found; left != 0; left &= left - 1) {
      const each = idByte(record, <usize>ctz(left), maps);
      store<u8>(packet + <usize>(each & 0xffff), <u8>(each >> 16));
    }
    return record + RECORD_BYTES;
  }
  while (record < end) {
    const payloadType = sentType(record, maps);
    const changes = v128.or(
      v128.xor(columns, v128.load(record, RECORD_COLUMNS)),
      v128.xor(moreColumns, v128.load(record, RECORD_COLUMNS + 16)),
    );
    if (
      load<u8>(record, RECORD_STATUS) != 0 ||
      load<u32>(record, RECORD_SSRC) != sourceSsrc ||
      payloadType > 127 ||
      v128.any_true(changes)
    ) {
      break;
    }
    const packet = <usize>load<u32>(record, RECORD_PACKET);
    writeHeader(record, packet, payloadType, sequenceDelta, deltas);
    if (found != 0) {
      v128.store(packet + first, v128.or(v128.and(v128.load(packet + first), kept), ids));
    }
    record += RECORD_BYTES;
  }
  return record;
}

/**
 * Rewrites the packets of `sourceSsrc` among `count` records. Sequence number and timestamp are counted on by the deltas,
 * the SSRC is replaced, payload type and extension ids are looked up in `maps` (128 bytes by payload type, 128 and up:
 * not sent; then 8 bytes by column). The padding bit goes: descriptors leave padding out. A record then says what its
 * packet was sent as, 0 when it was not. Returns how many were rewritten.
 */
export function rewrite(
  records: usize,
  count: u32,
  sourceSsrc: u32,
  ssrc: u32,
  sequenceDelta: u32,
  timestampDelta: u32,
  maps: usize,
): u32 {
  const counted = i32x4.replace_lane(i32x4.splat(0), 1, <i32>timestampDelta);
  const deltas = i32x4.replace_lane(counted, 2, <i32>(ssrc - sourceSsrc));
  const end = records + <usize>count * RECORD_BYTES;
  let rewritten: u32 = 0;
  let record = records;
  while (record < end) {
    if (load<u8>(record, RECORD_STATUS) == 0 && load<u32>(record, RECORD_SSRC) == sourceSsrc) {
      if (sentType(record, maps) <= 127) {
        const next = rewriteAlike(record, end, sourceSsrc, sequenceDelta, deltas, maps);
        rewritten += <u32>((next - record) / RECORD_BYTES);
        record = next;
        continue;
      }
      store<u32>(record, 0, RECORD_SENT);
    }
    record += RECORD_BYTES;
  }
  return rewritten;
}
