// What the server tells of a recording: /api/recordings, read once at this door.

/** Where a recording stands. `waiting`: for its first key frame, for as long as its sound waits. */
export type RecordingState = "waiting" | "recording" | "paused" | "finished" | "failed";

/** One recording. */
export type RecordingInfo = {
  readonly id: string;
  /** Who sent it. */
  readonly peer: string;
  readonly state: RecordingState;
  readonly isLive: boolean;
  /** Its process ended before it did; what was written plays. */
  readonly isInterrupted: boolean;
  /** Milliseconds since 1970; NaN when it is not told. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly bytes: number;
  readonly format: string;
  readonly fileName: string;
  /** No picture was agreed on. */
  readonly isAudioOnly: boolean;
  readonly segments: readonly { readonly fileName: string; readonly bytes: number }[];
  /** Undefined while there is sound alone. */
  readonly video: { readonly codec: string; readonly width: number; readonly height: number } | undefined;
  readonly audio: { readonly codec: string } | undefined;
  readonly gapCount: number;
  /** All gaps that are told, together. */
  readonly gapMs: number;
  /** Pictures, and pieces of sound, that the server could not keep up with. */
  readonly droppedPictures: number;
  readonly droppedSounds: number;
  readonly error: { readonly code: string; readonly message: string } | undefined;
};

const STATES: readonly string[] = ["waiting", "recording", "paused", "finished", "failed"] satisfies RecordingState[];

/** The recordings of an answer, in its order; what is none of ours is left out. */
export function parseRecordings(body: unknown): readonly RecordingInfo[] {
  return list(body, "recordings").flatMap((entry) => {
    const info = parseRecording(entry);
    return info === undefined ? [] : [info];
  });
}

/** One recording; undefined when it is none of ours. */
export function parseRecording(entry: unknown): RecordingInfo | undefined {
  const id = text(entry, "id");
  const state = text(entry, "state");
  if (id === "" || !STATES.includes(state)) {
    return undefined;
  }
  const [video, audio, error] = [field(entry, "video"), field(entry, "audio"), field(entry, "error")];
  return {
    id,
    state: state as RecordingState,
    peer: text(entry, "peer"),
    isLive: field(entry, "isLive") === true,
    isInterrupted: field(entry, "isInterrupted") === true,
    startedAtMs: Date.parse(text(entry, "startedAt")),
    durationMs: count(entry, "durationMs"),
    bytes: count(entry, "bytes"),
    format: text(entry, "format"),
    fileName: text(entry, "fileName"),
    isAudioOnly: field(entry, "isAudioOnly") === true,
    segments: list(entry, "segments").map((segment) => ({
      fileName: text(segment, "fileName"),
      bytes: count(segment, "bytes"),
    })),
    video: isObject(video)
      ? { codec: text(video, "codec"), width: count(video, "width"), height: count(video, "height") }
      : undefined,
    audio: isObject(audio) ? { codec: text(audio, "codec") } : undefined,
    gapCount: count(entry, "gapCount"),
    gapMs: list(entry, "gaps").reduce((sum: number, gap) => sum + count(gap, "durationMs"), 0),
    droppedPictures: count(entry, "droppedPictures"),
    droppedSounds: count(entry, "droppedSounds"),
    error: isObject(error) ? { code: text(error, "code"), message: text(error, "message") } : undefined,
  };
}

/** Whether a picture was promised and none is written: there is sound alone. */
export function isSoundSoFar({ bytes, isAudioOnly, video, audio }: RecordingInfo): boolean {
  return bytes > 0 && !isAudioOnly && video === undefined && audio !== undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

function count(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
