// Wall time as people and log collectors read it (RFC 3339), without the Date that core does not have.
import type { WallMicros } from "../time/units.js";

const DAY_MS = 86_400_000;

/** `2026-11-21T09:00:00.123Z` for a wall time at or after 1970. */
export function isoTime(wallUs: WallMicros): string {
  const wallMs = Math.floor(wallUs / 1000);
  const dayMs = ((wallMs % DAY_MS) + DAY_MS) % DAY_MS;
  const { year, month, day } = civilDate(Math.floor(wallMs / DAY_MS));
  const hour = Math.floor(dayMs / 3_600_000);
  const minute = Math.floor(dayMs / 60_000) % 60;
  const second = Math.floor(dayMs / 1000) % 60;
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(dayMs % 1000, 3)}Z`;
}

/** Days since 1970-01-01 as a Gregorian date. Counts years from March, so that the leap day comes last. */
function civilDate(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
