// Exit codes of the command, and which error means which.
import { FloeError } from "../../core/error/floe-error.js";

/** The exit codes. */
export const exitCode: {
  readonly ok: 0;
  /** Something failed while it ran. */
  readonly runtime: 1;
  /** The command line is wrong. */
  readonly usage: 2;
  /** The configuration file, the environment, or settings that do not go together. */
  readonly config: 3;
  /** The command is right, but it cannot start: no such source, a busy port, a missing library. */
  readonly preflight: 4;
} = { ok: 0, runtime: 1, usage: 2, config: 3, preflight: 4 };

/** When an error came: while the server was being started, or at any other time. */
export type Phase = "starting" | "other";

/** The exit code for an error. */
export function exitCodeOf(error: unknown, phase: Phase): number {
  const room = error instanceof FloeError ? error.code.slice(0, error.code.indexOf("/")) : "";
  if (room === "usage") {
    return exitCode.usage;
  }
  if (room === "config") {
    return exitCode.config;
  }
  // A known fault that keeps a server from starting is preflight; one without a code is a defect of ours.
  return phase === "starting" && (error instanceof FloeError || isSystemError(error))
    ? exitCode.preflight
    : exitCode.runtime;
}

/** Any thrown value as an error with a code. Messages of system errors tell enough; a stack is never part of it. */
export function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) {
    return error;
  }
  const what = error instanceof Error ? error.message : String(error);
  return isSystemError(error)
    ? new FloeError(`system/${error.code.toLowerCase()}`, what, { cause: error })
    : new FloeError("runtime/internal", what, {
        fix: "This is a defect of Floe: please report it with the output of --log-level debug.",
        cause: error,
      });
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
