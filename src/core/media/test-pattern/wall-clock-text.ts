// The time of day for people, from wall time, without a calendar.
import type { WallMicros } from "../../time/units.js";

const DAY_MS = 86_400_000;

/** `HH:MM:SS.mmm`, UTC. */
export function wallClockText(wallUs: WallMicros): string {
  const ms = Math.floor(wallUs / 1000) % DAY_MS;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const clock = `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}`;
  return `${clock}.${String(ms % 1000).padStart(3, "0")}`;
}
