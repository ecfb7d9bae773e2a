// SDP text → SessionDescription (RFC 8866 5). Takes CRLF and LF, skips empty lines, keeps what it does not know.
import { WireError } from "../error/floe-error.js";
import { excerpt, readNumber, words } from "./attribute-readers.js";
import { emptyMedia, emptySession, type MediaDraft, type SessionDraft } from "./description-draft.js";
import { readMediaAttribute, readSessionAttribute } from "./read-attribute.js";
import type { Origin, SessionDescription } from "./session-description.js";

/** The most that is read of a description; a larger one throws WireError. */
export const SDP_LIMITS: {
  /** UTF-16 code units of text. */
  readonly length: number;
  readonly lines: number;
  readonly mediaSections: number;
  /** Formats of one `m=` line. */
  readonly formats: number;
} = { length: 262_144, lines: 8192, mediaSections: 64, formats: 256 };

/**
 * Reads a description. Throws WireError and nothing else: "sdp/too-large" beyond `SDP_LIMITS`, "sdp/line",
 * "sdp/version", "sdp/origin", "sdp/media", "sdp/mid" and "sdp/attribute" for what breaks the grammar.
 */
export function parseSdp(text: string): SessionDescription {
  const session = emptySession();
  let media: MediaDraft | undefined;
  let lineCount = 0;
  for (const { type, value } of linesOf(text)) {
    lineCount++;
    if (lineCount === 1 && (type !== "v" || value !== "0")) {
      throw new WireError("sdp/version", "a description starts with the line v=0");
    }
    if (type === "m") {
      media = readMediaLine(value);
      if (session.media.push(media) > SDP_LIMITS.mediaSections) {
        throw new WireError("sdp/too-large", `more than ${SDP_LIMITS.mediaSections} media sections`);
      }
    } else if (media !== undefined) {
      readMediaLevelLine(media, type, value);
    } else if (lineCount > 1) {
      readSessionLevelLine(session, type, value);
    }
  }
  return finish(session, lineCount);
}

function linesOf(text: string): { readonly type: string; readonly value: string }[] {
  if (text.length > SDP_LIMITS.length) {
    throw new WireError("sdp/too-large", `${text.length} characters, at most ${SDP_LIMITS.length} are read`);
  }
  const lines: { type: string; value: string }[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") {
      continue;
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8866 9 excludes NUL and CR from a line's value
    if (!/^[a-z]=[^\u0000\r]*$/.test(line)) {
      throw new WireError("sdp/line", `not a line of SDP: "${excerpt(line)}"`);
    }
    if (lines.push({ type: line.slice(0, 1), value: line.slice(2) }) > SDP_LIMITS.lines) {
      throw new WireError("sdp/too-large", `more than ${SDP_LIMITS.lines} lines`);
    }
  }
  return lines;
}

function readSessionLevelLine(session: SessionDraft, type: string, value: string): void {
  switch (type) {
    case "a":
      readSessionAttribute(session, value);
      break;
    case "c":
      session.connection = value;
      break;
    case "o":
      session.origin = readOrigin(value);
      break;
    case "s":
      session.name = value;
      break;
    case "v":
      throw new WireError("sdp/version", "a description has one v= line");
    default:
      session.lines.push({ type, value });
  }
}

function readMediaLevelLine(media: MediaDraft, type: string, value: string): void {
  switch (type) {
    case "a":
      readMediaAttribute(media, value);
      break;
    case "c":
      media.connection = value;
      break;
    case "v":
    case "o":
    case "s":
      throw new WireError("sdp/line", `${type}= cannot stand behind an m= line`);
    default:
      media.lines.push({ type, value });
  }
}

/** `- 4611731400430051336 2 IN IP4 127.0.0.1` (RFC 8866 5.2). */
function readOrigin(value: string): Origin {
  const [username, sessionId, sessionVersion, ...address] = words(value);
  if (
    username === undefined ||
    !/^[0-9]{1,32}$/.test(sessionId ?? "") ||
    !/^[0-9]{1,32}$/.test(sessionVersion ?? "") ||
    address.length !== 3
  ) {
    throw new WireError("sdp/origin", `o= cannot have the value "${excerpt(value)}"`);
  }
  return { username, sessionId: sessionId ?? "", sessionVersion: sessionVersion ?? "", address: address.join(" ") };
}

/** `video 9 UDP/TLS/RTP/SAVPF 96 97` (RFC 8866 5.14). */
function readMediaLine(value: string): MediaDraft {
  const [kind, ports = "", protocol, ...formats] = words(value);
  if (kind === undefined || protocol === undefined || formats.length === 0) {
    throw new WireError("sdp/media", `m= cannot have the value "${excerpt(value)}"`);
  }
  if (formats.length > SDP_LIMITS.formats) {
    throw new WireError("sdp/too-large", `more than ${SDP_LIMITS.formats} formats in one media section`);
  }
  const [port = "", portCount, ...rest] = ports.split("/");
  if (rest.length > 0) {
    throw new WireError("sdp/media", `m= cannot have the port "${excerpt(ports)}"`);
  }
  const media = emptyMedia(kind, { port: readNumber("m= port", port, 0, 65_535), protocol, formats });
  if (portCount !== undefined) {
    media.portCount = readNumber("m= port count", portCount, 1, 65_535);
  }
  return media;
}

function finish(session: SessionDraft, lineCount: number): SessionDescription {
  if (lineCount === 0) {
    throw new WireError("sdp/version", "an empty text is no description");
  }
  const { origin, name } = session;
  if (origin === undefined) {
    throw new WireError("sdp/origin", "a description needs an o= line");
  }
  const mids = new Set<string>();
  for (const { mid } of session.media) {
    if (mid !== undefined && mids.has(mid)) {
      throw new WireError("sdp/mid", `two media sections have the mid "${excerpt(mid)}"`);
    }
    if (mid !== undefined) {
      mids.add(mid);
    }
  }
  return { ...session, origin, name: name ?? "-" };
}
