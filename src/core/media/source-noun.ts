// A source as one parseable noun: `test`, a path, `rtsp://…`, `/dev/video0`. Shared by command line, config and tests.
import { FloeError } from "../error/floe-error.js";

/** What a source's text means. Kinds that this version cannot open are parsed all the same, to be refused in words. */
export type SourceNoun =
  /** The built-in test picture and beep. */
  | { readonly kind: "test" }
  /** A media file; the path is as it was given, relative ones against the working directory. */
  | { readonly kind: "file"; readonly path: string }
  /** A camera on the network. */
  | { readonly kind: "rtsp"; readonly url: string }
  /** A capture device of this machine: `/dev/video0`, `cam:0`, `alsa:default`. */
  | { readonly kind: "device"; readonly name: string }
  /** Any other URL; `scheme` is in lower case, without the colon. */
  | { readonly kind: "url"; readonly scheme: string; readonly url: string };

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;
const DEVICE = /^(?:cam|mic|alsa|screen|window|display)(?::.*)?$/i;
const SCREEN = /^(?:screen|window|display)(?::|$)/i;

/** Schemes of URLs that are opened as live sources. */
export const networkSchemes = ["rtsp", "rtsps", "rtmp", "rtmps", "srt", "http", "https", "udp", "tcp"] as const;

/** One of `networkSchemes`. */
export type NetworkScheme = (typeof networkSchemes)[number];

/** Parses the text of `--source` or `media.source`. Throws FloeError `source/empty` for blank text, nothing else. */
export function parseSourceNoun(text: string): SourceNoun {
  const noun = text.trim();
  if (noun === "") {
    throw new FloeError("source/empty", "The source is empty", {
      fix: 'Give "test" for the built-in picture, or the path of a media file.',
    });
  }
  if (noun.toLowerCase() === "test") {
    return { kind: "test" };
  }
  const scheme = SCHEME.exec(noun)?.[1].toLowerCase();
  if (scheme === "file") {
    return { kind: "file", path: pathOfFileUrl(noun) };
  }
  if (scheme === "rtsp" || scheme === "rtsps") {
    return { kind: "rtsp", url: noun };
  }
  if (scheme !== undefined) {
    return { kind: "url", scheme, url: noun };
  }
  if (noun.startsWith("/dev/") || DEVICE.test(noun)) {
    return { kind: "device", name: noun };
  }
  return { kind: "file", path: noun.startsWith("file:") ? noun.slice(5) : noun };
}

/** The error for a noun that this version cannot open (never the URL itself: it may hold a password), or undefined. */
export function unsupportedSource(noun: SourceNoun): FloeError | undefined {
  switch (noun.kind) {
    case "test":
    case "file":
    case "rtsp":
      return undefined;
    case "device":
      return SCREEN.test(noun.name)
        ? unsupported("Screens and windows come with a later version", 'Use "test", a file, a camera or a microphone.')
        : undefined;
    case "url":
      return isNetworkScheme(noun.scheme)
        ? undefined
        : unsupported(`Sources of the kind ${noun.scheme}:// are not supported`, `Use ${networkSchemes.join(", ")}.`);
    default:
      return noun satisfies never;
  }
}

/** Whether URLs of this scheme (lower case, without the colon) are opened. */
export function isNetworkScheme(scheme: string): scheme is NetworkScheme {
  return (networkSchemes as readonly string[]).includes(scheme);
}

function unsupported(what: string, fix: string): FloeError {
  return new FloeError("source/unsupported", what, { fix });
}

/** RFC 8089, for local files: `file:///a%20b.mp4`, `file://localhost/a.mp4`, `file:///C:/a.mp4`. */
function pathOfFileUrl(url: string): string {
  const afterHost = url.slice("file://".length).replace(/^(?:localhost)?(?=\/)/i, "");
  const path = /^\/[a-z]:\//i.test(afterHost) ? afterHost.slice(1) : afterHost;
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray "%" is no escape: then the text is the name.
    return path;
  }
}
