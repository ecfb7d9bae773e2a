// One received media stream: puts its packets in order, asks for those that are missing, says what came, and hands on what is
// whole (RFC 3550 6, RFC 4585, RFC 4588). A machine without timers; packets and RTCP leave through synchronous ports.

import { type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import type { RtcpMessage, SenderReport } from "../rtcp/rtcp-message.js";
import { BitrateEstimate } from "./bitrate-estimate.js";
import type { DatagramRing } from "./datagram-ring.js";
import { KeyFrameRequest } from "./key-frame-request.js";
import type { StreamClock } from "./media-clock.js";
import { SlotState } from "./receive-window.js";
import { ReceiverRtcp } from "./receiver-rtcp.js";
import { ReceptionStatistics } from "./reception-statistics.js";
import { ReorderBuffer } from "./reorder-buffer.js";
import { RoundTrip } from "./round-trip.js";
import {
  earliest,
  type RtpReceiverCounters,
  type RtpReceiverOptions,
  type RtpReceiverReport,
  receiverCounters,
} from "./rtp-receiver-options.js";
import { restoreRtx, rtxSequenceNumber } from "./rtx-restore.js";
import { SEQUENCE_REFUSED, SourceSequence } from "./source-sequence.js";

/** A source is gone when it was silent for this long: another one may take over. */
const SILENT_US: Micros = milliseconds(100);

/**
 * Opened by `RtpIntake.open`, which hands it its packets. Call `tick` at `deadlineUs`.
 *
 * Holds `windowPackets` places of 27 bytes; packets lie in the intake's ring and are lost to who lets `slotCount` datagrams pass. A
 * gap of more than half of the window is not asked for. Nothing that the network brings makes it throw.
 */
export class RtpReceiver {
  readonly counters: RtpReceiverCounters = receiverCounters();
  readonly #options: RtpReceiverOptions;
  readonly #ring: DatagramRing;
  readonly #buffer: ReorderBuffer;
  readonly #sequence: SourceSequence;
  readonly #statistics: ReceptionStatistics;
  readonly #roundTrip: RoundTrip = new RoundTrip();
  readonly #clock: StreamClock;
  readonly #keyFrame: KeyFrameRequest;
  readonly #estimate: BitrateEstimate | undefined;
  readonly #rtcp: ReceiverRtcp;
  readonly #reportUs: Micros;
  readonly #maxAsks: number;
  #ssrc: number | undefined;
  #rtxSsrc: number | undefined;
  #heardUs: Micros = 0;
  #hasSaidBye = false;
  /** A packet that may be the first of a new sequence: its source, number and place. */
  #straySsrc = -1;
  #straySequence = -1;
  #strayIndex = 0;
  #newestTimestamp: RtpTicks | undefined;
  #reportDueUs: Micros | undefined;

  /** @internal */
  constructor(options: RtpReceiverOptions, ring: DatagramRing) {
    const { clockRateHz, windowPackets = 1024, maxAsks = 10 } = options;
    this.#options = options;
    this.#ring = ring;
    this.#maxAsks = maxAsks;
    this.#reportUs = milliseconds(options.reportIntervalMs ?? 1000);
    this.#sequence = new SourceSequence(windowPackets);
    this.#statistics = new ReceptionStatistics(clockRateHz);
    this.#clock = options.clock.stream(clockRateHz);
    this.#buffer = new ReorderBuffer({
      options,
      ring,
      clock: this.#clock,
      roundTrip: this.#roundTrip,
      counters: this.counters,
    });
    this.#keyFrame = new KeyFrameRequest(milliseconds(options.keyFrameIntervalMs ?? 500));
    this.#estimate = options.estimate === undefined ? undefined : new BitrateEstimate(options.estimate);
    this.#rtcp = new ReceiverRtcp(options.localSsrc, options.cname, options.rtcpMode ?? "reduced-size");
    this.#ssrc = options.ssrc;
    this.#rtxSsrc = options.rtx?.ssrc;
  }

  /** The source; undefined before it was heard. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** The source of retransmissions; undefined while none is known. */
  get rtxSsrc(): number | undefined {
    return this.#rtxSsrc;
  }

  /** When `tick` is due; undefined before anything came. */
  get deadlineUs(): Micros | undefined {
    const deadlineUs = earliest(this.#reportDueUs, this.#buffer.releaseUs);
    const askUs = this.#maxAsks > 0 ? this.#buffer.requests.deadlineUs : undefined;
    const keyFrameUs = this.#ssrc === undefined ? undefined : this.#keyFrame.deadlineUs;
    return earliest(earliest(deadlineUs, askUs), earliest(keyFrameUs, this.#estimate?.deadlineUs));
  }

  /** Nothing goes on without a key frame. Asked for at once, unless that was done just before; then again until `keyFrameCame`. */
  requestKeyFrame(nowUs: Micros): void {
    this.#keyFrame.want();
    if (!this.#buffer.isHanding) {
      this.#askForKeyFrame(nowUs);
    }
  }

  /** A key frame is there: it is not asked for any more. */
  keyFrameCame(): void {
    this.#keyFrame.fulfilled();
  }

  /** A round trip that was measured elsewhere (ICE, sender reports of our own). */
  roundTripMeasured(roundTripUs: Micros): void {
    this.#roundTrip.measured(roundTripUs);
  }

  /** What came of the stream's own source, or of one that may become it. @internal */
  take(ssrc: number, sequenceNumber: number, timestamp: RtpTicks, index: number, nowUs: Micros): void {
    let number: number;
    const isSameSource = ssrc === this.#ssrc;
    if (isSameSource) {
      number = this.#sequence.take(sequenceNumber);
    } else if (this.#ssrc === undefined) {
      this.#ssrc = ssrc;
      number = this.#sequence.take(sequenceNumber);
    } else {
      number = this.#takeOver(ssrc, sequenceNumber, nowUs);
    }
    if (number === SEQUENCE_REFUSED) {
      if (ssrc === this.#ssrc) {
        this.counters.strays++;
      } else {
        this.counters.foreign++;
      }
      this.#strayIndex = index;
      this.#straySsrc = ssrc;
      this.#straySequence = sequenceNumber;
      return;
    }
    this.#heardUs = nowUs;
    if (this.#reportDueUs === undefined) {
      this.#begin(number, nowUs);
    } else if (this.#sequence.isRestart) {
      this.#restart(number, sequenceNumber, nowUs);
      if (isSameSource) {
        this.#clock.renumbered(timestamp, nowUs);
      } else {
        this.#clock.restart();
      }
    }
    this.counters.packets++;
    this.#statistics.packet(number, timestamp, nowUs);
    this.#count(index, nowUs);
    if (number === this.#sequence.highest && timestamp !== this.#newestTimestamp) {
      this.#newestTimestamp = timestamp;
      this.#buffer.playout.observe(timestamp, nowUs);
      this.#estimate?.lateness(this.#buffer.playout.latenessUs);
    }
    this.#buffer.place(number, index, nowUs, false);
  }

  /** A retransmission came on a source of its own. @internal */
  takeRtx(ssrc: number, index: number, nowUs: Micros): void {
    const { slots } = this.#ring;
    const sequenceNumber = rtxSequenceNumber(slots, index);
    const number = sequenceNumber < 0 ? SEQUENCE_REFUSED : this.#sequence.locate(sequenceNumber);
    this.#count(index, nowUs);
    if (number === SEQUENCE_REFUSED || this.#ssrc === undefined) {
      this.counters.probes++;
      return;
    }
    if (this.#buffer.window.state(number) === SlotState.missing) {
      // Not before: a probe, or what repeats another layer's packets, says nothing about whose source it is.
      this.#rtxSsrc ??= ssrc;
    }
    this.counters.rtxPackets++;
    if (number >= this.#buffer.window.end) {
      // What the source itself has not sent is not missing: a stray.
      this.counters.strays++;
      return;
    }
    restoreRtx(slots, index, this.#ssrc, this.#options.payloadTypes[0]);
    this.#buffer.place(number, index, nowUs, true);
  }

  /** One RTCP message of the peer; those about other sources pass by. */
  feedback(message: RtcpMessage, nowUs: Micros): void {
    if (message.kind === "sender-report" && message.ssrc === this.#ssrc) {
      this.#senderReport(message, nowUs);
    } else if (message.kind === "goodbye" && this.#ssrc !== undefined && message.ssrcs.includes(this.#ssrc)) {
      this.#hasSaidBye = true;
    }
  }

  /** Hands on, asks and reports what is due. The intake calls it behind each batch. */
  tick(nowUs: Micros): void {
    if (this.#buffer.isHanding) {
      return;
    }
    this.#buffer.release(nowUs);
    if (this.#maxAsks > 0) {
      this.#askForLost(nowUs);
    }
    this.#askForKeyFrame(nowUs);
    if (this.#reportDueUs !== undefined && nowUs >= this.#reportDueUs) {
      this.#report(nowUs);
    }
    this.#tellEstimate(nowUs);
  }

  /** Hands on what is there without waiting for anything: the stream has ended. */
  flush(): void {
    this.#buffer.flush();
  }

  /** A snapshot. */
  report(): RtpReceiverReport {
    const { valueUs } = this.#roundTrip;
    return {
      ...this.counters,
      ssrc: this.#ssrc,
      waiting: this.#buffer.window.end - this.#buffer.window.next,
      missing: this.#buffer.window.missing,
      jitterMs: this.#buffer.playout.jitterUs / 1000,
      delayMs: this.#buffer.playout.delayUs / 1000,
      roundTripMs: valueUs === undefined ? undefined : valueUs / 1000,
      estimateBps: this.#estimate?.bitrateBps,
      clockJumps: this.#clock.clockJumps,
      outOfSyncMs: this.#clock.outOfSyncUs / 1000,
    };
  }

  #count(index: number, nowUs: Micros): void {
    const { slots } = this.#ring;
    const length = slots.payloadLength(index);
    this.counters.payloadBytes += length;
    this.#estimate?.packet(length + slots.headerLength(index), nowUs);
  }

  /** Another source wants to be this stream: it may when ours is gone, and it goes on from the packet before. */
  #takeOver(ssrc: number, sequenceNumber: number, nowUs: Micros): number {
    const isGone = this.#hasSaidBye || nowUs - this.#heardUs >= SILENT_US;
    const goesOn = ssrc === this.#straySsrc && sequenceNumber === ((this.#straySequence + 1) & 0xffff);
    if (this.#options.ssrc !== undefined || !isGone || !goesOn) {
      return SEQUENCE_REFUSED;
    }
    this.#ssrc = ssrc;
    if (this.#options.rtx?.ssrc === undefined) {
      this.#rtxSsrc = undefined;
    }
    return this.#sequence.restart(sequenceNumber);
  }

  #begin(number: number, nowUs: Micros): void {
    this.#buffer.begin(number);
    this.#statistics.begin(number);
    // Early, so that lip sync and round trip are known soon.
    this.#reportDueUs = nowUs + Math.min(this.#reportUs, milliseconds(200));
  }

  /** A new sequence was confirmed by its second packet; the first one is still in its slot. */
  #restart(number: number, sequenceNumber: number, nowUs: Micros): void {
    this.counters.restarts++;
    this.#hasSaidBye = false;
    this.#newestTimestamp = undefined;
    const hasFirst =
      this.#straySsrc === this.#ssrc &&
      this.#straySequence === ((sequenceNumber - 1) & 0xffff) &&
      this.#ring.holds(this.#strayIndex);
    const first = hasFirst ? number - 1 : number;
    this.#buffer.begin(first);
    this.#statistics.begin(first);
    if (hasFirst) {
      this.counters.packets++;
      this.#statistics.packet(first, this.#buffer.timestampOf(this.#strayIndex), nowUs);
      this.#buffer.place(first, this.#strayIndex, nowUs, false);
    }
  }

  #senderReport({ ntp, rtpTimestamp }: SenderReport, nowUs: Micros): void {
    this.counters.senderReports++;
    this.#statistics.senderReport(ntp, nowUs);
    this.#clock.senderReport(ntp, rtpTimestamp);
  }

  #askForLost(nowUs: Micros): void {
    while (this.#ssrc !== undefined) {
      const count = this.#buffer.requests.collect(nowUs);
      if (count === 0) {
        return;
      }
      this.counters.nacks++;
      this.counters.nackedPackets += count;
      this.#send(this.#rtcp.nack(this.#ssrc, this.#buffer.requests.lost, count));
    }
  }

  #askForKeyFrame(nowUs: Micros): void {
    if (this.#ssrc === undefined || !this.#keyFrame.take(nowUs)) {
      return;
    }
    this.counters.keyFrameRequests++;
    this.#send(
      this.#options.keyFrameRequest === "fir"
        ? this.#rtcp.fullIntraRequest(this.#ssrc, this.#keyFrame.sequence)
        : this.#rtcp.pictureLoss(this.#ssrc),
    );
  }

  #report(nowUs: Micros): void {
    const block = this.#ssrc === undefined ? undefined : this.#statistics.block(this.#ssrc, nowUs);
    this.#reportDueUs = nowUs + this.#reportUs;
    this.counters.reports++;
    this.#estimate?.loss((block?.fractionLost ?? 0) / 256);
    this.#send(this.#rtcp.report(block));
  }

  #tellEstimate(nowUs: Micros): void {
    const estimate = this.#estimate;
    if (estimate?.deadlineUs === undefined || nowUs < estimate.deadlineUs || this.#ssrc === undefined) {
      return;
    }
    if (estimate.tick(nowUs) === "longer-way") {
      this.#buffer.playout.rebase();
    }
    this.counters.estimates++;
    this.#send(this.#rtcp.estimate(this.#ssrc, estimate.bitrateBps));
  }

  #send(bytes: Uint8Array): void {
    if (!this.#options.sendRtcp(bytes)) {
      this.counters.refused++;
    }
  }
}
