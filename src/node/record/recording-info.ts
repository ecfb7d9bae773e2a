// What is told of a recording, while it is made and after: plain JSON, without a path of the machine.
import type { RecordingFormat } from "./container.js";

/** One file of a recording. */
export type RecordedSegment = { readonly fileName: string; readonly bytes: number };

/** What is remembered of a recording. */
export type RecordingFacts = {
  /** `<safe peer>-<epoch ms>`: the name of its files without what comes behind. */
  readonly id: string;
  /** Who publishes, as that one is called; may hold anything. */
  readonly peer: string;
  /** `waiting` for the first key frame, for as long as sound waits for it; `failed`: it ended by itself, and what was written plays. */
  readonly state: "waiting" | "recording" | "paused" | "finished" | "failed";
  /** Its process was killed: it ends where the process did. */
  readonly isInterrupted: boolean;
  /** ISO 8601, like all times here. */
  readonly startedAt: string;
  /** When it ended; absent while it is made. */
  readonly endedAt?: string;
  /** Without pauses. */
  readonly durationMs: number;
  readonly format: RecordingFormat;
  /** No picture was agreed on. */
  readonly isAudioOnly: boolean;
  readonly segments: readonly RecordedSegment[];
  /** As it is in the file, and the newest size of the picture. Absent while there is sound alone. */
  readonly video?: { readonly codec: string; readonly width: number; readonly height: number; readonly frames: number };
  readonly audio?: { readonly codec: string; readonly packets: number };
  /** Time that has no pictures and sound, at most 100 of them; `gapCount` counts all. */
  readonly gaps: readonly { readonly atMs: number; readonly durationMs: number }[];
  readonly gapCount: number;
  /** Pictures that came while a key frame was awaited. Absent when there were none, like the next two. */
  readonly skippedPictures?: number;
  /** Pictures and pieces of sound that transcoding left out: it could not keep up, or they did not decode. */
  readonly droppedPictures?: number;
  readonly droppedSounds?: number;
  /** Why it failed, or cannot be read. */
  readonly error?: { readonly code: string; readonly message: string };
};

/** What a program or a page gets to know of a recording. */
export type RecordingInfo = RecordingFacts & {
  readonly isLive: boolean;
  /** Of all its files. */
  readonly bytes: number;
  readonly mimeType: string;
  /** Of the first file. */
  readonly fileName: string;
  /** Path of the first file on the server. */
  readonly url: string;
};

/** Whether it is still being made. */
export function isLiveState(state: RecordingFacts["state"]): boolean {
  return state === "waiting" || state === "recording" || state === "paused";
}

/** The facts, and what follows from them. */
export function recordingInfo(facts: RecordingFacts): RecordingInfo {
  const { id, format, segments, isAudioOnly } = facts;
  return {
    ...facts,
    isLive: isLiveState(facts.state),
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    mimeType: mimeTypeOf(format, isAudioOnly),
    fileName: segments[0]?.fileName ?? `${id}.${format}`,
    url: `/api/recordings/${encodeURIComponent(id)}/file`,
  };
}

const SUBTYPES: Readonly<Record<RecordingFormat, string>> = { mp4: "mp4", mkv: "x-matroska", webm: "webm", ts: "mp2t" };

/** RFC 4337 for MP4, RFC 3555 for transport streams, which know no type of sound alone. */
function mimeTypeOf(format: RecordingFormat, isAudioOnly: boolean): string {
  return `${isAudioOnly && format !== "ts" ? "audio" : "video"}/${SUBTYPES[format]}`;
}
