// Wall time as NTP time (RFC 5905): the one place where the two meet.
import type { Micros, WallMicros } from "./units.js";

/** Seconds from 1900-01-01 (NTP era 0) to 1970-01-01. */
const NTP_UNIX_OFFSET_S = 2_208_988_800;

/** A 64-bit NTP timestamp as two unsigned 32-bit halves. */
export type NtpTime = { readonly seconds: number; readonly fraction: number };

/** Wall time as NTP time, modulo 2^32 seconds. */
export function toNtp(wallUs: WallMicros): NtpTime {
  const wholeSeconds = Math.floor(wallUs / 1_000_000);
  const fraction = Math.floor(((wallUs - wholeSeconds * 1_000_000) * 4_294_967_296) / 1_000_000);
  return { seconds: (wholeSeconds + NTP_UNIX_OFFSET_S) >>> 0, fraction: fraction >>> 0 };
}

/** The middle 32 bits, as LSR carries them (RFC 3550 6.4.1). */
export function ntpMiddle(ntp: NtpTime): number {
  return (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
}

/** A duration of 1/65536 s units (DLSR) in microseconds. */
export function ntpShortToMicros(units: number): Micros {
  return Math.round((units * 1_000_000) / 65_536);
}
