// What can be wrong with a source file, each with its code and its fix.
import { stat } from "node:fs/promises";
import { FloeError } from "../../core/error/floe-error.js";

/** Checks what the file system can tell before FFmpeg is asked. Throws the FloeError of what is wrong. */
export async function checkSourceFile(path: string): Promise<void> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw statError(path, error);
  });
  if (facts.isDirectory()) {
    throw new FloeError("source/is-directory", `${path} is a directory`, {
      fix: "Give the path of a media file in it.",
    });
  }
  if (!facts.isFile()) {
    throw new FloeError("source/unsupported", `${path} is not a regular file`, {
      fix: "Give the path of a media file.",
    });
  }
  if (facts.size === 0) {
    throw noMedia(path, "is empty");
  }
}

/** The file holds neither pictures nor sound that can be decoded. */
export function noMedia(path: string, what = "holds neither video nor audio that can be decoded"): FloeError {
  return new FloeError("source/no-media", `${path} ${what}`, { fix: "Give a file with video or audio in it." });
}

/** The file is no media file, or a broken one. `reason` is FFmpeg's own. */
export function unreadable(path: string, reason: string): FloeError {
  return new FloeError("source/unreadable", `${path} cannot be read as media (${reason})`, {
    fix: "Check that it is a media file and complete: a player should open it.",
  });
}

function statError(path: string, error: NodeJS.ErrnoException): FloeError {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return new FloeError("source/not-found", `${path} does not exist`, {
      fix: "Check the path; relative ones start at the working directory.",
    });
  }
  if (error.code === "EACCES" || error.code === "EPERM") {
    return new FloeError("source/unreadable", `${path} may not be read by this user`, {
      fix: "Allow reading it, or run as a user who may.",
    });
  }
  return unreadable(path, error.code ?? error.message);
}
