// What WebCodecs says when it cannot, as errors of the house.
import { FloeError } from "../../core/error/floe-error.js";

/** Throws FloeError `codec/no-webcodecs` where the page has none. */
export function requireWebCodecs(): void {
  if (typeof VideoEncoder === "undefined" || typeof VideoDecoder === "undefined") {
    throw new FloeError("codec/no-webcodecs", "this page has no WebCodecs", {
      fix: "Open it in a current browser, over https or from localhost.",
    });
  }
}

/** A codec's complaint; `what` is what it was to do: `encode avc1.42e01f at 640x360`. */
export function codecError(what: string, cause: unknown): FloeError {
  const isUnsupported = cause instanceof DOMException && cause.name === "NotSupportedError";
  return isUnsupported
    ? new FloeError("codec/unsupported", `this browser cannot ${what}`, {
        cause,
        fix: "Try a smaller size, or another browser.",
      })
    : new FloeError("codec/failed", `the browser failed to ${what}: ${String(cause)}`, { cause });
}
