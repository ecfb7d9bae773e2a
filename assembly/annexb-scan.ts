// Kernel annexb-scan: start codes of an Annex B stream (ITU-T H.264 B.1) to a table of NAL units.
import { scanAnnexB } from "./parts/start-code";

/**
 * Scans `lengthBytes` at `input`; writes { address: u32, length: u32 } a NAL unit to `table` (room for `capacity`
 * entries). Returns the number of NAL units, or -1 when there are more than `capacity` start codes.
 */
export function scan(input: usize, lengthBytes: usize, table: usize, capacity: i32): i32 {
  return scanAnnexB(input, lengthBytes, table, capacity);
}
