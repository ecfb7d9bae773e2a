// A session description as data (RFC 8866) with the attributes that WebRTC speaks (RFC 8829, "JSEP") typed.
// What a description says and nobody typed stays in `attributes` and `lines`, in order.
import type { MediaDirection } from "./media-direction.js";

/** The `o=` line (RFC 8866 5.2). Ids are strings: they may be larger than a safe integer. */
export type Origin = {
  readonly username: string;
  /** Digits. */
  readonly sessionId: string;
  /** Digits; grows with each new description of the same session. */
  readonly sessionVersion: string;
  /** Network type, address type and address: `IN IP4 127.0.0.1`. */
  readonly address: string;
};

/** An attribute that has no field of its own: `a=name` or `a=name:value`. */
export type Attribute = { readonly name: string; readonly value?: string };

/** A line that is no attribute and has no field of its own: `b=AS:500`. */
export type TypedLine = { readonly type: string; readonly value: string };

/** A certificate's fingerprint (RFC 8122). */
export type Fingerprint = {
  /** `sha-256` and its like, lower case. */
  readonly algorithm: string;
  /** Upper-case hexadecimal bytes with colons between. */
  readonly value: string;
};

/** Who opens the DTLS association (RFC 4145 4, RFC 8842 5.3). */
export type DtlsSetup = "active" | "passive" | "actpass" | "holdconn";

/** ICE and DTLS attributes; they may stand at the session and be overridden at a media section. */
export type TransportAttributes = {
  readonly iceUfrag?: string;
  readonly icePwd?: string;
  /** `trickle`, `renomination` … ; empty when there is no such line. */
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: DtlsSetup;
};

/** Sections that belong together: `a=group:BUNDLE 0 1` (RFC 5888, RFC 9143). */
export type MediaGroup = { readonly semantics: string; readonly mids: readonly string[] };

/** What a payload type stands for: `a=rtpmap` (RFC 8866 6.6). */
export type RtpMap = {
  /** 0..127. */
  readonly payloadType: number;
  /** `H264`, `opus`; to be compared without regard to case. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  /** Audio channels where they are written; absent means 1. */
  readonly channels?: number;
};

/** Parameters of a format: `a=fmtp` (RFC 8866 6.15). See `parseFormatParameters`. */
export type FormatParameters = { readonly format: string; readonly parameters: string };

/** RTCP feedback a receiver can make use of: `a=rtcp-fb` (RFC 4585 4.2). */
export type RtcpFeedback = {
  /** A payload type, or "*" for all of the section. */
  readonly format: string;
  /** `nack`, `nack pli`, `ccm fir`, `goog-remb`, `transport-cc`. */
  readonly feedback: string;
};

/** An RTP header extension by its URI: `a=extmap` (RFC 8285 5). */
export type ExtensionMap = {
  /** 1..255 on the wire, 4096..4351 while it is only proposed. */
  readonly id: number;
  readonly direction?: MediaDirection;
  readonly uri: string;
  readonly parameters?: string;
};

/** The stream and track a section's media belongs to: `a=msid` (RFC 8830). */
export type MediaStreamId = {
  /** "-" when the track is in no stream. */
  readonly streamId: string;
  readonly trackId?: string;
};

/** A fact about one SSRC: `a=ssrc:1 cname:x` (RFC 5576). */
export type SsrcAttribute = { readonly ssrc: number; readonly attribute: string; readonly value?: string };

/** SSRCs that belong together: `a=ssrc-group:FID 1 2` (RFC 5576 4.2). */
export type SsrcGroup = { readonly semantics: string; readonly ssrcs: readonly number[] };

/** One `m=` section. Lists are empty, not absent, when there is no such line. */
export type MediaDescription = {
  /** `video`, `audio`, `application`, or whatever the peer made up. */
  readonly kind: string;
  /** 0..65535; 0 rejects the section, unless it is `bundleOnly`. */
  readonly port: number;
  /** How many ports follow each other (`m=audio 49170/2 …`); WebRTC has no use for it. */
  readonly portCount?: number;
  /** `UDP/TLS/RTP/SAVPF`, `UDP/DTLS/SCTP`. */
  readonly protocol: string;
  /** Payload types, or `webrtc-datachannel`; in order of preference, at least one. */
  readonly formats: readonly string[];
  /** The `c=` line's value: `IN IP4 0.0.0.0`. */
  readonly connection?: string;
  /** Other lines than c= and a=. */
  readonly lines: readonly TypedLine[];
  readonly mid?: string;
  readonly direction?: MediaDirection;
  readonly transport: TransportAttributes;
  readonly bundleOnly: boolean;
  readonly rtcpMux: boolean;
  readonly rtcpReducedSize: boolean;
  readonly rtpMaps: readonly RtpMap[];
  readonly formatParameters: readonly FormatParameters[];
  readonly rtcpFeedback: readonly RtcpFeedback[];
  readonly extensions: readonly ExtensionMap[];
  readonly msids: readonly MediaStreamId[];
  readonly ssrcGroups: readonly SsrcGroup[];
  readonly ssrcAttributes: readonly SsrcAttribute[];
  /** 1..65535 (RFC 8841 5). */
  readonly sctpPort?: number;
  /** Bytes; 0 = no limit (RFC 8841 6). */
  readonly maxMessageSize?: number;
  /** Candidate lines without "a=": `candidate:1 1 udp …` (RFC 8839 5.1). */
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
  readonly attributes: readonly Attribute[];
};

/** A whole description: what stands before the first `m=`, and the media sections. */
export type SessionDescription = {
  readonly origin: Origin;
  /** The `s=` line; "-" when the session has no name. */
  readonly name: string;
  readonly connection?: string;
  /** Other lines than v=, o=, s=, c= and a=; the `t=` line among them. */
  readonly lines: readonly TypedLine[];
  readonly groups: readonly MediaGroup[];
  readonly direction?: MediaDirection;
  readonly transport: TransportAttributes;
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
};
