// What one receiver tells the sender of one SSRC: loss, round trip, wanted retransmissions and key frames, read from
// RTCP (RFC 3550 6.4, RFC 4585 6, RFC 5104 4.3, REMB).
import { type NtpTime, ntpMiddle, ntpShortToMicros } from "../time/ntp.js";
import type { Micros } from "../time/units.js";
import type { ReportBlock, RtcpMessage } from "./rtcp/rtcp-message.js";

/** What the receiver asks for; called while RTCP is being read. */
export type FeedbackHandler = {
  nack(sequenceNumbers: readonly number[]): void;
  keyFrame(): void;
};

/** How many of our own sender reports are remembered for the round trip. */
const REMEMBERED_REPORTS = 8;

/** The newest facts. Undefined means that the receiver has not said. */
export type ReceiverFacts = {
  /** 0..1 of the packets since the report before. */
  fractionLost: number | undefined;
  cumulativeLost: number | undefined;
  interarrivalJitterTicks: number | undefined;
  roundTripUs: Micros | undefined;
  /** REMB, bits a second. */
  estimateBps: number | undefined;
  lastReportUs: Micros | undefined;
};

/** Reads feedback for one SSRC. Messages about other sources pass by. */
export class ReceiverFeedback {
  readonly facts: ReceiverFacts = {
    fractionLost: undefined,
    cumulativeLost: undefined,
    interarrivalJitterTicks: undefined,
    roundTripUs: undefined,
    estimateBps: undefined,
    lastReportUs: undefined,
  };
  readonly counters = { reports: 0, nacks: 0, nackedPackets: 0, pictureLosses: 0, fullIntraRequests: 0, estimates: 0 };
  readonly #ssrc: number;
  readonly #handler: FeedbackHandler;
  readonly #sentReports: { readonly middle: number; readonly sentUs: Micros }[] = [];
  #lastFirSequence: number | undefined;

  constructor(ssrc: number, handler: FeedbackHandler) {
    this.#ssrc = ssrc;
    this.#handler = handler;
  }

  /** A sender report with this NTP time went out; the receiver will name it in LSR. */
  senderReportSent(ntp: NtpTime, nowUs: Micros): void {
    this.#sentReports.push({ middle: ntpMiddle(ntp), sentUs: nowUs });
    if (this.#sentReports.length > REMEMBERED_REPORTS) {
      this.#sentReports.shift();
    }
  }

  /** Takes one parsed message. True when it was about our source. */
  take(message: RtcpMessage, nowUs: Micros): boolean {
    switch (message.kind) {
      case "sender-report":
      case "receiver-report": {
        const block = message.reports.find((report) => report.ssrc === this.#ssrc);
        if (block !== undefined) {
          this.#takeReport(block, nowUs);
        }
        return block !== undefined;
      }
      case "nack":
        if (message.mediaSsrc === this.#ssrc) {
          this.counters.nacks++;
          this.counters.nackedPackets += message.lost.length;
          this.#handler.nack(message.lost);
        }
        return message.mediaSsrc === this.#ssrc;
      case "picture-loss":
        if (message.mediaSsrc === this.#ssrc) {
          this.counters.pictureLosses++;
          this.#handler.keyFrame();
        }
        return message.mediaSsrc === this.#ssrc;
      case "full-intra-request":
        return this.#takeFir(message.entries);
      case "receiver-estimate":
        if (message.ssrcs.includes(this.#ssrc)) {
          this.counters.estimates++;
          this.facts.estimateBps = message.bitrateBps;
        }
        return message.ssrcs.includes(this.#ssrc);
      default:
        return false;
    }
  }

  #takeReport(block: ReportBlock, nowUs: Micros): void {
    this.counters.reports++;
    this.facts.fractionLost = block.fractionLost / 256;
    this.facts.cumulativeLost = block.cumulativeLost;
    this.facts.interarrivalJitterTicks = block.interarrivalJitter;
    this.facts.lastReportUs = nowUs;
    // Measured on our monotonic clock, so that a step of the wall clock cannot spoil it.
    const sent = this.#sentReports.find((report) => report.middle === block.lastSenderReport);
    if (block.lastSenderReport !== 0 && sent !== undefined) {
      this.facts.roundTripUs = Math.max(0, nowUs - sent.sentUs - ntpShortToMicros(block.delaySinceLastSenderReport));
    }
  }

  /** A FIR with the same sequence number is a repetition of the same wish (RFC 5104 4.3.1.2). */
  #takeFir(entries: readonly { readonly ssrc: number; readonly sequence: number }[]): boolean {
    const entry = entries.find((candidate) => candidate.ssrc === this.#ssrc);
    if (entry !== undefined && entry.sequence !== this.#lastFirSequence) {
      this.#lastFirSequence = entry.sequence;
      this.counters.fullIntraRequests++;
      this.#handler.keyFrame();
    }
    return entry !== undefined;
  }
}
