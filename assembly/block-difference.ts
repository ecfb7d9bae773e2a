// Kernel block-difference: how much two pictures of luma differ, by block of 16 x 16 pixels: what motion is seen by.
import { foldLanes16, foldLanes32, foldLanes64 } from "./parts/lane-sums";

/** One block in the table: four little-endian u16 { changed, brighter, darker, pixels }. */
const ENTRY_BYTES: usize = 8;
/** One whole block in the scratch range: its pixels that did not change as 16 x -u8, brighter and darker as 8 x u16. */
const SUMS_BYTES: usize = 48;

/** All ones in the lanes that differ by no more than the limit. */
// @ts-ignore: decorator
@inline
function isSame(brighter: v128, darker: v128, limit: v128): v128 {
  return i8x16.eq(i8x16.sub_sat_u(v128.or(brighter, darker), limit), i8x16.splat(0));
}

/** Adds four rows of the whole blocks to their sums; the first counts for brightness. */
function addFourRows(a: usize, aStride: usize, b: usize, bStride: usize, whole: usize, limit: v128, sums: usize): void {
  const end = a + (whole << 4);
  while (a < end) {
    let now = v128.load(a);
    let then = v128.load(b);
    const brighter = i8x16.sub_sat_u(now, then);
    const darker = i8x16.sub_sat_u(then, now);
    const brighterSum = i16x8.extadd_pairwise_i8x16_u(brighter);
    const darkerSum = i16x8.extadd_pairwise_i8x16_u(darker);
    let same = isSame(brighter, darker, limit);

    now = v128.load(a + aStride);
    then = v128.load(b + bStride);
    same = i8x16.add(same, isSame(i8x16.sub_sat_u(now, then), i8x16.sub_sat_u(then, now), limit));

    now = v128.load(a + 2 * aStride);
    then = v128.load(b + 2 * bStride);
    same = i8x16.add(same, isSame(i8x16.sub_sat_u(now, then), i8x16.sub_sat_u(then, now), limit));

    now = v128.load(a + 3 * aStride);
    then = v128.load(b + 3 * bStride);
    same = i8x16.add(same, isSame(i8x16.sub_sat_u(now, then), i8x16.sub_sat_u(then, now), limit));

    v128.store(sums, i8x16.add(v128.load(sums), same));
    v128.store(sums, i16x8.add(v128.load(sums, 16), brighterSum), 16);
    v128.store(sums, i16x8.add(v128.load(sums, 32), darkerSum), 32);
    sums += SUMS_BYTES;
    a += 16;
    b += 16;
  }
}

/** The same for one row; `isLight`: it counts for brightness. */
function addRow(a: usize, b: usize, whole: usize, limit: v128, isLight: bool, sums: usize): void {
  const end = a + (whole << 4);
  for (; a < end; a += 16, b += 16, sums += SUMS_BYTES) {
    const now = v128.load(a);
    const then = v128.load(b);
    const brighter = i8x16.sub_sat_u(now, then);
    const darker = i8x16.sub_sat_u(then, now);
    v128.store(sums, i8x16.add(v128.load(sums), isSame(brighter, darker, limit)));
    if (isLight) {
      v128.store(sums, i16x8.add(v128.load(sums, 16), i16x8.extadd_pairwise_i8x16_u(brighter)), 16);
      v128.store(sums, i16x8.add(v128.load(sums, 32), i16x8.extadd_pairwise_i8x16_u(darker)), 32);
    }
  }
}

/** A whole block's entry twice over, in halves that are still to be added; without its pixels. */
// @ts-ignore: decorator
@inline
function halfEntries(sums: usize, rows: v128): v128 {
  const changed = i16x8.extadd_pairwise_i8x16_u(i8x16.add(rows, v128.load(sums)));
  const darker = i32x4.extadd_pairwise_i16x8_u(v128.load(sums, 32));
  return foldLanes32(foldLanes16(changed, v128.load(sums, 16)), darker);
}

/** The entries of the whole blocks, two at a time. */
function writeEntries(sums: usize, whole: usize, rows: i32, entry: usize): void {
  const rowCount = i8x16.splat(<i8>rows);
  const pixels = i64x2.splat(<i64>(rows << 4) << 48);
  const end = entry + whole * ENTRY_BYTES;
  for (; end - entry >= 2 * ENTRY_BYTES; entry += 2 * ENTRY_BYTES, sums += 2 * SUMS_BYTES) {
    const both = foldLanes64(halfEntries(sums, rowCount), halfEntries(sums + SUMS_BYTES, rowCount));
    v128.store(entry, v128.or(both, pixels));
  }
  if (entry < end) {
    const half = halfEntries(sums, rowCount);
    v128.store64_lane(entry, v128.or(foldLanes64(half, half), pixels), 0);
  }
}

/** The entry of a block at the right edge that is less than 16 wide. */
function writeNarrow(a: usize, aStride: usize, b: usize, bStride: usize, width: i32, rows: i32, threshold: i32, entry: usize): void {
  let changed: i32 = 0;
  let brighter: i32 = 0;
  let darker: i32 = 0;
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const difference = <i32>load<u8>(a + x) - <i32>load<u8>(b + x);
      changed += i32(abs(difference) > threshold);
      if ((row & 3) == 0) {
        brighter += max(difference, 0);
        darker += max(-difference, 0);
      }
    }
    a += aStride;
    b += bStride;
  }
  store<u16>(entry, <u16>changed);
  store<u16>(entry, <u16>brighter, 2);
  store<u16>(entry, <u16>darker, 4);
  store<u16>(entry, <u16>(width * rows), 6);
}

/**
 * Compares `width` x `height` pixels at `current` with those at `previous`, rows `currentStride` and `previousStride` bytes
 * apart. Writes { changed, brighter, darker, pixels } a block to `table`, row by row: pixels that differ by more than
 * `threshold` (0 to 255), and over rows 0, 4, 8 and 12 of the block by how much they got brighter and darker in all. `scratch` has
 * room for 48 bytes a whole block of a row, and is zero at the end. Rows are read in order, four at a time.
 */
export function difference(
  current: usize,
  currentStride: usize,
  previous: usize,
  previousStride: usize,
  width: i32,
  height: i32,
  threshold: i32,
  scratch: usize,
  table: usize,
): void {
  const limit = i8x16.splat(<i8>threshold);
  const whole = <usize>(width >> 4);
  const narrow = width & 15;
  for (let top = 0; top < height; top += 16) {
    const rows = min(16, height - top);
    memory.fill(scratch, 0, whole * SUMS_BYTES);
    let a = current;
    let b = previous;
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      addFourRows(a, currentStride, b, previousStride, whole, limit, scratch);
      a += 4 * currentStride;
      b += 4 * previousStride;
    }
    for (; row < rows; row++) {
      addRow(a, b, whole, limit, (row & 3) == 0, scratch);
      a += currentStride;
      b += previousStride;
    }
    writeEntries(scratch, whole, rows, table);
    table += whole * ENTRY_BYTES;
    if (narrow > 0) {
      const left = whole << 4;
      writeNarrow(current + left, currentStride, previous + left, previousStride, narrow, rows, threshold, table);
      table += ENTRY_BYTES;
    }
    current += 16 * currentStride;
    previous += 16 * previousStride;
  }
  memory.fill(scratch, 0, whole * SUMS_BYTES);
}
