// How much sound an Opus packet holds (RFC 6716 3.1): told by its first byte, and by the second for a free count.
//
//   0 1 2 3 4 5 6 7
//  +-+-+-+-+-+-+-+-+   config: mode, bandwidth and frame size; s: stereo;
//  | config  |s| c |   c: 0 one frame, 1 and 2 two, 3 as many as the next byte says
//  +-+-+-+-+-+-+-+-+
import type { Micros } from "../../time/units.js";

/** Frame sizes of SILK-only configurations, then hybrid, then CELT-only ones. */
const SILK_US = [10_000, 20_000, 40_000, 60_000];
const HYBRID_US = [10_000, 20_000];
const CELT_US = [2500, 5000, 10_000, 20_000];
/** No packet is longer (RFC 6716 3.2.5). */
const LONGEST_US = 120_000;

/** Microseconds of sound in an Opus packet; 0 when it is none. */
export function opusDurationUs(packet: Uint8Array): Micros {
  if (packet.length === 0) {
    return 0;
  }
  const config = packet[0] >> 3;
  const frameUs = config < 12 ? SILK_US[config & 3] : config < 16 ? HYBRID_US[config & 1] : CELT_US[config & 3];
  const code = packet[0] & 3;
  const frames = code === 3 ? (packet[1] ?? 0) & 0x3f : code === 0 ? 1 : 2;
  const durationUs = frames * frameUs;
  return durationUs > LONGEST_US ? 0 : durationUs;
}
