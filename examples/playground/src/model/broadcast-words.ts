// What the page says of a broadcast: camera, call and the server's recording, as one line for people.
import { clockWords, sizeWords } from "./amounts.js";
import { isSoundSoFar, type RecordingInfo } from "./recording-info.js";

/** The camera and the microphone of the page. */
export type CaptureStanding =
  | { readonly kind: "off" }
  | { readonly kind: "asking" }
  | { readonly kind: "on" }
  | { readonly kind: "failed"; readonly title: string; readonly fix: string };

/** The call to the server. */
export type CallStanding =
  | { readonly kind: "idle" }
  | { readonly kind: "calling" }
  /** `isInterrupted`: the path broke, and may come back. */
  | { readonly kind: "live"; readonly isInterrupted: boolean }
  | { readonly kind: "stopping" }
  /** Somebody here pressed Stop. */
  | { readonly kind: "stopped" }
  /** It could not begin, or ended otherwise. `code` as FloeError has it: `call/busy`, `publish/no-peer`. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly fix: string };

/** What decides the words. */
export type BroadcastScene = {
  readonly capture: CaptureStanding;
  readonly call: CallStanding;
  /** What the server writes of this broadcast, or wrote of the last one; undefined until it tells. */
  readonly recording: RecordingInfo | undefined;
  /** Its duration by now: what the server told is some seconds old. */
  readonly elapsedMs: number;
  readonly isOnline: boolean;
  /** Neither picture nor sound is chosen. */
  readonly hasNothing: boolean;
  /** Why the server does not tell what it records; "" while it does. */
  readonly listTrouble: string;
};

/** The line, and the colour of its dot. */
export type BroadcastWords = {
  readonly state: "idle" | "connecting" | "waiting" | "recording" | "paused" | "reconnecting" | "saved" | "failed";
  readonly title: string;
  /** What else there is to say; "" for nothing. */
  readonly detail: string;
  /** What changes by itself every second, to be looked at and not to be announced; "" for nothing. */
  readonly progress: string;
};

const STOPPING: BroadcastWords = words("connecting", "Stopping…", "The server completes the file.");
const INTERRUPTED: BroadcastWords = words(
  "reconnecting",
  "The connection is interrupted.",
  "The same recording goes on when it is back within some seconds.",
);
/** Media may go on without signalling. */
const UNKNOWN: BroadcastWords = words(
  "reconnecting",
  "The server does not answer.",
  "What is sent may still be recorded. The page tries to reach the server again.",
);
const TITLES: { readonly [code: string]: string } = {
  "call/busy": "The server did not take the broadcast.",
  "call/rejected": "The server did not take the broadcast.",
  "call/hangup": "The server ended the broadcast.",
  "call/negotiation-failed": "The server records nothing that this browser sends.",
  "call/connection-lost": "The broadcast ended.",
  "call/peer-gone": "The broadcast ended.",
  "publish/no-peer": "The server takes no broadcasts.",
};

function words(state: BroadcastWords["state"], title: string, detail: string): BroadcastWords {
  return { state, title, detail, progress: "" };
}

/** Whether a broadcast goes on, or is about to. */
export function isCalling({ kind }: CallStanding): boolean {
  return kind === "calling" || kind === "live" || kind === "stopping";
}

/** The line under the picture. */
export function broadcastWords(scene: BroadcastScene): BroadcastWords {
  const { call, capture, hasNothing } = scene;
  if (!isCalling(call) && hasNothing) {
    return words("idle", "Nothing is chosen.", "Choose a camera, a screen or a microphone.");
  }
  // A camera that was refused or is being asked for is news; how the last broadcast ended has been told.
  if (!isCalling(call) && (capture.kind === "asking" || capture.kind === "failed")) {
    return readyWords(scene);
  }
  switch (call.kind) {
    case "idle":
      return readyWords(scene);
    case "calling":
      return words("connecting", "Connecting…", "Calling the server.");
    case "live":
      return call.isInterrupted ? INTERRUPTED : scene.isOnline ? liveWords(scene) : UNKNOWN;
    case "stopping":
      return STOPPING;
    case "stopped":
      return stoppedWords(scene);
    case "failed":
      return failedWords(call, scene.recording);
    default:
      return call satisfies never;
  }
}

function readyWords({ capture, isOnline }: BroadcastScene): BroadcastWords {
  switch (capture.kind) {
    case "asking":
      return words("connecting", "Asking for permission…", "Your browser asks what this page may use.");
    case "failed":
      return words("failed", capture.title, capture.fix);
    case "off":
    case "on":
      return isOnline
        ? words("idle", "Ready.", "Nothing is sent or recorded before you press Broadcast.")
        : words("idle", "Not connected.", "Broadcasting begins with a connection to the server.");
    default:
      return capture satisfies never;
  }
}

function liveWords({ recording, elapsedMs, listTrouble }: BroadcastScene): BroadcastWords {
  if (recording === undefined) {
    return listTrouble === ""
      ? words("waiting", "Connected.", "Waiting for the server to begin the recording.")
      : words("waiting", "Connected.", `Whether it is recorded is not known. ${listTrouble}`);
  }
  switch (recording.state) {
    case "waiting":
      return words(
        "waiting",
        "Waiting for the first key frame…",
        "The recording begins with it, or soon with sound alone.",
      );
    case "recording": {
      const detail = isSoundSoFar(recording) ? "Sound alone: no picture has come yet." : "";
      return { ...words("recording", "Recording.", detail), progress: progressWords(recording, elapsedMs) };
    }
    case "paused":
      return {
        ...words("paused", "Paused.", "Nothing is written until you resume."),
        progress: progressWords(recording, elapsedMs),
      };
    case "failed":
      return words("failed", "The recording failed.", failureWords(recording));
    case "finished":
      return words("failed", "The server ended the recording.", `${savedWords(recording)} Nothing more is written.`);
    default:
      return recording.state satisfies never;
  }
}

function stoppedWords({ recording, listTrouble }: BroadcastScene): BroadcastWords {
  if (recording === undefined && listTrouble !== "") {
    return words("failed", "Stopped.", `What was recorded is not known. ${listTrouble}`);
  }
  if (recording?.isLive === true) {
    return STOPPING;
  }
  if (recording?.state === "failed") {
    return words("failed", "The recording failed.", failureWords(recording));
  }
  return recording === undefined || recording.bytes === 0
    ? words("idle", "Stopped.", "Nothing was recorded.")
    : words("saved", "Saved.", savedWords(recording));
}

function failedWords(
  { code, message, fix }: Extract<CallStanding, { kind: "failed" }>,
  recording: RecordingInfo | undefined,
): BroadcastWords {
  if (recording?.state === "failed") {
    return words("failed", "The recording failed.", failureWords(recording));
  }
  if (code === "call/busy") {
    return words(
      "failed",
      TITLES[code],
      "It records as many cameras as it may. Try again when one of them has stopped.",
    );
  }
  const kept = recording === undefined ? "" : savedWords(recording);
  const detail = [sentence(message), kept, fix].filter((part) => part !== "").join(" ");
  return words("failed", TITLES[code] ?? "The broadcast failed.", detail);
}

function failureWords(recording: RecordingInfo): string {
  const { error, bytes } = recording;
  const why = error === undefined || error.message === "" ? "The server does not tell why." : sentence(error.message);
  return bytes === 0 ? why : `${why} ${savedWords(recording)}`;
}

function savedWords({ bytes, durationMs }: RecordingInfo): string {
  return bytes === 0 ? "" : `${clockWords(durationMs)}, ${sizeWords(bytes)} are kept in the list.`;
}

function progressWords({ bytes }: RecordingInfo, elapsedMs: number): string {
  return `${clockWords(elapsedMs)}, ${sizeWords(bytes)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}
