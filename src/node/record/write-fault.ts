// A file or a folder that cannot be written, in words.
import { FloeError } from "../../core/error/floe-error.js";
import { avMessage } from "../av/av-error.js";

const NO_SPACE = -28;
const QUOTA = -122;
const TOO_LARGE = -27;

/** Why `path` cannot be written, by FFmpeg's code. */
export function writeFault(path: string, code: number): FloeError {
  return code === NO_SPACE || code === QUOTA || code === TOO_LARGE ? diskFull(path) : unwritable(path, avMessage(code));
}

/** The same, by an error of Node's. */
export function systemFault(path: string, cause: unknown): FloeError {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
    ? diskFull(path, cause)
    : unwritable(path, WORDS.get(code) ?? String(code ?? cause), cause);
}

const WORDS: ReadonlyMap<string | undefined, string> = new Map([
  ["EACCES", "this user may not"],
  ["EPERM", "this user may not"],
  ["EROFS", "the disk is read-only"],
  ["ENOTDIR", "a part of its path is no folder"],
  ["EEXIST", "there is a file of that name"],
  ["ENOENT", "it is not there"],
]);

function diskFull(path: string, cause?: unknown): FloeError {
  return new FloeError("record/disk-full", `there is no room for ${path}`, {
    fix: "Make room on the disk, or record to another one.",
    cause,
  });
}

function unwritable(path: string, why: string, cause?: unknown): FloeError {
  return new FloeError("record/unwritable", `${path} cannot be written: ${why}`, {
    fix: "Check that the folder exists and may be written, or record to another one.",
    cause,
  });
}
