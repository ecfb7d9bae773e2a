// The list of recordings as a person reads it.
import { clockWords, sizeWords, whenWords } from "./amounts.js";
import { isSoundSoFar, type RecordingInfo } from "./recording-info.js";

/** One recording in the list. */
export type RecordingRow = {
  readonly id: string;
  /** Who sent it. */
  readonly name: string;
  readonly badge: RecordingBadge | undefined;
  readonly when: string;
  readonly duration: string;
  /** Size, picture, codecs: what is known of them. */
  readonly facts: readonly string[];
  /** What somebody should know before relying on it; mostly nothing. */
  readonly notes: readonly string[];
  readonly isLive: boolean;
  /** Whether there is anything in it to play or to download. */
  readonly hasMedia: boolean;
  /** Files in their order, in words; one for most. */
  readonly parts: readonly string[];
};

/** A word in colour. `tone`: how good that is. */
export type RecordingBadge = {
  readonly words: string;
  readonly tone: "live" | "paused" | "bad" | "warned";
};

/** Rows, live ones first, the newest first. `nowMs`: the wall's time. */
export function recordingRows(recordings: readonly RecordingInfo[], nowMs: number): readonly RecordingRow[] {
  const startMs = ({ startedAtMs }: RecordingInfo): number => (Number.isNaN(startedAtMs) ? 0 : startedAtMs);
  return [...recordings]
    .sort((a, b) => Number(b.isLive) - Number(a.isLive) || startMs(b) - startMs(a))
    .map((info) => recordingRow(info, nowMs));
}

function recordingRow(info: RecordingInfo, nowMs: number): RecordingRow {
  const { video, audio, segments } = info;
  return {
    id: info.id,
    name: peerName(info.peer) || info.id,
    badge: badgeOf(info),
    when: whenWords(info.startedAtMs, nowMs),
    duration: clockWords(info.durationMs),
    facts: [
      sizeWords(info.bytes),
      video !== undefined && video.width > 0 ? `${video.width} × ${video.height}` : "",
      [video?.codec ?? "", audio?.codec ?? ""]
        .filter((codec) => codec !== "")
        .map(codecWords)
        .join(" + "),
      info.format.toUpperCase(),
    ].filter((fact) => fact !== ""),
    notes: notesOf(info),
    isLive: info.isLive,
    hasMedia: info.bytes > 0,
    parts: segments.length > 1 ? segments.map(({ bytes }, i) => `Part ${i + 1}, ${sizeWords(bytes)}`) : [],
  };
}

/** The user of an address `user|id`; a name as it is. */
export function peerName(peer: string): string {
  return peer.split("|")[0];
}

/** A codec's name as people write it. */
export function codecWords(codec: string): string {
  const known: { readonly [name: string]: string } = { h264: "H.264", vp8: "VP8", opus: "Opus", aac: "AAC" };
  return known[codec.toLowerCase()] ?? codec;
}

function badgeOf({ state, isLive, isInterrupted }: RecordingInfo): RecordingBadge | undefined {
  if (state === "failed") {
    return { words: "Failed", tone: "bad" };
  }
  if (isLive) {
    return state === "paused"
      ? { words: "Paused", tone: "paused" }
      : { words: state === "waiting" ? "Live, waiting" : "Live", tone: "live" };
  }
  return isInterrupted ? { words: "Cut short", tone: "warned" } : undefined;
}

function notesOf(info: RecordingInfo): string[] {
  const { state, isLive, isInterrupted, gapCount, gapMs, error, video, audio, bytes } = info;
  const notes: string[] = [];
  if (error !== undefined) {
    notes.push(sentence(error.message === "" ? error.code : error.message));
  }
  if (isInterrupted) {
    notes.push("The server was stopped while it recorded this. What was written until then plays.");
  }
  if (gapCount > 0) {
    const lasting = gapMs === 0 ? "" : `, ${(gapMs / 1000).toFixed(1)} s in all`;
    notes.push(`${gapCount === 1 ? "1 gap" : `${gapCount} gaps`}${lasting}: media was lost on its way.`);
  }
  const leftOut = [counted("pictures", info.droppedPictures), counted("pieces of sound", info.droppedSounds)].flat();
  if (leftOut.length > 0) {
    notes.push(`Left out: ${leftOut.join(", ")}. The server could not keep up, or they were broken.`);
  }
  if (state === "waiting" && isLive) {
    notes.push("Nothing is written before the first whole picture, or five seconds of sound.");
  } else if (isLive && isSoundSoFar(info)) {
    notes.push("Sound alone so far: no picture has come. The first one begins a new part.");
  } else if (!isLive && bytes === 0) {
    notes.push("Nothing came before it ended.");
  } else if (!isLive && video !== undefined && audio === undefined) {
    notes.push("Without sound.");
  } else if (!isLive && video === undefined && audio !== undefined) {
    notes.push("Sound only.");
  }
  return notes;
}

function counted(what: string, count: number): string[] {
  return count > 0 ? [`${what} ${count}`] : [];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}
