// The bitrate of the last thirty seconds: what the strip draws, and what it says to those who do not see it.
import { bitrateWords } from "./number-rows.js";

/** One sample. `atMs` on any steady clock. */
export type BitrateSample = { readonly atMs: number; readonly bps: number };
/** A point of the strip, both 0..1: time from left to right, bitrate from bottom to top. */
export type StripPoint = { readonly x: number; readonly y: number };

/** What the strip shows. */
export const STRIP_MS = 30_000;
/** Samples come once a second; where they are further apart than this, nothing was playing. */
const GAP_MS = 2500;

/** The samples with a new one, without those that have left the strip. */
export function addSample(samples: readonly BitrateSample[], sample: BitrateSample): readonly BitrateSample[] {
  return [...samples.filter(({ atMs }) => atMs > sample.atMs - STRIP_MS), sample];
}

/** The lines to draw: the newest sample at the right edge, the highest at the top; a new line after each gap. */
export function stripLines(samples: readonly BitrateSample[]): readonly (readonly StripPoint[])[] {
  const newestMs = samples.at(-1)?.atMs ?? 0;
  const top = Math.max(1, ...samples.map(({ bps }) => bps)) * 1.1;
  const lines: StripPoint[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, bps } of samples) {
    if (atMs - lastMs > GAP_MS) {
      lines.push([]);
    }
    lines.at(-1)?.push({ x: 1 - (newestMs - atMs) / STRIP_MS, y: bps / top });
    lastMs = atMs;
  }
  return lines;
}

/** The strip in words; "" while there is nothing on it. */
export function stripWords(samples: readonly BitrateSample[]): string {
  if (samples.length < 2) {
    return "";
  }
  const rates = samples.map(({ bps }) => bps);
  const [least, most] = [bitrateWords(Math.min(...rates)), bitrateWords(Math.max(...rates))];
  const unit = most.slice(most.indexOf(" "));
  return `last 30 s: ${least.endsWith(unit) ? least.slice(0, -unit.length) : least} to ${most}`;
}
