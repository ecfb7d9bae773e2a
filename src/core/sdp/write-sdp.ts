// SessionDescription → SDP text (RFC 8866 5), CRLF, in an order that never varies: parse(write(x)) = x.
import { FloeError } from "../error/floe-error.js";
import type { Attribute, MediaDescription, SessionDescription, TransportAttributes } from "./session-description.js";

/** The order of the lines before the attributes (RFC 8866 9); `t` and `r` lines keep their own order. */
const RANK: { readonly [type: string]: number } = { i: 0, u: 1, e: 2, p: 3, c: 4, b: 5, t: 6, r: 6, z: 7, k: 8 };

/** Writes a description. FloeError "sdp/unwritable" when a value holds a line end or a NUL and would forge lines. */
export function writeSdp(session: SessionDescription): string {
  const { username, sessionId, sessionVersion, address } = session.origin;
  const lines = ["v=0", `o=${username} ${sessionId} ${sessionVersion} ${address}`, `s=${session.name}`];
  writeLines(lines, session);
  for (const group of session.groups) {
    lines.push(`a=group:${[group.semantics, ...group.mids].join(" ")}`);
  }
  writeTransport(lines, session.transport);
  if (session.direction !== undefined) {
    lines.push(`a=${session.direction}`);
  }
  writeAttributes(lines, session.attributes);
  for (const media of session.media) {
    writeMedia(lines, media);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what would forge a line
  const forged = lines.find((line) => /[\u0000\r\n]/.test(line));
  if (forged !== undefined) {
    throw new FloeError("sdp/unwritable", `a value of the ${forged.slice(0, 2)} line holds a line end or a NUL`);
  }
  return `${lines.join("\r\n")}\r\n`;
}

function writeMedia(lines: string[], media: MediaDescription): void {
  const port = media.portCount === undefined ? `${media.port}` : `${media.port}/${media.portCount}`;
  lines.push(`m=${[media.kind, port, media.protocol, ...media.formats].join(" ")}`);
  writeLines(lines, media);
  for (const candidate of media.candidates) {
    lines.push(`a=${candidate}`);
  }
  writeFlag(lines, media.endOfCandidates, "end-of-candidates");
  writeTransport(lines, media.transport);
  if (media.mid !== undefined) {
    lines.push(`a=mid:${media.mid}`);
  }
  writeFlag(lines, media.bundleOnly, "bundle-only");
  for (const { id, direction, uri, parameters } of media.extensions) {
    const way = direction === undefined ? "" : `/${direction}`;
    lines.push(`a=extmap:${id}${way} ${uri}${parameters === undefined ? "" : ` ${parameters}`}`);
  }
  if (media.direction !== undefined) {
    lines.push(`a=${media.direction}`);
  }
  for (const { streamId, trackId } of media.msids) {
    lines.push(`a=msid:${streamId}${trackId === undefined ? "" : ` ${trackId}`}`);
  }
  writeFlag(lines, media.rtcpMux, "rtcp-mux");
  writeFlag(lines, media.rtcpReducedSize, "rtcp-rsize");
  writeFormats(lines, media);
  if (media.sctpPort !== undefined) {
    lines.push(`a=sctp-port:${media.sctpPort}`);
  }
  if (media.maxMessageSize !== undefined) {
    lines.push(`a=max-message-size:${media.maxMessageSize}`);
  }
  writeAttributes(lines, media.attributes);
  for (const { semantics, ssrcs } of media.ssrcGroups) {
    lines.push(`a=ssrc-group:${[semantics, ...ssrcs].join(" ")}`);
  }
  for (const { ssrc, attribute, value } of media.ssrcAttributes) {
    lines.push(`a=ssrc:${ssrc} ${attribute}${value === undefined ? "" : `:${value}`}`);
  }
}

function writeFormats(lines: string[], media: MediaDescription): void {
  for (const { payloadType, encodingName, clockRateHz, channels } of media.rtpMaps) {
    lines.push(`a=rtpmap:${payloadType} ${encodingName}/${clockRateHz}${channels === undefined ? "" : `/${channels}`}`);
  }
  for (const { format, feedback } of media.rtcpFeedback) {
    lines.push(`a=rtcp-fb:${format} ${feedback}`);
  }
  for (const { format, parameters } of media.formatParameters) {
    lines.push(`a=fmtp:${format}${parameters === "" ? "" : ` ${parameters}`}`);
  }
}

function writeTransport(lines: string[], transport: TransportAttributes): void {
  if (transport.iceUfrag !== undefined) {
    lines.push(`a=ice-ufrag:${transport.iceUfrag}`);
  }
  if (transport.icePwd !== undefined) {
    lines.push(`a=ice-pwd:${transport.icePwd}`);
  }
  if (transport.iceOptions.length > 0) {
    lines.push(`a=ice-options:${transport.iceOptions.join(" ")}`);
  }
  for (const { algorithm, value } of transport.fingerprints) {
    lines.push(`a=fingerprint:${algorithm} ${value}`);
  }
  if (transport.setup !== undefined) {
    lines.push(`a=setup:${transport.setup}`);
  }
}

function writeLines(lines: string[], level: Pick<SessionDescription, "lines" | "connection">): void {
  const all = level.connection === undefined ? level.lines : [...level.lines, { type: "c", value: level.connection }];
  const rank = (type: string): number => RANK[type] ?? 9;
  for (const { type, value } of [...all].sort((a, b) => rank(a.type) - rank(b.type))) {
    lines.push(`${type}=${value}`);
  }
}

function writeFlag(lines: string[], isSet: boolean, name: string): void {
  if (isSet) {
    lines.push(`a=${name}`);
  }
}

function writeAttributes(lines: string[], attributes: readonly Attribute[]): void {
  for (const { name, value } of attributes) {
    lines.push(value === undefined ? `a=${name}` : `a=${name}:${value}`);
  }
}
