// A trickled ICE candidate as signalling carries it (RFC 8838, RFC 8839 5.1).

/** One trickled candidate. `candidate` is the attribute's value without a leading "a="; "" ends the candidates. */
export interface IceCandidate {
  /** `candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host`, or "" for "no more candidates". */
  readonly candidate: string;
  /** The media section the candidate belongs to, by its mid. */
  readonly sdpMid?: string;
  /** The media section the candidate belongs to, by its place (0-based). */
  readonly sdpMLineIndex?: number;
}

/** Longest candidate line that is taken from a peer, in characters. */
export const MAX_CANDIDATE_LENGTH = 1024;

/**
 * A candidate from a peer's message, cleaned: "a=" cut, wrong or over-long fields left out. Undefined when it is not
 * a candidate at all. Never throws.
 */
export function parseIceCandidate(value: unknown): IceCandidate | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const fields = value as { readonly [name: string]: unknown };
  if (typeof fields.candidate !== "string" || fields.candidate.length > MAX_CANDIDATE_LENGTH) {
    return undefined;
  }
  const candidate = withoutPrefix(fields.candidate.trim());
  if (candidate !== "" && !isCandidateLine(candidate)) {
    return undefined;
  }
  const mid = fields.sdpMid;
  const index = fields.sdpMLineIndex;
  return {
    candidate,
    ...(typeof mid === "string" && mid.length <= 64 ? { sdpMid: mid } : {}),
    ...(typeof index === "number" && Number.isInteger(index) && index >= 0 && index < 256
      ? { sdpMLineIndex: index }
      : {}),
  };
}

function withoutPrefix(line: string): string {
  return line.startsWith("a=") ? line.slice(2) : line;
}

/** One line, right start: what is inside is the ICE agent's business. */
function isCandidateLine(line: string): boolean {
  return line.startsWith("candidate:") && !/[\r\n\0]/.test(line);
}
