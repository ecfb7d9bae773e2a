// What every way of recording has in common: whoever owns recordings holds this, and need not know which way it is.
import type { FloeError } from "../../core/error/floe-error.js";
import type { Signal } from "../../core/signal/signal.js";
import type { SinkObject } from "../../core/stream/adapter.js";
import type { EncodedAudioPacket, EncodedVideoPacket } from "../../core/stream/media-packet.js";
import type { Micros } from "../../core/time/units.js";
import type { RecordingFormat } from "./container.js";

/**
 * `waiting` for the first key frame, or until sound has waited for it long enough; `recording`, which has no `video` yet where it is
 * sound alone; `paused`, `ended`, or `failed`.
 */
export type RecordingState = "waiting" | "recording" | "paused" | "ended" | "failed";

/** A piece of time that has no pictures and sound; of 0 where the publisher's clock jumped, so that nobody knows how long. */
export type RecordingGap = { readonly atUs: Micros; readonly durationUs: Micros };

/** What a recording tells of itself. Plain JSON. */
export type RecordingReport = {
  readonly state: RecordingState;
  readonly format: RecordingFormat;
  /** Paths of the segments, in their order. */
  readonly files: readonly string[];
  readonly durationUs: Micros;
  /** Of all segments. */
  readonly bytes: number;
  /** Absent until a picture is written. */
  readonly video?: {
    /** As it is in the file. */
    readonly codec: string;
    /** Of the newest picture, as it is in the file. */
    readonly width: number;
    readonly height: number;
    readonly pictures: number;
  };
  readonly audio?: { readonly codec: string; readonly packets: number };
  /** At most 100 are kept; `gapCount` counts all. */
  readonly gaps: readonly RecordingGap[];
  readonly gapCount: number;
  /** Pictures that came before the first key frame, or while another was awaited. */
  readonly skippedPictures: number;
  /** Pictures that were left out because encoding them could not keep up, or because they did not decode. */
  readonly droppedPictures: number;
  /** The same of sound: its time is silence. */
  readonly droppedSounds: number;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string };
};

/** Takes encoded packets of one picture and one sound in the order of arrival, and makes files of them. */
export interface RecordingSink extends SinkObject<EncodedVideoPacket | EncodedAudioPacket> {
  readonly state: RecordingState;
  /** The publisher should make a key frame: no picture is written without. */
  readonly keyFrameNeeded: Signal;
  /** It ended by itself: the disk is full, or the media does not fit. What was written plays. */
  readonly failed: Signal<FloeError>;
  /** Never throws: what goes wrong ends the recording and is told by `failed`. */
  write(packet: EncodedVideoPacket | EncodedAudioPacket): void;
  /** A snapshot. */
  report(): RecordingReport;
  /** Writes what came, and nothing more until `resume`. The time between is not in the recording. */
  pause(): void;
  /** Goes on with the next key frame, or with sound alone where none comes. */
  resume(): void;
  /** Resolves when the files are complete. Never rejects; a second call is quiet. */
  close(): Promise<void>;
}

/** A report's words for what ended a recording. */
export function fault(error: FloeError): NonNullable<RecordingReport["error"]> {
  return { code: error.code, message: error.toString().slice(`${error.code}: `.length) };
}
