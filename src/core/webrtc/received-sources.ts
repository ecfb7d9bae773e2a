// Which sources an offered section announces for its media and for what it sends again (RFC 5576, RFC 4588 8).
import type { MediaDescription } from "../sdp/session-description.js";

/** Absent: not announced, so the one that is heard first with the section's payload type. */
export type ReceivedSources = { readonly ssrc?: number; readonly rtxSsrc?: number };

/** Reads `a=ssrc` and `a=ssrc-group:FID`. Several sources of which none is the first of a pair announce nothing: they are layers. */
export function receivedSources({
  ssrcAttributes,
  ssrcGroups,
}: Pick<MediaDescription, "ssrcAttributes" | "ssrcGroups">): ReceivedSources {
  const pairs = ssrcGroups.filter(({ semantics, ssrcs }) => semantics === "FID" && ssrcs.length === 2);
  if (pairs.length === 1) {
    const [ssrc, rtxSsrc] = pairs[0].ssrcs;
    return { ssrc, rtxSsrc };
  }
  const named = new Set(ssrcAttributes.map(({ ssrc }) => ssrc));
  const [ssrc] = named;
  return named.size === 1 && ssrc !== undefined ? { ssrc } : {};
}
