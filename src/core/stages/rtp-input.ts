// The receiving half of a stage: which packets of one RTP stream it uses, what is missing between them, and when they were
// made. Nothing that comes from the network throws.
import { WireError } from "../error/floe-error.js";
import { RtpPacket } from "../rtp/rtp-packet.js";
import { RtpTimeline } from "../rtp/rtp-timeline.js";
import { SequenceGate, SequenceVerdict } from "../rtp/sequence-gate.js";
import type { MediaMicros, RtpTicks } from "../time/units.js";

/** Which RTP stream a stage takes. */
export type RtpInputOptions = {
  /** 0..127: packets of other types are counted and dropped. Absent: any. */
  readonly payloadType?: number;
  /** Packets of other sources are counted and dropped. Absent: the one that is heard; another one begins a new stream. */
  readonly ssrc?: number;
  /**
   * `timestamps` (default): the first packet's time, and the others' by their timestamps. `packets`: each packet's own, for packets
   * of an `RtpReceiver`, whose times are in sync with the sender's other streams, and whose jumps are confirmed.
   */
  readonly times?: "timestamps" | "packets";
};

/** What came in. */
export type RtpInputCounters = {
  /** Packets used. */
  packets: number;
  /** Packets that were not there when the one behind them came. One that comes after all is `refused` then. */
  missing: number;
  /** Late packets, copies, strays. */
  refused: number;
  /** Not RTP, or cut short. */
  malformed: number;
  /** Other payload types and sources. */
  foreign: number;
  /** Packets without a payload: a sender's probes. */
  padding: number;
  /** New sequences: the source changed, or its numbers jumped. */
  restarts: number;
};

/** Packets of one RTP stream, in order. */
export class RtpInput {
  readonly counters: RtpInputCounters = {
    packets: 0,
    missing: 0,
    refused: 0,
    malformed: 0,
    foreign: 0,
    padding: 0,
    restarts: 0,
  };
  /** Packets missing in front of the one that `take` answered last. */
  missing = 0;
  /** Whether that one began a new sequence. */
  isRestart = false;
  /** When it was made. */
  timeUs: MediaMicros = 0;
  readonly #payloadType: number | undefined;
  readonly #ssrc: number | undefined;
  readonly #gate: SequenceGate;
  readonly #timeline: RtpTimeline;
  readonly #times: "timestamps" | "packets";
  #heardSsrc: number | undefined;
  /** What the packets that were passed over since the last one used have to tell: they have sequence numbers too. */
  #owed = 0;
  #owesRestart = false;

  constructor({ payloadType, ssrc, times = "timestamps" }: RtpInputOptions, clockRateHz: number) {
    this.#times = times;
    this.#gate = new SequenceGate(times === "packets" ? "believed" : "confirmed");
    this.#payloadType = payloadType;
    this.#ssrc = ssrc;
    this.#timeline = new RtpTimeline(clockRateHz);
  }

  /**
   * The packet if it is to be used: a view over `data`. The first packet of a sequence was made at `packetUs`; the others at
   * times that their timestamps tell.
   */
  take(data: Uint8Array, packetUs: MediaMicros): RtpPacket | undefined {
    const packet = this.#parse(data);
    if (packet === undefined) {
      this.counters.malformed++;
      return undefined;
    }
    if (!this.#isOurs(packet)) {
      this.counters.foreign++;
      return undefined;
    }
    const verdict = this.#gate.take(packet.sequenceNumber);
    if (verdict === SequenceVerdict.refused) {
      this.counters.refused++;
      return undefined;
    }
    this.#owed += Math.max(0, verdict);
    this.#owesRestart ||= verdict === SequenceVerdict.restarted;
    if (this.#isOtherType(packet)) {
      this.counters.foreign++;
      return undefined;
    }
    if (packet.headerLengthBytes + packet.paddingLengthBytes === data.length) {
      this.counters.padding++;
      return undefined;
    }
    this.#accept(packet.timestamp, packetUs);
    return packet;
  }

  #isOurs(packet: RtpPacket): boolean {
    const { ssrc } = packet;
    if (ssrc === this.#heardSsrc) {
      return true;
    }
    if ((this.#ssrc !== undefined && ssrc !== this.#ssrc) || this.#isOtherType(packet)) {
      return false;
    }
    this.#owesRestart = this.#heardSsrc !== undefined;
    this.#heardSsrc = ssrc;
    this.#owed = 0;
    this.#gate.reset();
    return true;
  }

  #isOtherType({ payloadType }: RtpPacket): boolean {
    return this.#payloadType !== undefined && payloadType !== this.#payloadType;
  }

  #accept(timestamp: RtpTicks, packetUs: MediaMicros): void {
    this.missing = this.#owed;
    this.isRestart = this.#owesRestart;
    this.#owed = 0;
    this.#owesRestart = false;
    this.counters.packets++;
    this.counters.missing += this.missing;
    if (this.isRestart) {
      this.counters.restarts++;
      this.#timeline.reset();
    }
    this.timeUs = this.#times === "packets" ? packetUs : this.#timeline.timeUs(timestamp, packetUs);
  }

  #parse(data: Uint8Array): RtpPacket | undefined {
    try {
      return RtpPacket.parse(data);
    } catch (error) {
      if (error instanceof WireError) {
        return undefined;
      }
      throw error;
    }
  }
}
