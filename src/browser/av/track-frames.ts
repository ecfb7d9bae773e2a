// The pictures of a MediaStreamTrack one by one: through MediaStreamTrackProcessor where a page has it, through a video element
// elsewhere.
import { FloeError } from "../../core/error/floe-error.js";

/** Takes one picture and becomes its owner. */
export type TakeFrame = (frame: VideoFrame) => void;

/** A reading that is under way. */
export interface TrackReading {
  /** Settles when the track has ended or `stop` was called; rejects when the browser gives the track up. */
  readonly done: Promise<void>;
  /** No picture comes after this. The track goes on. */
  stop(): void;
}

/** Reads a track. */
export type ReadTrack = (track: MediaStreamTrack, take: TakeFrame) => TrackReading;

/** Not in TypeScript's DOM: https://w3c.github.io/mediacapture-transform. */
type TrackProcessor = { readonly readable: ReadableStream<VideoFrame> };
declare const MediaStreamTrackProcessor:
  | (new (init: {
      readonly track: MediaStreamTrack;
      readonly maxBufferSize?: number;
    }) => TrackProcessor)
  | undefined;

/** The way that is asked for, or the best that this page has. */
export function readerFor(through: "processor" | "element" | undefined): ReadTrack {
  const hasProcessor = typeof MediaStreamTrackProcessor !== "undefined";
  return (through ?? (hasProcessor ? "processor" : "element")) === "processor"
    ? readThroughProcessor
    : readThroughElement;
}

/** Every picture, with its capture time. */
const readThroughProcessor: ReadTrack = (track, take) => {
  if (MediaStreamTrackProcessor === undefined) {
    throw new FloeError("track/no-processor", "this page has no MediaStreamTrackProcessor", {
      fix: "Leave the choice open, or read through a video element.",
    });
  }
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      take(value);
    }
  };
  return { done: read(), stop: () => void reader.cancel().catch(() => {}) };
};

/** The pictures that a video element would show, with its media time: at most one a screen refresh, none in a hidden tab. */
const readThroughElement: ReadTrack = (track, take) => {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  video.srcObject = new MediaStream([track]);
  const { promise, resolve, reject } = deferred();
  let lastUs = -1;
  let request = 0;
  const next: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    const timestamp = Math.max(lastUs + 1, Math.round(mediaTime * 1_000_000));
    lastUs = timestamp;
    request = video.requestVideoFrameCallback(next);
    take(new VideoFrame(video, { timestamp }));
  };
  request = video.requestVideoFrameCallback(next);
  const stop = (): void => {
    track.removeEventListener("ended", stop);
    video.cancelVideoFrameCallback(request);
    video.srcObject = null;
    resolve();
  };
  track.addEventListener("ended", stop);
  video.play().catch((error: unknown) => {
    // A stop takes the track away from under play(), which says so.
    if (video.srcObject !== null) {
      stop();
      reject(error);
    }
  });
  return { done: promise, stop };
};

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
