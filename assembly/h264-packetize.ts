// Kernel h264-packetize: one Annex B access unit to RTP payloads in packet slots (RFC 6184: single NAL unit packets 5.6,
// STAP-A 5.7.1 for parameter sets in a row, FU-A 5.8). One call scans, plans, then writes; nothing is written to a slot
// unless the whole access unit fits the ring.
import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_HEADER_LENGTH,
  DESCRIPTOR_LENGTH,
  DESCRIPTOR_OFFSET,
  FLAG_FIRST,
  FLAG_KEY,
  FLAG_MARKER,
  SLOT_BYTES,
  SLOT_HEADROOM_BYTES,
} from "./parts/packet-slot";
import { NAL_ENTRY_BYTES, scanAnnexB } from "./parts/start-code";

/** The result at the head of the scratch range: four u32 { isKey, nalUnitCount, payloadBytes, packetCount }. */
const RESULT_BYTES: usize = 16;
const TOO_MANY_NAL_UNITS: i32 = -1;
const TOO_MANY_PACKETS: i32 = -2;

const NAL_IDR: u32 = 5;
const NAL_STAP_A: u32 = 24;
const NAL_FU_A: u32 = 28;

/** Access unit delimiters (9) and filler (12) cost bandwidth and say nothing; 0 and 24-31 mean other things in RTP. */
function isSent(type: u32): bool {
  return type != 0 && type != 9 && type != 12 && type < 24;
}

/** SPS, PPS, SPS extension, subset SPS. */
function isParameterSet(type: u32): bool {
  return type == 7 || type == 8 || type == 13 || type == 15;
}

function nalAddress(entry: usize): usize {
  return load<u32>(entry);
}

function nalLength(entry: usize): usize {
  return load<u32>(entry, 4);
}

/** The entry behind the last NAL unit that shares a STAP-A with `entry`; `entry + 1` when it goes alone. */
function aggregateEnd(entry: usize, tableEnd: usize, maxPayloadBytes: usize): usize {
  let bytes: usize = 1;
  let at = entry;
  while (at < tableEnd && isParameterSet(load<u8>(nalAddress(at)) & 31)) {
    bytes += 2 + nalLength(at);
    if (bytes > maxPayloadBytes) {
      break;
    }
    at += NAL_ENTRY_BYTES;
  }
  const next = entry + NAL_ENTRY_BYTES;
  return at > next ? at : next;
}

/** How many FU-A packets a NAL unit larger than a payload takes; its header byte is not repeated in them. */
function fragmentCount(length: usize, maxPayloadBytes: usize): usize {
  const room = maxPayloadBytes - 2;
  return (length - 1 + room - 1) / room;
}

function writeDescriptor(descriptor: usize, payload: usize, length: usize, flags: u32): void {
  store<u32>(descriptor, <u32>payload, DESCRIPTOR_OFFSET);
  store<u32>(descriptor, <u32>length, DESCRIPTOR_LENGTH);
  store<u32>(descriptor, 0, DESCRIPTOR_HEADER_LENGTH);
  store<u32>(descriptor, flags, DESCRIPTOR_FLAGS);
}

/** STAP-A of [entry, end); returns the payload's length. F is the OR and NRI the maximum of the units (5.7.1). */
function writeAggregate(payload: usize, entry: usize, end: usize): usize {
  let forbidden: u32 = 0;
  let importance: u32 = 0;
  let at = payload + 1;
  while (entry < end) {
    const address = nalAddress(entry);
    const length = nalLength(entry);
    const header = <u32>load<u8>(address);
    forbidden |= header & 0x80;
    importance = max(importance, header & 0x60);
    store<u8>(at, <u8>(length >> 8));
    store<u8>(at, <u8>length, 1);
    memory.copy(at + 2, address, length);
    at += 2 + length;
    entry += NAL_ENTRY_BYTES;
  }
  store<u8>(payload, <u8>(forbidden | importance | NAL_STAP_A));
  return at - payload;
}

/**
 * Packetizes `lengthBytes` at `input` into the slots from `firstSlot` on (wrapping at `slotCount`, a power of two).
 * `scratch` holds the result (16 bytes, see RESULT_BYTES), then room for `maxNalUnits` table entries of 8 bytes.
 * Returns the number of packets, 0 when there is nothing to send; -1: more than `maxNalUnits` start codes; -2: more
 * than `slotCount` packets. `maxPayloadBytes` is 3 to 1920.
 */
export function packetize(
  input: usize,
  lengthBytes: usize,
  scratch: usize,
  maxNalUnits: i32,
  slots: usize,
  descriptors: usize,
  slotCount: u32,
  firstSlot: u32,
  maxPayloadBytes: usize,
): i32 {
  const table = scratch + RESULT_BYTES;
  const found = scanAnnexB(input, lengthBytes, table, maxNalUnits);
  if (found < 0) {
    return TOO_MANY_NAL_UNITS;
  }

  // Plan: leave out what is not sent (the table closes up), see whether it is a key frame.
  let keyFlag: u32 = 0;
  let tableEnd = table;
  const foundEnd = table + <usize>found * NAL_ENTRY_BYTES;
  for (let entry = table; entry < foundEnd; entry += NAL_ENTRY_BYTES) {
    const type = <u32>load<u8>(nalAddress(entry)) & 31;
    if (!isSent(type)) {
      continue;
    }
    if (type == NAL_IDR) {
      keyFlag = FLAG_KEY;
    }
    store<u64>(tableEnd, load<u64>(entry));
    tableEnd += NAL_ENTRY_BYTES;
  }
  let packetCount: usize = 0;
  for (let entry = table; entry < tableEnd; ) {
    const length = nalLength(entry);
    packetCount += length <= maxPayloadBytes ? 1 : fragmentCount(length, maxPayloadBytes);
    entry = aggregateEnd(entry, tableEnd, maxPayloadBytes);
  }
  if (packetCount > <usize>slotCount) {
    return TOO_MANY_PACKETS;
  }

  // Write.
  const mask = slotCount - 1;
  let slot = firstSlot;
  let left = packetCount;
  let payloadBytes: u32 = 0;
  let flags = keyFlag | FLAG_FIRST;
  for (let entry = table; entry < tableEnd; ) {
    const address = nalAddress(entry);
    const length = nalLength(entry);
    const next = aggregateEnd(entry, tableEnd, maxPayloadBytes);
    if (length <= maxPayloadBytes) {
      const payload = slots + <usize>slot * SLOT_BYTES + SLOT_HEADROOM_BYTES;
      let bytes = length;
      if (next > entry + NAL_ENTRY_BYTES) {
        bytes = writeAggregate(payload, entry, next);
      } else {
        memory.copy(payload, address, length);
      }
      left--;
      const descriptor = descriptors + <usize>slot * DESCRIPTOR_BYTES;
      writeDescriptor(descriptor, payload, bytes, left == 0 ? flags | FLAG_MARKER : flags);
      payloadBytes += <u32>bytes;
      flags = keyFlag;
      slot = (slot + 1) & mask;
    } else {
      const header = <u32>load<u8>(address);
      const indicator = (header & 0xe0) | NAL_FU_A;
      const type = header & 31;
      const fragments = fragmentCount(length, maxPayloadBytes);
      // Even fragments: a small last packet would cost as much as a full one.
      const share = (length - 1) / fragments;
      const larger = (length - 1) % fragments;
      let from = address + 1;
      for (let fragment: usize = 0; fragment < fragments; fragment++) {
        const payload = slots + <usize>slot * SLOT_BYTES + SLOT_HEADROOM_BYTES;
        const bytes = share + <usize>(fragment < larger);
        const startBit: u32 = fragment == 0 ? 0x80 : 0;
        const endBit: u32 = fragment == fragments - 1 ? 0x40 : 0;
        store<u16>(payload, <u16>(indicator | ((startBit | endBit | type) << 8)));
        memory.copy(payload + 2, from, bytes);
        from += bytes;
        left--;
        const descriptor = descriptors + <usize>slot * DESCRIPTOR_BYTES;
        writeDescriptor(descriptor, payload, bytes + 2, left == 0 ? flags | FLAG_MARKER : flags);
        payloadBytes += <u32>bytes + 2;
        flags = keyFlag;
        slot = (slot + 1) & mask;
      }
    }
    entry = next;
  }

  store<u32>(scratch, keyFlag >> 1);
  store<u32>(scratch, <u32>((tableEnd - table) / NAL_ENTRY_BYTES), 4);
  store<u32>(scratch, payloadBytes, 8);
  store<u32>(scratch, <u32>packetCount, 12);
  return <i32>packetCount;
}
