// Kernel turn-frame: what a TURN server does to the bytes of relayed packets, a batch a call: reads ChannelData (RFC 8656 12.4)
// and Send indications (11.2) of clients, writes ChannelData and Data indications (11.3) in front of peers' datagrams.
//
// A record is 20 words: 0 address, 1 bytes, 2 socket, 3 kind, 4 family, 5 port, 6-9 IP, 10 channel, 11 payload address,
// 12 payload bytes, 13 flags, 14 peer family, 15 peer port, 16-19 peer IP.

const RECORD_BYTES: usize = 80;

const KIND_DROPPED: u32 = 0;
const KIND_READY: u32 = 1;
const KIND_CHANNEL_DATA: u32 = 2;
const KIND_SEND: u32 = 3;
const KIND_CONTROL: u32 = 4;
const KIND_MALFORMED: u32 = 5;
const KIND_TO_CHANNEL: u32 = 6;
const KIND_TO_INDICATION: u32 = 7;

const FLAG_DONT_FRAGMENT: u32 = 1;

/** RFC 5766 had numbers up to here, and its clients are many. */
const MAX_OLD_CHANNEL: u32 = 0x7ffe;
const HEADER_BYTES: u32 = 20;
const COOKIE: u32 = 0x2112a442;
const COOKIE_IN_MEMORY: u32 = 0x42a41221;
const SEND_INDICATION: u32 = 0x0016;
const DATA_INDICATION_IN_MEMORY: u16 = 0x1700;

/**
 * Reads `count` clients' packets: sets each record's kind, and channel, payload, flags and peer where it has them. Family 0 is
 * a stream's frame. ChannelData 2, Send indication 3, other STUN 4, a broken Send indication 5, anything else 0.
 */
export function unframe(table: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const record = table + <usize>i * RECORD_BYTES;
    store<u32>(record, kindOf(record), 12);
  }
}

function kindOf(record: usize): u32 {
  const packet = <usize>load<u32>(record);
  const lengthBytes = load<u32>(record, 4);
  if (lengthBytes < 4) {
    return KIND_DROPPED;
  }
  const head = bswap<u32>(load<u32>(packet));
  const first = head >> 16;
  const tells = head & 0xffff;
  if (first >= 0x4000) {
    if (first > MAX_OLD_CHANNEL || tells + 4 > lengthBytes) {
      return KIND_DROPPED;
    }
    store<u32>(record, first, 40);
    store<u32>(record, <u32>packet + 4, 44);
    store<u32>(record, tells, 48);
    return KIND_CHANNEL_DATA;
  }
  const isStun = lengthBytes >= HEADER_BYTES && (tells & 3) == 0 && tells + HEADER_BYTES == lengthBytes;
  if (!isStun || load<u32>(packet, 4) != COOKIE_IN_MEMORY) {
    return KIND_DROPPED;
  }
  return first == SEND_INDICATION ? readSend(record, packet, packet + lengthBytes) : KIND_CONTROL;
}

function readSend(record: usize, packet: usize, end: usize): u32 {
  let hasPeer = false;
  let hasData = false;
  let flags: u32 = 0;
  for (let at = packet + HEADER_BYTES; at < end; ) {
    const head = bswap<u32>(load<u32>(at));
    const type = head >> 16;
    const valueBytes = head & 0xffff;
    const next = at + 4 + <usize>((valueBytes + 3) & ~3);
    if (next > end) {
      return KIND_MALFORMED;
    }
    if (type == 0x0012) {
      if (!hasPeer && !readPeer(record, packet, at + 4, valueBytes)) {
        return KIND_MALFORMED;
      }
      hasPeer = true;
    } else if (type == 0x0013) {
      if (!hasData) {
        store<u32>(record, <u32>at + 4, 44);
        store<u32>(record, valueBytes, 48);
        hasData = true;
      }
    } else if (type == 0x001a) {
      flags |= FLAG_DONT_FRAGMENT;
    } else if (type == 0x0008 || type == 0x001c) {
      break; // What is behind the integrity does not count.
    } else if (type < 0x8000 && type != 0x0006 && type != 0x0014 && type != 0x0015) {
      return KIND_MALFORMED; // Must be understood and is not.
    }
    at = next;
  }
  store<u32>(record, flags, 52);
  return hasPeer && hasData ? KIND_SEND : KIND_MALFORMED;
}

/** XOR-PEER-ADDRESS to numbers. */
function readPeer(record: usize, packet: usize, value: usize, valueBytes: u32): bool {
  const isIpv4 = valueBytes == 8 && load<u8>(value, 1) == 1;
  if (!isIpv4 && !(valueBytes == 20 && load<u8>(value, 1) == 2)) {
    return false;
  }
  store<u32>(record, isIpv4 ? 4 : 6, 56);
  store<u32>(record, <u32>bswap<u16>(load<u16>(value, 2)) ^ (COOKIE >> 16), 60);
  store<u32>(record, bswap<u32>(load<u32>(value, 4)) ^ COOKIE, 64);
  store<u32>(record, isIpv4 ? 0 : bswap<u32>(load<u32>(value, 8) ^ load<u32>(packet, 8)), 68);
  store<u32>(record, isIpv4 ? 0 : bswap<u32>(load<u32>(value, 12) ^ load<u32>(packet, 12)), 72);
  store<u32>(record, isIpv4 ? 0 : bswap<u32>(load<u32>(value, 16) ^ load<u32>(packet, 16)), 76);
  return true;
}

/**
 * Writes headers in front of the packets of kind 6 (ChannelData by their channel) and 7 (Data indications from their peer),
 * zeros behind where the length must be a multiple of four, and makes them kind 1. Needs 48 bytes before each packet and 3
 * behind it. `transaction` are 12 bytes: each indication takes them as its identifier and counts the last word up.
 */
export function frame(table: usize, count: u32, transaction: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const record = table + <usize>i * RECORD_BYTES;
    const kind = load<u32>(record, 12);
    if (kind == KIND_TO_CHANNEL) {
      writeChannelData(record);
    } else if (kind == KIND_TO_INDICATION) {
      writeIndication(record, transaction);
    }
  }
}

/** Zeros up to a multiple of four; gives their number. */
function pad(end: usize, lengthBytes: u32): u32 {
  const zeros: u32 = (0 - lengthBytes) & 3;
  for (let i: u32 = 0; i < zeros; i++) {
    store<u8>(end + i, 0);
  }
  return zeros;
}

function writeChannelData(record: usize): void {
  const payload = <usize>load<u32>(record);
  const lengthBytes = load<u32>(record, 4);
  const isStream = load<u32>(record, 16) == 0;
  store<u32>(payload - 4, bswap<u32>((load<u32>(record, 40) << 16) | lengthBytes));
  const zeros: u32 = isStream ? pad(payload + lengthBytes, lengthBytes) : 0;
  store<u32>(record, <u32>payload - 4);
  store<u32>(record, lengthBytes + 4 + zeros, 4);
  store<u32>(record, KIND_READY, 12);
}

function writeIndication(record: usize, transaction: usize): void {
  const payload = <usize>load<u32>(record);
  const lengthBytes = load<u32>(record, 4);
  const isIpv4 = load<u32>(record, 56) == 4;
  const addressBytes: u32 = isIpv4 ? 8 : 20;
  const headerBytes = HEADER_BYTES + 4 + addressBytes + 4;
  const packet = payload - headerBytes;
  const zeros = pad(payload + lengthBytes, lengthBytes);

  store<u16>(packet, DATA_INDICATION_IN_MEMORY);
  store<u16>(packet, bswap<u16>(<u16>(headerBytes - HEADER_BYTES + lengthBytes + zeros)), 2);
  store<u32>(packet, COOKIE_IN_MEMORY, 4);
  store<u64>(packet, load<u64>(transaction), 8);
  store<u32>(packet, load<u32>(transaction, 8), 16);
  store<u32>(transaction, load<u32>(transaction, 8) + 1, 8);

  store<u32>(packet, bswap<u32>(0x00120000 | addressBytes), 20);
  store<u16>(packet, isIpv4 ? 0x0100 : 0x0200, 24);
  store<u16>(packet, bswap<u16>(<u16>(load<u32>(record, 60) ^ (COOKIE >> 16))), 26);
  store<u32>(packet, bswap<u32>(load<u32>(record, 64) ^ COOKIE), 28);
  if (!isIpv4) {
    store<u32>(packet, bswap<u32>(load<u32>(record, 68)) ^ load<u32>(packet, 8), 32);
    store<u32>(packet, bswap<u32>(load<u32>(record, 72)) ^ load<u32>(packet, 12), 36);
    store<u32>(packet, bswap<u32>(load<u32>(record, 76)) ^ load<u32>(packet, 16), 40);
  }
  store<u32>(payload - 4, bswap<u32>(0x00130000 | lengthBytes));
  store<u32>(record, <u32>packet);
  store<u32>(record, headerBytes + lengthBytes + zeros, 4);
  store<u32>(record, KIND_READY, 12);
}
