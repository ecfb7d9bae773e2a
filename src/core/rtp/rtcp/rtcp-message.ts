// The RTCP messages that Floe speaks, as plain values (RFC 3550 6, RFC 4585 6, RFC 5104 4.3, draft-alvestrand-rmcat-remb).
import type { NtpTime } from "../../time/ntp.js";
import type { RtpTicks } from "../../time/units.js";

/** RTCP packet types (RFC 3550 12.1, RFC 4585 6.1). */
export const RTCP_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  application: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** What a receiver says about one source (RFC 3550 6.4.1). */
export type ReportBlock = {
  readonly ssrc: number;
  /** Share lost since the last report, 0..255 of 256. */
  readonly fractionLost: number;
  /** Lost in all; negative when duplicates outnumber losses. */
  readonly cumulativeLost: number;
  /** Highest sequence number received, extended by its count of wraps. */
  readonly highestSequenceNumber: number;
  /** In timestamp units. */
  readonly interarrivalJitter: RtpTicks;
  /** The middle 32 bits of the last sender report's NTP time; 0 when there was none. */
  readonly lastSenderReport: number;
  /** Time since that report arrived, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
};

/** What a sender says about itself (RFC 3550 6.4.1). */
export type SenderReport = {
  readonly kind: "sender-report";
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly rtpTimestamp: RtpTicks;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
};

/** One message of a compound RTCP packet. Types that Floe does not use come as `other`. */
export type RtcpMessage =
  | SenderReport
  | { readonly kind: "receiver-report"; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | {
      readonly kind: "source-description";
      readonly chunks: readonly { readonly ssrc: number; readonly cname: string }[];
    }
  | { readonly kind: "goodbye"; readonly ssrcs: readonly number[] }
  | { readonly kind: "nack"; readonly senderSsrc: number; readonly mediaSsrc: number; readonly lost: readonly number[] }
  | { readonly kind: "picture-loss"; readonly senderSsrc: number; readonly mediaSsrc: number }
  | {
      readonly kind: "full-intra-request";
      readonly senderSsrc: number;
      readonly entries: readonly { readonly ssrc: number; readonly sequence: number }[];
    }
  | {
      readonly kind: "receiver-estimate";
      readonly senderSsrc: number;
      readonly bitrateBps: number;
      readonly ssrcs: readonly number[];
    }
  | { readonly kind: "other"; readonly type: number; readonly count: number };
