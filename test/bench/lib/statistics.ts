// The few statistics that benches use.

/** The value below which the share `p` (0..1) of the values lies; NaN without values. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
