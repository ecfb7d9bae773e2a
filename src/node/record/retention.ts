// Which recordings have to go: by age and by the size of all together.
import { isLiveState, type RecordingInfo } from "./recording-info.js";

/** How long recordings stay. */
export type RetentionLimits = {
  /** Finished ones go so long after their end. Default: never. */
  readonly maxAgeHours?: number | undefined;
  /** The oldest finished ones go when all together are larger. Default: never. */
  readonly maxTotalBytes?: number | undefined;
};

/** One that has to go, and why. */
export type Expired = { readonly id: string; readonly reason: "age" | "size" };

const HOUR_MS = 3_600_000;

/** What has to go now, the oldest end first. Live recordings count in the size and never go. */
export function expiredRecordings(
  recordings: readonly RecordingInfo[],
  { maxAgeHours = Number.POSITIVE_INFINITY, maxTotalBytes = Number.POSITIVE_INFINITY }: RetentionLimits,
  nowMs: number,
): Expired[] {
  const finished = recordings
    .filter(({ state }) => !isLiveState(state))
    .map(({ id, bytes, endedAt, startedAt }) => ({ id, bytes, endMs: Date.parse(endedAt ?? startedAt) }))
    .sort((one, other) => one.endMs - other.endMs);
  const expired: Expired[] = [];
  let totalBytes = recordings.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { id, bytes, endMs } of finished) {
    const isOld = nowMs - endMs > maxAgeHours * HOUR_MS;
    // One without bytes frees none.
    if (isOld || (totalBytes > maxTotalBytes && bytes > 0)) {
      expired.push({ id, reason: isOld ? "age" : "size" });
      totalBytes -= bytes;
    }
  }
  return expired;
}
