// One received media stream: puts its packets in order, asks for those that are missing, says what came, and hands on what is
// whole (RFC 3550 6, RFC 4585, RFC 4588). A machine without timers; packets and RTCP leave through synchronous ports.

import { type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import type { RtcpMessage, SenderReport } from "../rtcp/rtcp-message.js";
import { BitrateEstimate } from "./bitrate-estimate.js";
import type { DatagramRing } from "./datagram-ring.js";
import { KeyFrameRequest } from "./key-frame-request.js";
import { LossRequests } from "./loss-requests.js";
import type { StreamClock } from "./media-clock.js";
import { PlayoutDelay } from "./playout-delay.js";
import { ReceiveWindow, SlotState } from "./receive-window.js";
import { ReceivedPacket } from "./received-packet.js";
import { ReceiverRtcp } from "./receiver-rtcp.js";
import { ReceptionStatistics } from "./reception-statistics.js";
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
  readonly #window: ReceiveWindow;
  readonly #sequence: SourceSequence;
  readonly #statistics: ReceptionStatistics;
  readonly #roundTrip: RoundTrip = new RoundTrip();
  readonly #requests: LossRequests;
  readonly #playout: PlayoutDelay;
  readonly #clock: StreamClock;
  readonly #keyFrame: KeyFrameRequest;
  readonly #estimate: BitrateEstimate | undefined;
  readonly #rtcp: ReceiverRtcp;
  readonly #handed: ReceivedPacket;
  readonly #reportUs: Micros;
  readonly #maxAsks: number;
  readonly #isPaced: boolean;
  #ssrc: number | undefined;
  #rtxSsrc: number | undefined;
  #heardUs: Micros = 0;
  #hasSaidBye = false;
  /** A packet that may be the first of a new sequence: its source, number and place. */
  #straySsrc = -1;
  #straySequence = -1;
  #strayIndex = 0;
  #newestTimestamp: RtpTicks | undefined;
  #missing = 0;
  #isRestart = true;
  #isHanding = false;
  #releaseUs: Micros | undefined;
  #reportDueUs: Micros | undefined;

  /** @internal */
  constructor(options: RtpReceiverOptions, ring: DatagramRing) {
    const { clockRateHz, windowPackets = 1024, maxAsks = 10, recoveryMs = 500 } = options;
    this.#options = options;
    this.#ring = ring;
    this.#maxAsks = maxAsks;
    this.#reportUs = milliseconds(options.reportIntervalMs ?? 1000);
    this.#isPaced = options.playout === "paced";
    this.#window = new ReceiveWindow(windowPackets);
    this.#sequence = new SourceSequence(windowPackets);
    this.#statistics = new ReceptionStatistics(clockRateHz);
    this.#requests = new LossRequests(this.#window, this.#roundTrip, {
      recoveryUs: milliseconds(recoveryMs),
      maxAsks,
      answers: options.rtx === undefined ? "alike" : "apart",
    });
    this.#playout = new PlayoutDelay(clockRateHz, options);
    this.#clock = options.clock.stream(clockRateHz);
    this.#keyFrame = new KeyFrameRequest(milliseconds(options.keyFrameIntervalMs ?? 500));
    this.#estimate = options.estimate === undefined ? undefined : new BitrateEstimate(options.estimate);
    this.#rtcp = new ReceiverRtcp(options.localSsrc, options.cname, options.rtcpMode ?? "reduced-size");
    this.#handed = new ReceivedPacket(ring.slots);
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
    const deadlineUs = earliest(this.#reportDueUs, this.#releaseUs);
    const askUs = this.#maxAsks > 0 ? this.#requests.deadlineUs : undefined;
    const keyFrameUs = this.#ssrc === undefined ? undefined : this.#keyFrame.deadlineUs;
    return earliest(earliest(deadlineUs, askUs), earliest(keyFrameUs, this.#estimate?.deadlineUs));
  }

  /** Nothing goes on without a key frame. Asked for at once, unless that was done just before; then again until `keyFrameCame`. */
  requestKeyFrame(nowUs: Micros): void {
    this.#keyFrame.want();
    if (!this.#isHanding) {
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
    if (ssrc === this.#ssrc) {
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
    }
    this.counters.packets++;
    this.#statistics.packet(number, timestamp, nowUs);
    this.#count(index, nowUs);
    if (number === this.#sequence.highest && timestamp !== this.#newestTimestamp) {
      this.#newestTimestamp = timestamp;
      this.#playout.observe(timestamp, nowUs);
      this.#estimate?.lateness(this.#playout.latenessUs);
    }
    this.#place(number, index, nowUs, false);
  }

  /** A retransmission came on a source of its own. @internal */
  takeRtx(ssrc: number, index: number, nowUs: Micros): void {
    const { slots } = this.#ring;
    const sequenceNumber = rtxSequenceNumber(slots, index);
    this.#rtxSsrc ??= ssrc;
    const number = sequenceNumber < 0 ? SEQUENCE_REFUSED : this.#sequence.locate(sequenceNumber);
    this.#count(index, nowUs);
    if (number === SEQUENCE_REFUSED || this.#ssrc === undefined || ssrc !== this.#rtxSsrc) {
      this.counters.probes++;
      return;
    }
    this.counters.rtxPackets++;
    if (number >= this.#window.end) {
      // What the source itself has not sent is not missing: a stray.
      this.counters.strays++;
      return;
    }
    restoreRtx(slots, index, this.#ssrc, this.#options.payloadTypes[0]);
    this.#place(number, index, nowUs, true);
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
    if (this.#isHanding) {
      return;
    }
    this.#release(nowUs);
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
    while (this.#window.next < this.#window.end) {
      this.#passNext();
    }
    this.#releaseUs = undefined;
  }

  /** A snapshot. */
  report(): RtpReceiverReport {
    const { valueUs } = this.#roundTrip;
    return {
      ...this.counters,
      ssrc: this.#ssrc,
      waiting: this.#window.end - this.#window.next,
      missing: this.#window.missing,
      jitterMs: this.#playout.jitterUs / 1000,
      delayMs: this.#playout.delayUs / 1000,
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
    this.#window.reset(number);
    this.#statistics.begin(number);
    // Early, so that lip sync and round trip are known soon.
    this.#reportDueUs = nowUs + Math.min(this.#reportUs, milliseconds(200));
  }

  /** A new sequence was confirmed by its second packet; the first one is still in its slot. */
  #restart(number: number, sequenceNumber: number, nowUs: Micros): void {
    this.flush();
    this.counters.restarts++;
    this.#hasSaidBye = false;
    this.#isRestart = true;
    this.#missing = 0;
    this.#newestTimestamp = undefined;
    this.#playout.reset();
    const hasFirst =
      this.#straySsrc === this.#ssrc &&
      this.#straySequence === ((sequenceNumber - 1) & 0xffff) &&
      this.#ring.holds(this.#strayIndex);
    const first = hasFirst ? number - 1 : number;
    this.#window.reset(first);
    this.#statistics.begin(first);
    this.#clock.restart();
    if (hasFirst) {
      this.counters.packets++;
      this.#statistics.packet(first, this.#timestampOf(this.#strayIndex), nowUs);
      this.#window.put(first, this.#strayIndex, nowUs);
    }
  }

  #place(number: number, index: number, nowUs: Micros, isRtx: boolean): void {
    const window = this.#window;
    if (number < window.end) {
      const state = number < window.next || window.state(number) !== SlotState.missing ? window.state(number) : -1;
      if (state >= 0) {
        this.#refuse(state);
        return;
      }
      this.#repaired(number, nowUs, isRtx);
    } else if (number - window.end > window.capacity / 2) {
      this.flush();
      this.counters.lost += number - window.end;
      this.#missing += number - window.end;
      window.skipTo(number);
    } else {
      while (number - window.next >= window.capacity) {
        this.#passNext();
      }
    }
    const { missing } = window;
    window.put(number, index, nowUs);
    if (window.missing > missing) {
      this.#requests.noticed(nowUs);
    }
  }

  #refuse(state: number): void {
    if (state === SlotState.lost || state === SlotState.none) {
      this.counters.late++;
    } else {
      this.counters.duplicates++;
    }
  }

  /** A missing packet is here: what does that tell about the way? */
  #repaired(number: number, nowUs: Micros, isRtx: boolean): void {
    const window = this.#window;
    const askedForUs = nowUs - window.askedUs(number);
    if (!isRtx) {
      this.#requests.arrived(number, nowUs);
    }
    if (window.asks(number) === 0 || this.#isPaced) {
      this.#playout.observeOvertaken(nowUs - window.sinceUs(number));
    }
    // Karn: of two requests nobody knows which one was answered. What has no stream of its own may have been on its way.
    if (window.asks(number) === 1 && (isRtx || (this.#options.rtx === undefined && askedForUs >= 5000))) {
      this.#roundTrip.measured(askedForUs);
    }
  }

  /** Hands on, in order, what need not wait any more. */
  #release(nowUs: Micros): void {
    const window = this.#window;
    this.#releaseUs = undefined;
    while (window.next < window.end) {
      const dueUs = this.#dueUs(nowUs);
      if (dueUs > nowUs) {
        this.#releaseUs = dueUs;
        return;
      }
      this.#passNext();
    }
  }

  /** When the number whose turn it is may be handed on, or is given up. */
  #dueUs(nowUs: Micros): Micros {
    const window = this.#window;
    const { next } = window;
    if (window.state(next) === SlotState.here) {
      return this.#isPaced ? this.#playout.dueUs(this.#timestampOf(window.index(next)), nowUs) : nowUs;
    }
    if (this.#isPaced) {
      let behind = next + 1;
      while (window.state(behind) !== SlotState.here) {
        behind++;
      }
      return this.#playout.dueUs(this.#timestampOf(window.index(behind)), nowUs);
    }
    return this.#maxAsks > 0 ? this.#requests.giveUpUs(next) : window.sinceUs(next) + this.#playout.delayUs;
  }

  /** Hands on the number whose turn it is, or gives it up. */
  #passNext(): void {
    const window = this.#window;
    const { next } = window;
    const index = window.index(next);
    if (window.state(next) !== SlotState.here) {
      this.#giveUp();
    } else if (this.#ring.holds(index)) {
      this.#hand(next, index);
      window.pass(SlotState.handed);
    } else {
      this.counters.overrun++;
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.counters.lost++;
    this.#missing++;
    this.#window.pass(SlotState.lost);
  }

  #hand(number: number, index: number): void {
    const packet = this.#handed;
    packet.sequence = number;
    packet.index = index;
    packet.timestamp = this.#timestampOf(index);
    packet.arrivalUs = this.#window.sinceUs(number);
    packet.timeUs = this.#clock.timeUs(packet.timestamp, packet.arrivalUs);
    packet.missing = this.#missing;
    packet.isRestart = this.#isRestart;
    packet.isRepaired = this.#window.isRepaired(number);
    this.#missing = 0;
    this.#isRestart = false;
    this.counters.handed++;
    this.counters.repaired += packet.isRepaired ? 1 : 0;
    this.#isHanding = true;
    try {
      this.#options.packet(packet);
    } finally {
      this.#isHanding = false;
    }
  }

  #timestampOf(index: number): RtpTicks {
    const { slots } = this.#ring;
    return slots.memory.view.getUint32(slots.payloadAddress(index) - slots.headerLength(index) + 4);
  }

  #senderReport({ ntp, rtpTimestamp }: SenderReport, nowUs: Micros): void {
    this.counters.senderReports++;
    this.#statistics.senderReport(ntp, nowUs);
    this.#clock.senderReport(ntp, rtpTimestamp);
  }

  #askForLost(nowUs: Micros): void {
    while (this.#ssrc !== undefined) {
      const count = this.#requests.collect(nowUs);
      if (count === 0) {
        return;
      }
      this.counters.nacks++;
      this.counters.nackedPackets += count;
      this.#send(this.#rtcp.nack(this.#ssrc, this.#requests.lost, count));
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
      this.#playout.rebase();
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
