// Time as three types that do not mix: monotonic time drives protocols, media time orders frames, wall time only
// stamps what people and peers read. Core computes in integer microseconds.

declare const unit: unique symbol;

/** Monotonic time or a duration, integer microseconds. The origin is the clock's own. */
export type Micros = number & { readonly [unit]?: "monotonic" };
/** Position on a medium's own timeline, integer microseconds from the stream's start. */
export type MediaMicros = number & { readonly [unit]?: "media" };
/** Wall time, integer microseconds since 1970-01-01T00:00:00Z. Never used to measure or to schedule. */
export type WallMicros = number & { readonly [unit]?: "wall" };
/** RTP timestamp units (RFC 3550 5.1), modulo 2^32. */
export type RtpTicks = number & { readonly [unit]?: "rtp" };

/** Whole microseconds in `n` seconds. */
export function seconds(n: number): Micros {
  return Math.round(n * 1_000_000);
}

/** Whole microseconds in `n` milliseconds. */
export function milliseconds(n: number): Micros {
  return Math.round(n * 1000);
}

/** Media time as RTP ticks of a clock, to the nearest tick, modulo 2^32. Exact for every media time. */
export function rtpTicks(timeUs: MediaMicros, clockRateHz: number): RtpTicks {
  // Whole seconds apart, because the product of the two numbers outgrows 2^53 after a day.
  const wholeSeconds = Math.floor(timeUs / 1_000_000);
  const restUs = timeUs - wholeSeconds * 1_000_000;
  return (wholeSeconds * clockRateHz + Math.round((restUs * clockRateHz) / 1_000_000)) >>> 0;
}
