// A source and its faults as viewers and the status may read them: the log alone knows where on this machine it lies.
import { basename } from "node:path";
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import { FloeError } from "../../core/error/floe-error.js";
import { parseSourceNoun } from "../../core/media/source-noun.js";

/** A source as people may see it. */
export type ShownSource = { readonly value: string; readonly kind: string; readonly remote: boolean };

/** A source as people may see it: a file by its name, a URL without its password. */
export function shownSource(source: string): ShownSource {
  const noun = parseSourceNoun(source);
  switch (noun.kind) {
    case "test":
      return { value: "test", kind: "test", remote: false };
    case "file":
      return { value: basename(noun.path), kind: "file", remote: false };
    case "device":
      return { value: noun.name, kind: "device", remote: false };
    case "rtsp":
    case "url":
      return { value: maskUrl(noun.url), kind: noun.kind, remote: true };
    default:
      return noun satisfies never;
  }
}

/** The error with the source named as people may see it; the original is its cause. Faults of our own are `source/failed`. */
export function shownError(error: unknown, source: string): FloeError {
  if (!(error instanceof FloeError)) {
    return new FloeError("source/failed", "the source failed to open", { cause: error });
  }
  const noun = parseSourceNoun(source);
  const secret = noun.kind === "file" ? noun.path : "url" in noun ? noun.url : undefined;
  if (secret === undefined) {
    return error;
  }
  const shown = shownSource(source).value;
  const masked = (text: string): string => text.replaceAll(secret, () => shown);
  return new FloeError(error.code, masked(error.message), { fix: masked(error.fix), cause: error });
}
