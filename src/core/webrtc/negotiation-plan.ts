// What negotiation decides, as data: one entry for each section of the offer, in its order (RFC 8829 5.3.1).
import type { MediaDirection } from "../sdp/media-direction.js";
import type { PayloadFormat } from "../sdp/payload-format.js";
import type { DtlsSetup, Fingerprint, MediaDescription } from "../sdp/session-description.js";
import type { CodecCapability } from "./negotiation-codec.js";

/** The payload type that a section will use. */
export type ChosenCodec = {
  readonly capability: CodecCapability;
  /** The offer's own number, 0..127. */
  readonly payloadType: number;
  /** As the offer writes it. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  readonly channels: number;
  /** The fmtp value of the answer, "" for none. */
  readonly parameters: string;
  /** What the offer and we both know: `nack`, `nack pli`, … */
  readonly feedback: readonly string[];
  /** Set when resends go out on a payload type and SSRC of their own (RFC 4588). */
  readonly rtxPayloadType?: number;
};

/** A header extension that both ends know. */
export type NegotiatedExtension = {
  /** The offer's own id, 1..14: fits the one-byte form (RFC 8285 4.2). */
  readonly id: number;
  readonly uri: string;
};

/** What all sections have in common. */
type SectionBase = {
  /** Place in the offer, 0-based. */
  readonly index: number;
  /** As offered. */
  readonly offered: MediaDescription;
};

/** RTP flows. */
export type MediaSectionPlan = SectionBase & {
  readonly kind: "media";
  readonly mid: string;
  readonly media: "video" | "audio";
  /** Seen from us; never inactive. */
  readonly direction: Exclude<MediaDirection, "inactive">;
  readonly codec: ChosenCodec;
  readonly extensions: readonly NegotiatedExtension[];
};

/** The section stays in the bundle and nothing flows. */
export type InactiveSectionPlan = SectionBase & {
  readonly kind: "inactive";
  readonly mid: string;
  /** The one format that the answer names, because a section must name one. */
  readonly format: string;
  /** What that format is, when the offer says. */
  readonly described: PayloadFormat | undefined;
  readonly reason: string;
};

/** Data channels over SCTP (RFC 8841). */
export type DataSectionPlan = SectionBase & {
  readonly kind: "data";
  readonly mid: string;
  /** The peer's SCTP port. */
  readonly sctpPort: number;
  /** The largest message the peer takes, bytes; 0 = any. */
  readonly maxMessageSize: number;
};

/** The section is turned down with port 0. */
export type RejectedSectionPlan = SectionBase & {
  readonly kind: "rejected";
  readonly mid: string | undefined;
  readonly reason: string;
};

/** What becomes of one section. */
export type SectionPlan = MediaSectionPlan | InactiveSectionPlan | DataSectionPlan | RejectedSectionPlan;

/** The peer's end of the one transport that all sections share. */
export type RemoteTransport = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: DtlsSetup;
};

/** What an offer will be answered with. */
export type AnswerPlan = {
  /** One for each section of the offer, in its order. */
  readonly sections: readonly SectionPlan[];
  /** Mids that share the transport; empty when the offer has no BUNDLE group. */
  readonly bundle: readonly string[];
  readonly remote: RemoteTransport;
  /** Our part in DTLS: active (we open) unless the offer insists on opening itself (RFC 8842 5.3). */
  readonly setup: "active" | "passive";
  /** In words, what was refused or is a compromise; one sentence each. */
  readonly notes: readonly string[];
};

/** The sections on which we send. */
export function sendingSections(plan: AnswerPlan): MediaSectionPlan[] {
  return plan.sections.filter(
    (section): section is MediaSectionPlan => section.kind === "media" && section.direction !== "recvonly",
  );
}

/** The sections on which we receive. */
export function receivingSections(plan: AnswerPlan): MediaSectionPlan[] {
  return plan.sections.filter(
    (section): section is MediaSectionPlan => section.kind === "media" && section.direction !== "sendonly",
  );
}
