// Which of the server's recordings is the one of this page's broadcast, and how long it is by now.
import type { RecordingInfo } from "./recording-info.js";

/** The first of this peer, `user|id`, that was not there before the broadcast; undefined until the server tells of one. */
export function ownRecording(
  recordings: readonly RecordingInfo[],
  { address, before }: { readonly address: string; readonly before: ReadonlySet<string> },
): RecordingInfo | undefined {
  // Recordings are called after users, of whom there may be several of one name: a later one is somebody else's.
  const user = address.split("|")[0];
  return recordings
    .filter(({ id, peer }) => !before.has(id) && (peer === address || peer === user))
    .sort((a, b) => a.startedAtMs - b.startedAtMs)[0];
}

/** A recording's duration `sinceToldMs` after the server told it: nothing is added to one that stands still, nor for a server that is silent. */
export function durationNow({ state, durationMs }: RecordingInfo, sinceToldMs: number): number {
  return state === "recording" ? durationMs + Math.min(Math.max(0, sinceToldMs), MOST_AHEAD_MS) : durationMs;
}

/** Twice the time between two answers. */
const MOST_AHEAD_MS = 4000;
