// The offer as node-datachannel gets it: one media section (and data channels), whatever the peer offered. RTP and RTCP
// of all sections then pass through one track, and we tell them apart by SSRC ourselves. With several sections the
// library dispatches RTCP on its own: it drops what names no source (FIR, reports without blocks), and a malformed SDES
// packet makes its loop over the compound packet endless.
import { isIP } from "node:net";
import type { MediaDescription, SessionDescription } from "../../core/sdp/session-description.js";

/** Candidates of the peer that the library may hear of, those inside the offer included. */
export const MAX_REMOTE_CANDIDATES = 64;

/** The offer cut down to the section `carrierMid` and data channels; candidates by name are left out. */
export function carrierOffer(offer: SessionDescription, carrierMid: string | undefined): SessionDescription {
  const isKept = ({ kind, mid }: MediaDescription): boolean => mid === carrierMid || kind === "application";
  const kept = offer.media.filter(isKept);
  const mids = kept.map(({ mid }) => mid);
  // ICE and DTLS may stand at the first section of the bundle only (RFC 9143 7.2).
  const transport = offer.media.find(({ transport: { iceUfrag } }) => iceUfrag !== undefined)?.transport;
  return {
    ...offer,
    groups: offer.groups
      .map((group) => ({ ...group, mids: group.mids.filter((mid) => mids.includes(mid)) }))
      .filter((group) => group.mids.length > 0),
    media: kept.map((section) => ({
      ...section,
      transport: section.transport.iceUfrag === undefined && transport !== undefined ? transport : section.transport,
      // The peer's own sources would make the library deliver their packets to the track a second time.
      ssrcAttributes: [],
      ssrcGroups: [],
      msids: [],
      candidates: section.candidates.filter(hasAddress).slice(0, MAX_REMOTE_CANDIDATES),
    })),
  };
}

/**
 * Whether a candidate line names an address. The library looks up each host name in a thread of its own, so a peer could
 * start hundreds; a browser that hides its addresses is reached by the path that its own checks open.
 */
export function hasAddress(candidate: string): boolean {
  return isIP(candidate.trim().split(/ +/)[4] ?? "") !== 0;
}
