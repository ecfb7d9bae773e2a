// What an offer says about the way to its peer (RFC 8829 5.8): all sections share one transport.
import type { Fingerprint, MediaDescription, SessionDescription } from "../../../core/sdp/session-description.js";
import type { IceCandidate } from "../../../core/webrtc/ice-candidate.js";
import { FINGERPRINT_HASHES } from "./dtls-proof.js";
import type { IceRemote } from "./ice-agent.js";

const DEFAULT_SCTP_PORT = 5000;
/** What a description that says nothing of it means (RFC 8841 6.1). */
const DEFAULT_MAX_MESSAGE_BYTES = 65_536;

/** An offer, as far as it is the transport's. */
export type OfferedTransport = {
  readonly ice: IceRemote;
  readonly fingerprints: readonly Fingerprint[];
  /** Our part of the DTLS handshake. */
  readonly setup: "active" | "passive";
  readonly candidates: readonly IceCandidate[];
  /** The section under which candidates are told (RFC 9143 7.2). */
  readonly candidateMid: string;
  /** Where data channels are offered. */
  readonly sctp: { readonly port: number; readonly maxMessageBytes: number } | undefined;
};

/** Reads it. Throws an Error with what is missing. */
export function offeredTransport(offer: SessionDescription): OfferedTransport {
  const bundle = offer.groups.find(({ semantics }) => semantics === "BUNDLE")?.mids ?? [];
  const accepted = offer.media.filter(({ port, bundleOnly }) => port !== 0 || bundleOnly);
  const sections = accepted.filter(({ mid }) => bundle.length === 0 || bundle.includes(mid ?? ""));
  // ICE and DTLS may stand at the section that stands for the bundle only, or before all of them.
  const all = [...sections.map(({ transport }) => transport), offer.transport];
  const { iceUfrag: ufrag, icePwd: password } = all.find(({ iceUfrag }) => iceUfrag !== undefined) ?? {};
  const fingerprints = (all.find((each) => each.fingerprints.length > 0)?.fingerprints ?? []).filter(({ algorithm }) =>
    FINGERPRINT_HASHES.includes(algorithm),
  );
  if (ufrag === undefined || password === undefined || fingerprints.length === 0) {
    throw new Error("it has no ICE credentials, or no fingerprint by SHA-256 or better");
  }
  const setup = all.find((each) => each.setup !== undefined)?.setup;
  const data = sections.find(isData);
  return {
    ice: { ufrag, password, isLite: offer.attributes.some(({ name }) => name === "ice-lite") },
    fingerprints,
    setup: setup === "active" ? "passive" : "active",
    candidates: sections.flatMap(({ candidates }) => candidates.map((candidate) => ({ candidate }))),
    candidateMid: bundle[0] ?? sections[0]?.mid ?? "0",
    sctp: data && {
      port: data.sctpPort ?? DEFAULT_SCTP_PORT,
      maxMessageBytes: data.maxMessageSize ?? DEFAULT_MAX_MESSAGE_BYTES,
    },
  };
}

function isData({ kind, protocol }: MediaDescription): boolean {
  return kind === "application" && protocol.includes("SCTP");
}
