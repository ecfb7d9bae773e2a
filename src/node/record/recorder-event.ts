// What a recorder tells: plain objects, fit to be printed as a line of JSON.
import type { RecordingInfo } from "./recording-info.js";

/** A happening. `recording-started`: its file has begun. `recording-failed`: it has ended by itself, which is an alarm. */
export type RecorderEvent =
  | {
      readonly event: "recording-started" | "recording-paused" | "recording-resumed" | "recording-ended";
      readonly id: string;
      readonly peer: string;
      readonly recording: RecordingInfo;
    }
  | {
      readonly event: "recording-failed";
      readonly id: string;
      readonly peer: string;
      readonly code: string;
      readonly message: string;
      readonly recording: RecordingInfo;
    }
  | {
      readonly event: "recording-removed";
      readonly id: string;
      readonly peer: string;
      /** `empty`: it ended before anything was written. */
      readonly reason: RemovalReason;
    };

/** Why a recording was deleted: somebody asked, it was too old, all were too large, or nothing was in it. */
export type RemovalReason = "asked" | "age" | "size" | "empty";
