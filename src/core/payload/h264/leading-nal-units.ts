// The NAL units in front of a picture's first slice: delimiter, parameter sets, SEI. Slices themselves are not scanned,
// so looking costs a few dozen bytes a picture.
import { isSlice, nalType } from "./nal-unit.js";

/**
 * Tells each NAL unit of an Annex B access unit up to its first slice to `visit` (header byte included; views of
 * `unit`), and answers the slice's type; undefined when there is no slice.
 */
export function visitLeadingNalUnits(unit: Uint8Array, visit: (nal: Uint8Array) => void): number | undefined {
  let from = nextStart(unit, 0);
  while (from < unit.length) {
    const type = nalType(unit[from]);
    if (isSlice(type)) {
      return type;
    }
    const next = nextStart(unit, from);
    const end = endOf(unit, from, next);
    if (end > from) {
      visit(unit.subarray(from, end));
    }
    from = next;
  }
  return undefined;
}

/** Where the NAL unit behind the next start code begins; the length when there is none. */
function nextStart(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) {
      return i + 3;
    }
  }
  return bytes.length;
}

/** Where a unit ends whose successor begins at `next`: start code and zeros in front of it are not its own. */
function endOf(bytes: Uint8Array, from: number, next: number): number {
  let end = next === bytes.length && !endsWithStartCode(bytes) ? next : next - 3;
  while (end > from && bytes[end - 1] === 0) {
    end--;
  }
  return end;
}

/** A start code without a unit at the very end: `nextStart` cannot tell it from the end itself. */
function endsWithStartCode(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return length >= 3 && bytes[length - 1] === 1 && bytes[length - 2] === 0 && bytes[length - 3] === 0;
}
