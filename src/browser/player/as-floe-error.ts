// Whatever went wrong, as an error that a player can show.
import { FloeError } from "../../core/error/floe-error.js";

/** Any error as one with a code and a sentence. */
export function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) {
    return error;
  }
  const what = error instanceof Error ? error.message : String(error);
  return new FloeError("player/cannot-start", `The player could not start (${what})`, { cause: error });
}
