// The values of the attributes that WebRTC speaks, read one line at a time. A value that breaks its grammar throws
// WireError "sdp/attribute"; nothing else is thrown.
import { WireError } from "../error/floe-error.js";
import { isMediaDirection } from "./media-direction.js";
import type {
  DtlsSetup,
  ExtensionMap,
  Fingerprint,
  FormatParameters,
  MediaGroup,
  MediaStreamId,
  RtcpFeedback,
  RtpMap,
  SsrcAttribute,
  SsrcGroup,
} from "./session-description.js";

/** The words of a value: what stands between spaces and tabs. */
export function words(value: string): string[] {
  return value.split(/[ \t]+/).filter((word) => word !== "");
}

/** A decimal number in `least..most`, or WireError. */
export function readNumber(name: string, text: string, least: number, most: number): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new WireError("sdp/attribute", `${name} needs a number in ${least}..${most}, got "${excerpt(text)}"`);
  }
  return value;
}

/** A value that is exactly one word of at most 256 characters. */
export function readToken(name: string, value: string): string {
  const [token, ...rest] = words(value);
  if (token === undefined || rest.length > 0 || token.length > 256) {
    throw broken(name, value);
  }
  return token;
}

/** `sha-256 AA:BB:…` (RFC 8122 5). */
export function readFingerprint(value: string): Fingerprint {
  const [algorithm, hex, ...rest] = words(value);
  if (algorithm === undefined || hex === undefined || rest.length > 0 || !/^[0-9A-F]{2}(:[0-9A-F]{2})*$/i.test(hex)) {
    throw broken("fingerprint", value);
  }
  return { algorithm: algorithm.toLowerCase(), value: hex.toUpperCase() };
}

/** `active`, `passive`, `actpass`, `holdconn` (RFC 4145 4). */
export function readSetup(value: string): DtlsSetup {
  const setup = readToken("setup", value);
  switch (setup) {
    case "active":
    case "passive":
    case "actpass":
    case "holdconn":
      return setup;
    default:
      throw broken("setup", value);
  }
}

/** `BUNDLE 0 1` (RFC 5888 5). */
export function readGroup(value: string): MediaGroup {
  const [semantics, ...mids] = words(value);
  if (semantics === undefined) {
    throw broken("group", value);
  }
  return { semantics, mids };
}

/** `111 opus/48000/2` (RFC 8866 6.6). */
export function readRtpMap(value: string): RtpMap {
  const match = /^([0-9]+)[ \t]+([^\s/]+)\/([0-9]+)(?:\/([0-9]+))?[ \t]*$/.exec(value);
  if (match === null) {
    throw broken("rtpmap", value);
  }
  const [, payloadType = "", encodingName = "", clockRate = "", channels] = match;
  return {
    payloadType: readNumber("rtpmap", payloadType, 0, 127),
    encodingName,
    clockRateHz: readNumber("rtpmap", clockRate, 1, 0xffff_ffff),
    ...(channels === undefined ? {} : { channels: readNumber("rtpmap", channels, 1, 255) }),
  };
}

/** `108 packetization-mode=1;…` (RFC 8866 6.15). A format without parameters is let pass: some cameras write it. */
export function readFormatParameters(value: string): FormatParameters {
  const text = trimBlanks(value);
  const end = text.search(/[ \t]/);
  if (text === "") {
    throw broken("fmtp", value);
  }
  return end < 0
    ? { format: text, parameters: "" }
    : { format: text.slice(0, end), parameters: trimBlanks(text.slice(end)) };
}

/** `96 nack pli`, `* nack` (RFC 4585 4.2). */
export function readRtcpFeedback(value: string): RtcpFeedback {
  const [format, ...feedback] = words(value);
  if (format === undefined || feedback.length === 0) {
    throw broken("rtcp-fb", value);
  }
  return { format, feedback: feedback.join(" ") };
}

/** `3/sendonly urn:example parameters` (RFC 8285 5). */
export function readExtensionMap(value: string): ExtensionMap {
  const [idAndDirection = "", uri, ...rest] = words(value);
  const [id = "", direction, ...more] = idAndDirection.split("/");
  if (uri === undefined || more.length > 0 || (direction !== undefined && !isMediaDirection(direction))) {
    throw broken("extmap", value);
  }
  return {
    id: readNumber("extmap", id, 1, 65_535),
    ...(direction === undefined ? {} : { direction }),
    uri,
    ...(rest.length === 0 ? {} : { parameters: rest.join(" ") }),
  };
}

/** `stream track` (RFC 8830 2). */
export function readMsid(value: string): MediaStreamId {
  const [streamId, trackId, ...rest] = words(value);
  if (streamId === undefined || rest.length > 0) {
    throw broken("msid", value);
  }
  return { streamId, ...(trackId === undefined ? {} : { trackId }) };
}

/** `1234 cname:x` (RFC 5576 4.1). */
export function readSsrcAttribute(value: string): SsrcAttribute {
  const match = /^[ \t]*([0-9]+)[ \t]+([^ \t:]+)(?::(.*))?$/.exec(value);
  const attribute = match?.[2];
  if (match === null || attribute === undefined) {
    throw broken("ssrc", value);
  }
  const ssrc = readNumber("ssrc", match[1] ?? "", 0, 0xffff_ffff);
  return { ssrc, attribute, ...(match[3] === undefined ? {} : { value: match[3] }) };
}

/** `FID 1 2` (RFC 5576 4.2). */
export function readSsrcGroup(value: string): SsrcGroup {
  const [semantics, ...ssrcs] = words(value);
  if (semantics === undefined) {
    throw broken("ssrc-group", value);
  }
  return { semantics, ssrcs: ssrcs.map((ssrc) => readNumber("ssrc-group", ssrc, 0, 0xffff_ffff)) };
}

/** By hand: the expression that does it takes quadratic time on a peer's long run of blanks. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) {
    start++;
  }
  while (end > start && isBlank(text, end - 1)) {
    end--;
  }
  return text.slice(start, end);
}

function isBlank(text: string, index: number): boolean {
  return text[index] === " " || text[index] === "\t";
}

function broken(name: string, value: string): WireError {
  return new WireError("sdp/attribute", `a=${name} cannot have the value "${excerpt(value)}"`);
}

/** The start of what a peer wrote, fit for an error message. */
export function excerpt(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, "?");
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}
