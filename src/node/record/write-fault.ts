// FFmpeg's codes for a file that cannot be written, in words.
import { FloeError } from "../../core/error/floe-error.js";
import { avMessage } from "../av/av-error.js";

const NO_SPACE = -28;
const QUOTA = -122;
const TOO_LARGE = -27;

/** Why `path` cannot be written. */
export function writeFault(path: string, code: number): FloeError {
  if (code === NO_SPACE || code === QUOTA || code === TOO_LARGE) {
    return new FloeError("record/disk-full", `There is no room for ${path}`, {
      fix: "Make room on the disk, or record to another one.",
    });
  }
  return new FloeError("record/unwritable", `${path} cannot be written: ${avMessage(code)}`, {
    fix: "Check that the folder exists and may be written.",
  });
}
