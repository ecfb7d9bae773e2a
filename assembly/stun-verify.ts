// Kernel stun-verify: one STUN message in one call (RFC 8489 5, 14.5, 14.7): structure, FINGERPRINT by CRC-32, and
// MESSAGE-INTEGRITY by HMAC-SHA1 with the key's pads hashed beforehand.
import { crc32 } from "./parts/crc32";
import { compressSha1, SCHEDULE_BYTES, STATE_BYTES, storeBlockWord } from "./parts/sha1";

const HEADER_BYTES: usize = 20;
const COOKIE: u32 = 0x42a41221; // 0x2112A442 as it lies in memory
const FINGERPRINT_XOR: u32 = 0x5354554e;
const MESSAGE_INTEGRITY: u32 = 0x0008;
const MESSAGE_INTEGRITY_SHA256: u32 = 0x001c;
const FINGERPRINT: u32 = 0x8028;

const HAS_FINGERPRINT: i32 = 1;
const FINGERPRINT_IS_RIGHT: i32 = 2;
const HAS_INTEGRITY: i32 = 4;
const INTEGRITY_IS_RIGHT: i32 = 8;

/**
 * Checks the message of `lengthBytes` at `message`. `pads` are 40 bytes: the SHA-1 states after the key's inner and outer
 * pad; 0 leaves the integrity unchecked. `crcTables` are 8 KiB, for slicing by eight. `scratch` has 416 bytes. Returns bits:
 * 1 FINGERPRINT is there, 2 and right, 4 MESSAGE-INTEGRITY is there, 8 and made with this key. Below 0 it is no STUN
 * message: -1 short, -2 leading bits or cookie, -3 length, -4 an attribute's length, -5 attributes behind FINGERPRINT.
 */
export function verify(message: usize, lengthBytes: usize, pads: usize, crcTables: usize, scratch: usize): i32 {
  if (lengthBytes < HEADER_BYTES) {
    return -1;
  }
  if (load<u8>(message) >= 0x40 || load<u32>(message, 4) != COOKIE) {
    return -2;
  }
  const tells = <usize>bswap<u16>(load<u16>(message, 2));
  if ((tells & 3) != 0 || tells + HEADER_BYTES != lengthBytes) {
    return -3;
  }
  const end = message + lengthBytes;
  let integrity: usize = 0;
  let fingerprint: usize = 0;
  let integritySha256: usize = 0;
  for (let at = message + HEADER_BYTES; at < end; ) {
    const head = bswap<u32>(load<u32>(at));
    const type = head >> 16;
    const valueBytes = <usize>(head & 0xffff);
    const next = at + 4 + ((valueBytes + 3) & ~3);
    if (next > end) {
      return -4;
    }
    if (fingerprint != 0) {
      return -5;
    }
    if (type == MESSAGE_INTEGRITY && integrity == 0 && integritySha256 == 0) {
      if (valueBytes != 20) {
        return -4;
      }
      integrity = at;
    } else if (type == MESSAGE_INTEGRITY_SHA256 && integritySha256 == 0) {
      if (valueBytes < 16 || valueBytes > 32 || (valueBytes & 3) != 0) {
        return -4;
      }
      integritySha256 = at;
    } else if (type == FINGERPRINT) {
      if (valueBytes != 4) {
        return -4;
      }
      fingerprint = at;
    }
    at = next;
  }
  let result: i32 = 0;
  if (fingerprint != 0) {
    const expected = crc32(message, fingerprint, crcTables) ^ FINGERPRINT_XOR;
    result |= HAS_FINGERPRINT | (bswap<u32>(load<u32>(fingerprint, 4)) == expected ? FINGERPRINT_IS_RIGHT : 0);
  }
  if (integrity != 0) {
    result |= HAS_INTEGRITY;
    if (pads != 0 && isIntact(message, integrity, pads, scratch)) {
      result |= INTEGRITY_IS_RIGHT;
    }
  }
  return result;
}

/**
 * Whether the 20 bytes behind `integrity` are the HMAC of everything before it, with the header's length as if the message
 * ended there. Scratch: schedule, state, and a block.
 */
function isIntact(message: usize, integrity: usize, pads: usize, scratch: usize): bool {
  const state = scratch + SCHEDULE_BYTES;
  const block = state + STATE_BYTES;
  const hashed = integrity - message;
  const firstWord = (bswap<u32>(load<u32>(message)) & 0xffff0000) | <u32>(hashed + 24 - HEADER_BYTES);

  memory.copy(state, pads, 20);
  let at: usize = 0;
  for (; hashed - at >= 64; at += 64) {
    memory.copy(block, message + at, 64);
    if (at == 0) {
      storeBlockWord(block, firstWord);
    }
    compressSha1(state, block, scratch);
  }
  const rest = hashed - at;
  memory.fill(block, 0, 64);
  memory.copy(block, message + at, rest);
  if (at == 0) {
    storeBlockWord(block, firstWord);
  }
  store<u8>(block + rest, 0x80);
  if (rest > 52) {
    compressSha1(state, block, scratch);
    memory.fill(block, 0, 64);
  }
  storeBlockWord(block + 60, <u32>((hashed + 64) << 3));
  compressSha1(state, block, scratch);

  for (let i: usize = 0; i < 20; i += 4) {
    storeBlockWord(block + i, load<u32>(state + i));
  }
  store<u32>(block, 0x80, 20);
  memory.fill(block + 24, 0, 36);
  storeBlockWord(block + 60, (64 + 20) << 3);
  memory.copy(state, pads + 20, 20);
  compressSha1(state, block, scratch);

  let difference: u32 = 0;
  for (let i: usize = 0; i < 20; i += 4) {
    difference |= bswap<u32>(load<u32>(integrity + i, 4)) ^ load<u32>(state + i);
  }
  return difference == 0;
}
