// Annex B start codes (ITU-T H.264 B.1): the search that the scanner and the packetizer share. The work per byte does
// not depend on the data, so that zero-heavy input is no slower than noise.

/** One NAL unit in a table: two little-endian u32 { address, length }. */
export const NAL_ENTRY_BYTES: usize = 8;

/** Zero in every lane where 00 00 01 begins. */
function startCodeLanes(at: usize): v128 {
  const thirdIsOne = v128.xor(v128.load(at, 2), i8x16.splat(1));
  return v128.or(v128.or(v128.load(at), v128.load(at, 1)), thirdIsOne);
}

/** The address of the first 00 00 01 in [from, end), or `end`. Reads nothing outside of that range. */
export function findStartCode(from: usize, end: usize): usize {
  const zero = i8x16.splat(0);
  let at = from;
  // One short block first: units of a few bytes never pay for the long step.
  if (end - at >= 18) {
    const hits = i8x16.bitmask(i8x16.eq(startCodeLanes(at), zero));
    if (hits != 0) {
      return at + ctz(hits);
    }
    at += 16;
    while (end - at >= 66) {
      const first = i8x16.min_u(startCodeLanes(at), startCodeLanes(at + 16));
      const second = i8x16.min_u(startCodeLanes(at + 32), startCodeLanes(at + 48));
      if (v128.any_true(i8x16.eq(i8x16.min_u(first, second), zero))) {
        break;
      }
      at += 64;
    }
    while (end - at >= 18) {
      const lanes = i8x16.bitmask(i8x16.eq(startCodeLanes(at), zero));
      if (lanes != 0) {
        return at + ctz(lanes);
      }
      at += 16;
    }
  }
  while (end - at >= 3) {
    if ((load<u16>(at) | (load<u8>(at, 2) ^ 1)) == 0) {
      return at;
    }
    at++;
  }
  return end;
}

/** `end` moved back over trailing_zero_8bits and the zero_byte of a four-byte code, `start` at the least. */
function trimZeros(start: usize, end: usize): usize {
  let stop = end;
  while (stop - start >= 16 && !v128.any_true(v128.load(stop - 16))) {
    stop -= 16;
  }
  while (stop > start && load<u8>(stop - 1) == 0) {
    stop--;
  }
  return stop;
}

/**
 * Writes { address, length } of each NAL unit that is not empty to `table` and returns how many there are, or -1 when
 * there are more than `capacity` start codes: empty units count, so that a flood of codes ends early. Bytes before the
 * first start code belong to no NAL unit.
 */
export function scanAnnexB(input: usize, lengthBytes: usize, table: usize, capacity: i32): i32 {
  const end = input + lengthBytes;
  let count: i32 = 0;
  let room = capacity;
  let code = findStartCode(input, end);
  while (code < end) {
    if (room == 0) {
      return -1;
    }
    room--;
    const start = code + 3;
    code = findStartCode(start, end);
    const length = trimZeros(start, code) - start;
    if (length == 0) {
      continue;
    }
    store<u32>(table, <u32>start);
    store<u32>(table, <u32>length, 4);
    table += NAL_ENTRY_BYTES;
    count++;
  }
  return count;
}
