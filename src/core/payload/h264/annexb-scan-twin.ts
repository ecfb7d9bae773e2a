// The TypeScript twin of kernel annexb-scan (assembly/annexb-scan.ts): the same table, for reference and fallback.
import { ANNEXB_SCAN_WASM } from "../../kernel/embedded/annexb-scan.js";
import type { KernelDefinition } from "../../kernel/kernel.js";
import type { KernelMemory } from "../../kernel/kernel-memory.js";

/** One table entry: two little-endian u32 { address, length }. */
export const NAL_ENTRY_BYTES = 8;

/** The functions of kernel annexb-scan. */
export interface AnnexbScanCalls {
  /** Fills the table, returns the number of NAL units, or -1 when there are more than `capacity` start codes. */
  scan(input: number, lengthBytes: number, table: number, capacity: number): number;
}

/** Kernel annexb-scan. Its one face is {@link AnnexbScanner}. */
export const ANNEXB_SCAN: KernelDefinition<AnnexbScanCalls> = {
  name: "annexb-scan",
  embedded: ANNEXB_SCAN_WASM,
  twin: ({ bytes, view }: KernelMemory): AnnexbScanCalls => ({
    scan: (input, lengthBytes, table, capacity) => scanAnnexb(bytes, view, input, lengthBytes, table, capacity),
  }),
};

/** The address of the first 00 00 01 in [from, end), or `end`. Looks at every third byte: each rules out three places. */
function findStartCode(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at + 3 <= end) {
    const third = bytes[at + 2];
    if (third > 1) {
      at += 3;
    } else if (third === 1) {
      if (bytes[at] === 0 && bytes[at + 1] === 0) {
        return at;
      }
      at += 3;
    } else {
      at++;
    }
  }
  return end;
}

/** Annex B scan over memory; also the first step of the h264-packetize twin. */
export function scanAnnexb(
  bytes: Uint8Array,
  view: DataView,
  input: number,
  lengthBytes: number,
  table: number,
  capacity: number,
): number {
  const end = input + lengthBytes;
  let count = 0;
  let room = capacity;
  let code = findStartCode(bytes, input, end);
  while (code < end) {
    if (room === 0) {
      return -1;
    }
    room--;
    const start = code + 3;
    code = findStartCode(bytes, start, end);
    let stop = code;
    while (stop > start && bytes[stop - 1] === 0) {
      stop--;
    }
    if (stop === start) {
      continue;
    }
    const entry = table + count * NAL_ENTRY_BYTES;
    view.setUint32(entry, start, true);
    view.setUint32(entry + 4, stop - start, true);
    count++;
  }
  return count;
}
