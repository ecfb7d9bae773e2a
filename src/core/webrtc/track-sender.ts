// One viewer's track: follows the shared ring frame by frame, starts on a key frame, paces, resends, reports, and asks
// for a key frame when the viewer needs one. A machine without timers; packets leave through a synchronous port.

import { BurstPacer } from "../rtp/congestion/burst-pacer.js";
import type { MediaAnchor } from "../rtp/media-anchor.js";
import type { PacketRing } from "../rtp/packet-ring.js";
import { ReceiverFeedback } from "../rtp/receiver-feedback.js";
import type { RtcpMessage } from "../rtp/rtcp/rtcp-message.js";
import type { RtpSender, SendPacket } from "../rtp/rtp-sender.js";
import { SenderReporter } from "../rtp/sender-reporter.js";
import { Signal } from "../signal/signal.js";
import { type Micros, milliseconds, type RtpTicks, rtpTicks, seconds, type WallMicros } from "../time/units.js";
import type { PeerLiveness } from "./peer-liveness.js";

/** A cached key frame up to this old is followed by the frames since; an older one by a new key frame. */
const FRESH_KEY_US = milliseconds(500);
/** Without RTCP for this long, a viewer gets no more video: nobody may be there (UDP never says so). */
const STALL_US = seconds(3);
/** The same packet is resent at most once in this time, or in a round trip where that is longer. */
const MIN_RESEND_US = milliseconds(5);

/** What a track is made of. */
export type TrackSenderOptions = {
  readonly kind: "video" | "audio";
  readonly ring: PacketRing;
  readonly rtp: RtpSender;
  readonly anchor: MediaAnchor;
  /** Sends RTCP; the same transport that `rtp` sends on. */
  readonly sendRtcp: SendPacket;
  readonly clockRateHz: number;
  /** Added to every timestamp; random by RFC 3550 5.1. */
  readonly timestampOffset: RtpTicks;
  readonly cname: string;
  readonly wallUs: () => WallMicros;
  /** Shared by all tracks towards this viewer. */
  readonly liveness: PeerLiveness;
  /** Whether the encoder can make a key frame when asked, now. While not, a joiner gets the whole group of pictures. */
  readonly canForceKeyFrame: () => boolean;
};

/** Where a track stands. `stalled`: the viewer has sent no RTCP for 3 s and gets no more video until it does. */
export type TrackSenderState = "idle" | "waiting-for-key" | "sending" | "stalled" | "stopped";

/** Plain numbers for status pages. Undefined where the viewer has not reported yet. */
export type TrackSenderStats = {
  readonly kind: "video" | "audio";
  readonly state: TrackSenderState;
  readonly ssrc: number;
  readonly packets: number;
  readonly octets: number;
  readonly frames: number;
  /** Frames that were passed over because the viewer fell behind or stalled. */
  readonly framesSkipped: number;
  readonly queuedPackets: number;
  readonly nackedPackets: number;
  readonly resent: number;
  /** Asked for when the ring had already overwritten them. */
  readonly tooLate: number;
  readonly refused: number;
  /** Short-lived views made to hand packets to the transport: at most one for each packet that was sent or resent. */
  readonly views: number;
  readonly keyFrameRequests: number;
  readonly roundTripMs: number | undefined;
  readonly fractionLost: number | undefined;
  readonly cumulativeLost: number | undefined;
  readonly estimateBps: number | undefined;
};

/** The sending half of one track towards one viewer. Call `tick` at `deadlineUs`. */
export class TrackSender {
  /** The viewer cannot go on without a key frame. The stream's owner asks the encoder (rate-limited, see KeyFrameGate). */
  readonly keyFrameWanted: Signal<Micros> = new Signal();
  readonly #options: TrackSenderOptions;
  readonly #feedback: ReceiverFeedback;
  readonly #reporter: SenderReporter;
  readonly #pacer: BurstPacer = new BurstPacer();
  /** Resends have a budget of their own, so that a NACK storm cannot turn into a flood. */
  readonly #resendBudget: BurstPacer = new BurstPacer({ burstPackets: 256, packetsPerMs: 2 });
  #state: TrackSenderState = "idle";
  #frame = 0;
  #offset = 0;
  /** First frame that is not to be sent: a stale cached key frame goes out alone, the rest waits for a new one. */
  #endFrame = Number.POSITIVE_INFINITY;
  #pacedUs: Micros | undefined;
  /** When the feedback that is being read came. */
  #feedbackUs: Micros = 0;
  #frames = 0;
  #framesSkipped = 0;
  #tooLate = 0;

  constructor(options: TrackSenderOptions) {
    this.#options = options;
    this.#reporter = new SenderReporter(options.rtp.ssrc, options.cname);
    this.#feedback = new ReceiverFeedback(options.rtp.ssrc, {
      nack: (numbers) => this.#resend(numbers),
      keyFrame: () => this.keyFrameWanted.emit(this.#feedbackUs),
    });
  }

  get state(): TrackSenderState {
    return this.#state;
  }

  /** When `tick` is due next. */
  get deadlineUs(): Micros | undefined {
    const reportUs = this.#reporter.deadlineUs;
    if (this.#pacedUs === undefined || this.#state !== "sending") {
      return reportUs;
    }
    return reportUs === undefined ? this.#pacedUs : Math.min(reportUs, this.#pacedUs);
  }

  /** The transport is open: begin with what the ring has. */
  start(nowUs: Micros): void {
    if (this.#state === "idle") {
      this.#join(nowUs);
    }
  }

  /** The ring has a new frame. */
  frameWritten(nowUs: Micros): void {
    const { ring, kind } = this.#options;
    const newest = ring.frames.next - 1;
    switch (this.#state) {
      case "sending":
        if (kind === "video" && nowUs - (this.#options.liveness.silentSinceUs ?? nowUs) > STALL_US) {
          this.#state = "stalled";
          this.#framesSkipped++;
          return;
        }
        this.#pump(nowUs);
        return;
      case "waiting-for-key":
        if (ring.frames.isKey(newest)) {
          this.#resumeAt(newest, nowUs);
        } else {
          this.#framesSkipped++;
        }
        return;
      case "stalled":
        this.#framesSkipped++;
        return;
      case "idle":
      case "stopped":
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** One RTCP message of the viewer; those about other sources pass by. */
  feedback(message: RtcpMessage, nowUs: Micros): void {
    this.#feedbackUs = nowUs;
    this.#feedback.take(message, nowUs);
  }

  /** The viewer has been heard, by whatever it said: a stalled track goes on. */
  peerHeard(nowUs: Micros): void {
    if (this.#state === "stalled") {
      this.#join(nowUs);
    }
  }

  /** Goes on with paced packets and sends the report when it is due. */
  tick(nowUs: Micros): void {
    if (this.#state === "stopped" || this.#state === "idle") {
      return;
    }
    if (this.#pacedUs !== undefined && nowUs >= this.#pacedUs) {
      this.#pump(nowUs);
    }
    if (this.#reporter.deadlineUs !== undefined && nowUs >= this.#reporter.deadlineUs) {
      const { rtp, sendRtcp, wallUs } = this.#options;
      const { bytes, ntp } = this.#reporter.report(
        nowUs,
        wallUs(),
        this.#timestampNow(nowUs),
        rtp.counters.packets,
        rtp.counters.octets,
      );
      this.#feedback.senderReportSent(ntp, nowUs);
      sendRtcp(bytes);
    }
  }

  /** Says goodbye (RFC 3550 6.6) and sends nothing more. */
  stop(nowUs: Micros): void {
    if (this.#state === "stopped") {
      return;
    }
    if (this.#reporter.deadlineUs !== undefined) {
      const { rtp, sendRtcp, wallUs } = this.#options;
      sendRtcp(this.#reporter.goodbye(wallUs(), this.#timestampNow(nowUs), rtp.counters.packets, rtp.counters.octets));
    }
    this.#state = "stopped";
  }

  stats(): TrackSenderStats {
    const { kind, rtp, ring } = this.#options;
    const { facts, counters } = this.#feedback;
    const queued =
      this.#state === "sending" && this.#frame < ring.frames.next
        ? ring.nextIndex - ring.frames.firstIndex(this.#frame) - this.#offset
        : 0;
    return {
      kind,
      state: this.#state,
      ssrc: rtp.ssrc,
      packets: rtp.counters.packets,
      octets: rtp.counters.octets,
      frames: this.#frames,
      framesSkipped: this.#framesSkipped,
      queuedPackets: queued,
      nackedPackets: counters.nackedPackets,
      resent: rtp.counters.resent,
      tooLate: this.#tooLate,
      refused: rtp.counters.refused,
      views: rtp.counters.views,
      keyFrameRequests: counters.pictureLosses + counters.fullIntraRequests,
      roundTripMs: facts.roundTripUs === undefined ? undefined : facts.roundTripUs / 1000,
      fractionLost: facts.fractionLost,
      cumulativeLost: facts.cumulativeLost,
      estimateBps: facts.estimateBps,
    };
  }

  #join(nowUs: Micros): void {
    const { ring, kind, canForceKeyFrame } = this.#options;
    this.#offset = 0;
    if (kind === "audio") {
      this.#state = "sending";
      this.#frame = ring.frames.next;
      this.#endFrame = Number.POSITIVE_INFINITY;
      return;
    }
    const key = ring.latestKeyFrame;
    // A track that goes on never goes back: what was sent is not sent again under new numbers.
    if (key < this.#frame) {
      this.#state = "waiting-for-key";
      this.keyFrameWanted.emit(nowUs);
      return;
    }
    const ageUs = ring.frames.timeUs(ring.frames.next - 1) - ring.frames.timeUs(key);
    const isStale = canForceKeyFrame() && ageUs > FRESH_KEY_US;
    this.#state = "sending";
    this.#frame = key;
    this.#endFrame = isStale ? key + 1 : Number.POSITIVE_INFINITY;
    if (isStale) {
      this.keyFrameWanted.emit(nowUs);
    }
    this.#pump(nowUs);
  }

  #resumeAt(frame: number, nowUs: Micros): void {
    this.#state = "sending";
    this.#frame = frame;
    this.#offset = 0;
    this.#endFrame = Number.POSITIVE_INFINITY;
    this.#pump(nowUs);
  }

  /** Sends what the pacer lets through, oldest first. */
  #pump(nowUs: Micros): void {
    const { ring, rtp, kind, clockRateHz, timestampOffset, liveness } = this.#options;
    const { frames } = ring;
    this.#pacedUs = undefined;
    while (this.#frame < frames.next) {
      if (this.#frame >= this.#endFrame) {
        this.#afterLoneKey(nowUs);
        return;
      }
      if (this.#frame < frames.oldest || !ring.holds(frames.firstIndex(this.#frame) + this.#offset)) {
        this.#overrun(nowUs);
        return;
      }
      const remaining = frames.packetCount(this.#frame) - this.#offset;
      const granted = kind === "audio" ? remaining : this.#pacer.take(remaining, nowUs);
      if (granted > 0) {
        const timestamp = (timestampOffset + rtpTicks(frames.timeUs(this.#frame), clockRateHz)) >>> 0;
        rtp.sendRun(frames.firstIndex(this.#frame) + this.#offset, granted, timestamp);
        this.#reporter.begin(nowUs);
        liveness.sent(nowUs);
        this.#offset += granted;
      }
      if (granted < remaining) {
        this.#pacedUs = this.#pacer.nextUs(remaining - granted, nowUs);
        return;
      }
      this.#frames++;
      this.#frame++;
      this.#offset = 0;
    }
    if (this.#frame >= this.#endFrame) {
      this.#afterLoneKey(nowUs);
    }
  }

  /** The cached key frame is out; go on at a newer one as soon as there is one. */
  #afterLoneKey(nowUs: Micros): void {
    const key = this.#options.ring.latestKeyFrame;
    if (key >= this.#endFrame) {
      this.#framesSkipped += key - this.#endFrame;
      this.#resumeAt(key, nowUs);
    } else {
      this.#framesSkipped += this.#options.ring.frames.next - this.#frame;
      this.#state = "waiting-for-key";
    }
  }

  /** The ring has overwritten what this viewer still had to get: skip to the next key frame, corrupt nothing. */
  #overrun(nowUs: Micros): void {
    const { frames } = this.#options.ring;
    this.#tooLate++;
    this.#framesSkipped += frames.next - this.#frame;
    if (this.#options.kind === "audio") {
      this.#frame = frames.next;
      this.#offset = 0;
      return;
    }
    this.#state = "waiting-for-key";
    this.keyFrameWanted.emit(nowUs);
  }

  #resend(sequenceNumbers: readonly number[]): void {
    const nowUs = this.#feedbackUs;
    const minIntervalUs = Math.max(MIN_RESEND_US, this.#feedback.facts.roundTripUs ?? 0);
    const granted = this.#resendBudget.take(sequenceNumbers.length, nowUs);
    for (let i = 0; i < granted; i++) {
      if (this.#options.rtp.resend(sequenceNumbers[i], nowUs, minIntervalUs) === "too-late") {
        this.#tooLate++;
      }
    }
  }

  #timestampNow(nowUs: Micros): RtpTicks {
    const { anchor, clockRateHz, timestampOffset } = this.#options;
    return (timestampOffset + rtpTicks(anchor.mediaTimeUs(nowUs) ?? 0, clockRateHz)) >>> 0;
  }
}
