// Sizes, durations and moments as a person reads them.

/** A size with its unit, in powers of ten as file managers count: "0 kB", "312 kB", "4.2 MB", "1.24 GB". */
export function sizeWords(bytes: number): string {
  if (bytes < 999_500) {
    return `${bytes === 0 ? 0 : Math.max(1, Math.round(bytes / 1000))} kB`;
  }
  return bytes < 999_950_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** A duration as a clock shows it: "0:07", "12:30", "1:02:03". Whole seconds that have passed. */
export function clockWords(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${String(seconds).padStart(2, "0")}`;
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** When something was, seen from now: "Today, 14:03", "Yesterday, 09:15", "Nov 3, 2026, 09:15". `timeZone`: this device's when left out. */
export function whenWords(atMs: number, nowMs: number, { timeZone }: { readonly timeZone?: string } = {}): string {
  if (!Number.isFinite(atMs)) {
    return "";
  }
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = new Intl.DateTimeFormat("en", { dateStyle: "medium", ...zone });
  const time = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...zone });
  const date = day.format(atMs);
  const names = [
    [nowMs, "Today"],
    [nowMs - 24 * 3_600_000, "Yesterday"],
  ] as const;
  const near = names.find(([ms]) => day.format(ms) === date);
  return `${near?.[1] ?? date}, ${time.format(atMs)}`;
}
