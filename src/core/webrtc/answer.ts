// From a plan and our transport's parameters to the answer (RFC 8829 5.3.1). The stack under us is told nothing of it.
import { FloeError } from "../error/floe-error.js";
import type {
  Fingerprint,
  FormatParameters,
  MediaDescription,
  RtcpFeedback,
  RtpMap,
  SessionDescription,
  SsrcAttribute,
  TransportAttributes,
} from "../sdp/session-description.js";
import type {
  AnswerPlan,
  DataSectionPlan,
  InactiveSectionPlan,
  MediaSectionPlan,
  RejectedSectionPlan,
} from "./negotiation-plan.js";

/** A track that we send on one section. */
export type LocalTrack = {
  /** 1..2^32-1. */
  readonly ssrc: number;
  /** SSRC of resends; needed when the plan has an rtx payload type. */
  readonly rtxSsrc?: number;
  /** The same for all tracks of one clock, so that the receiver may synchronize them (RFC 3550 6.5.1). */
  readonly cname: string;
  /** Tracks with the same stream id arrive in the same MediaStream. */
  readonly streamId: string;
  readonly trackId: string;
};

/** What our end adds to a plan. */
export type LocalAnswerParameters = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: Fingerprint;
  /** Our part in DTLS; the plan's own choice when left out. */
  readonly setup?: "active" | "passive";
  /** Candidates known already, without "a="; later ones are trickled. */
  readonly candidates?: readonly string[];
  /** By mid; one for each section on which the plan sends. */
  readonly tracks: { readonly [mid: string]: LocalTrack };
  /** Bytes that a data channel message to us may hold; 262144 when left out. */
  readonly maxMessageSize?: number;
  /** Digits for the `o=` line; should be random (RFC 8829 5.2.1). */
  readonly sessionId?: string;
};

type Frame = { readonly transport: TransportAttributes; readonly candidates: readonly string[] };

/**
 * Writes the answer to a planned offer. Throws FloeError for misuse: "webrtc/missing-track" when a sending section has
 * no track (or no SSRC for resends), "webrtc/bad-setup" when `setup` contradicts the offer.
 */
export function writeAnswer(plan: AnswerPlan, local: LocalAnswerParameters): SessionDescription {
  const setup = local.setup ?? plan.setup;
  if (plan.remote.setup !== "actpass" && setup !== plan.setup) {
    throw new FloeError("webrtc/bad-setup", `the offer is a=setup:${plan.remote.setup}, the answer cannot be ${setup}`);
  }
  const transport: TransportAttributes = {
    iceUfrag: local.iceUfrag,
    icePwd: local.icePwd,
    iceOptions: ["trickle"],
    fingerprints: [local.fingerprint],
    setup,
  };
  // Only the section that stands for the bundle carries candidates (RFC 8829 5.3.1).
  const tagged = plan.bundle[0] ?? plan.sections.find(({ kind }) => kind !== "rejected")?.mid;
  const media = plan.sections.map((section): MediaDescription => {
    const candidates = section.mid === tagged ? (local.candidates ?? []) : [];
    switch (section.kind) {
      case "media":
        return mediaSection(section, { transport, candidates }, local.tracks[section.mid]);
      case "inactive":
        return inactiveSection(section, { transport, candidates });
      case "data":
        return dataSection(section, { transport, candidates }, local.maxMessageSize ?? 262_144);
      case "rejected":
        return rejectedSection(section);
      default:
        return section satisfies never;
    }
  });
  return {
    origin: { username: "-", sessionId: local.sessionId ?? "1", sessionVersion: "1", address: "IN IP4 127.0.0.1" },
    name: "-",
    lines: [{ type: "t", value: "0 0" }],
    groups: plan.bundle.length === 0 ? [] : [{ semantics: "BUNDLE", mids: plan.bundle }],
    transport: { iceOptions: [], fingerprints: [] },
    attributes: [],
    media,
  };
}

function mediaSection(section: MediaSectionPlan, frame: Frame, track: LocalTrack | undefined): MediaDescription {
  const { offered, codec, direction, mid, extensions } = section;
  const format = String(codec.payloadType);
  const rtx = codec.rtxPayloadType;
  const parameters: FormatParameters[] = codec.parameters === "" ? [] : [{ format, parameters: codec.parameters }];
  const rtpMaps: RtpMap[] = [rtpMapOf(codec, section.media)];
  if (rtx !== undefined) {
    rtpMaps.push({ payloadType: rtx, encodingName: "rtx", clockRateHz: codec.clockRateHz });
    parameters.push({ format: String(rtx), parameters: `apt=${codec.payloadType}` });
  }
  return {
    ...emptySection(offered, frame),
    formats: rtx === undefined ? [format] : [format, String(rtx)],
    mid,
    direction,
    rtcpMux: true,
    rtcpReducedSize: offered.rtcpReducedSize,
    rtpMaps,
    formatParameters: parameters,
    rtcpFeedback: codec.feedback.map((feedback): RtcpFeedback => ({ format, feedback })),
    extensions,
    ...(direction === "recvonly" ? {} : sending(section, track)),
  };
}

type Sending = Pick<MediaDescription, "msids" | "ssrcGroups" | "ssrcAttributes">;

function sending({ mid, codec }: MediaSectionPlan, track: LocalTrack | undefined): Sending {
  const needsRtx = codec.rtxPayloadType !== undefined;
  if (track === undefined || (needsRtx && track.rtxSsrc === undefined)) {
    const what = track === undefined ? "track" : "SSRC for resends";
    throw new FloeError("webrtc/missing-track", `the plan sends on mid ${mid}, and no ${what} is given for it`);
  }
  const { streamId, trackId } = track;
  const ssrcs = needsRtx && track.rtxSsrc !== undefined ? [track.ssrc, track.rtxSsrc] : [track.ssrc];
  return {
    msids: [{ streamId, trackId }],
    ssrcGroups: ssrcs.length > 1 ? [{ semantics: "FID", ssrcs }] : [],
    ssrcAttributes: ssrcs.flatMap((ssrc): SsrcAttribute[] => [
      { ssrc, attribute: "cname", value: track.cname },
      { ssrc, attribute: "msid", value: `${streamId} ${trackId}` },
    ]),
  };
}

function inactiveSection({ offered, mid, format, described }: InactiveSectionPlan, frame: Frame): MediaDescription {
  return {
    ...emptySection(offered, frame),
    formats: [format],
    mid,
    direction: "inactive",
    rtcpMux: true,
    rtcpReducedSize: offered.rtcpReducedSize,
    rtpMaps: described === undefined ? [] : [rtpMapOf(described, offered.kind)],
    formatParameters:
      described === undefined || described.parameters === "" ? [] : [{ format, parameters: described.parameters }],
  };
}

function dataSection({ offered, mid }: DataSectionPlan, frame: Frame, maxMessageSize: number): MediaDescription {
  return { ...emptySection(offered, frame), formats: ["webrtc-datachannel"], mid, sctpPort: 5000, maxMessageSize };
}

function rejectedSection({ offered, mid }: RejectedSectionPlan): MediaDescription {
  const frame: Frame = { transport: { iceOptions: [], fingerprints: [] }, candidates: [] };
  return { ...emptySection(offered, frame), port: 0, ...(mid === undefined ? {} : { mid }), direction: "inactive" };
}

function rtpMapOf(
  format: {
    readonly payloadType: number;
    readonly encodingName: string;
    readonly clockRateHz: number;
    readonly channels: number;
  },
  kind: string,
): RtpMap {
  const { payloadType, encodingName, clockRateHz, channels } = format;
  const hasChannels = kind === "audio" && channels > 1;
  return { payloadType, encodingName, clockRateHz, ...(hasChannels ? { channels } : {}) };
}

function emptySection(offered: MediaDescription, { transport, candidates }: Frame): MediaDescription {
  return {
    kind: offered.kind,
    port: 9,
    protocol: offered.protocol,
    formats: offered.formats.slice(0, 1),
    connection: "IN IP4 0.0.0.0",
    lines: [],
    transport,
    bundleOnly: false,
    rtcpMux: false,
    rtcpReducedSize: false,
    rtpMaps: [],
    formatParameters: [],
    rtcpFeedback: [],
    extensions: [],
    msids: [],
    ssrcGroups: [],
    ssrcAttributes: [],
    candidates,
    endOfCandidates: false,
    attributes: [],
  };
}
