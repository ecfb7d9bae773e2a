// FFmpeg's return codes as FloeErrors.
import { FloeError } from "../../core/error/floe-error.js";
import { requireNodeAv } from "./load-node-av.js";

/** Throws FloeError `av/failed` when `code` is negative; answers it otherwise. `doing` completes "FFmpeg failed while …". */
export function checkAv(code: number, doing: string): number {
  if (code < 0) {
    throw new FloeError("av/failed", `FFmpeg failed while ${doing}: ${avMessage(code)}`);
  }
  return code;
}

/** FFmpeg's own words for a negative code. */
export function avMessage(code: number): string {
  return requireNodeAv().FFmpegError.strerror(code);
}

/** Any thrown value as a FloeError: one stays as it is, another becomes the cause of `av/failed`. */
export function asFloeError(error: unknown, doing: string): FloeError {
  if (error instanceof FloeError) {
    return error;
  }
  const what = error instanceof Error ? error.message : String(error);
  return new FloeError("av/failed", `FFmpeg failed while ${doing}: ${what}`, { cause: error });
}
