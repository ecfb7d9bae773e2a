// What was thrown, as an Error and as one line.
import { FloeError } from "../error/floe-error.js";

/** What was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new FloeError("stream/thrown", describe(thrown), { cause: thrown });
}

/** One line for a report. */
export function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
