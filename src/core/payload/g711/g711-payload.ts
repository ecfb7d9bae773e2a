// G.711 in RTP (RFC 3551 4.5.14): PCMU and PCMA, one byte a sample, 8 kHz, one channel; any run of bytes is a payload.
import type { SlotRing } from "../../kernel/slot-ring.js";
import type { MediaMicros } from "../../time/units.js";
import { WholeFrameWriter } from "../whole-frame-writer.js";

/** The RTP clock and the sampling rate of both laws (RFC 3551 table 4). */
export const G711_CLOCK_RATE_HZ = 8000;
/** What receivers must take is 200 ms (RFC 3551 4.2); this much also fits any path. */
const MAX_PIECE_BYTES = 960;
const US_PER_BYTE = 1_000_000 / G711_CLOCK_RATE_HZ;

/** A writer of G.711 runs; longer ones than fit into a packet are refused as `g711/too-large`. */
export function g711PayloadWriter(slots: SlotRing): WholeFrameWriter {
  return new WholeFrameWriter(slots, "g711");
}

/** Cuts a run that begins at `timeUs` into pieces of at most 120 ms, each with its own time. Pieces are views. */
export function splitG711(
  data: Uint8Array,
  timeUs: MediaMicros,
  piece: (data: Uint8Array, timeUs: MediaMicros) => void,
): void {
  for (let at = 0; at < data.length; at += MAX_PIECE_BYTES) {
    piece(data.length <= MAX_PIECE_BYTES ? data : data.subarray(at, at + MAX_PIECE_BYTES), timeUs + at * US_PER_BYTE);
  }
}
