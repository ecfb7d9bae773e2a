// One viewer's RTP stream over a shared ring: numbers, stamps and sends packets, and resends what was lost
// (RFC 3550 5.1, RFC 4585 6.2.1), on a stream of its own where that was agreed (RFC 4588). It writes no payload byte: what
// stands in front goes into the slot's headroom right before the synchronous send.
import { FloeError } from "../error/floe-error.js";
import type { Region } from "../kernel/arena.js";
import { MAX_EXTENSION_BYTES, type RtpStamper } from "../kernel/rtp-stamp.js";
import type { Micros, RtpTicks } from "../time/units.js";
import type { PacketRing } from "./packet-ring.js";
import { SentPackets } from "./sent-packets.js";

/** Takes one whole packet, valid during the call only; false when it could not be sent. */
export type SendPacket = (packet: Uint8Array) => boolean;

/** Who the stream is and where it goes. */
export type RtpSenderOptions = {
  readonly ring: PacketRing;
  readonly stamper: RtpStamper;
  readonly send: SendPacket;
  readonly ssrc: number;
  readonly payloadType: number;
  /** 0..65535; random by RFC 3550 5.1. */
  readonly firstSequenceNumber: number;
  /** A header extension block in the arena that every packet carries (RFC 8285): at most 116 bytes, 112 with `rtx`. */
  readonly extension?: Region | undefined;
  /** How many packets can be resent: a power of two. */
  readonly historyPackets?: number;
  /** The stream on which packets are resent (RFC 4588). Absent: on their own, with their own numbers. */
  readonly rtx?: RtxStream | undefined;
};

/** A stream of retransmissions, as it was negotiated: its payload type is one of its own (`apt`), and its source (`FID`). */
export type RtxStream = {
  readonly ssrc: number;
  readonly payloadType: number;
  /** 0..65535; random by RFC 3550 5.1. */
  readonly firstSequenceNumber: number;
};

/** In front of a resent payload: the number that the packet had (RFC 4588 4). */
const OSN_BYTES = 2;

/** What became of a request to resend. */
export type ResendResult = "resent" | "too-soon" | "too-late" | "unknown" | "refused";

/**
 * Counters that only grow. `octets` are payload bytes, as sender reports count them; `views` are the short-lived views made
 * for sending, at most one a packet.
 */
export type RtpSenderCounters = { packets: number; octets: number; refused: number; resent: number; views: number };

/** Per-viewer RTP state. Two viewers of one ring share nothing but the slots. */
export class RtpSender {
  readonly ssrc: number;
  readonly counters: RtpSenderCounters = { packets: 0, octets: 0, refused: 0, resent: 0, views: 0 };
  readonly #ring: PacketRing;
  readonly #stamper: RtpStamper;
  readonly #send: SendPacket;
  readonly #payloadType: number;
  readonly #extensionAddress: number;
  readonly #extensionBytes: number;
  readonly #sent: SentPackets;
  readonly #rtx: RtxStream | undefined;
  #sequenceNumber: number;
  #rtxSequenceNumber: number;

  constructor(options: RtpSenderOptions) {
    this.ssrc = options.ssrc;
    this.#ring = options.ring;
    this.#stamper = options.stamper;
    this.#send = options.send;
    this.#payloadType = options.payloadType;
    this.#extensionAddress = options.extension?.address ?? 0;
    this.#extensionBytes = options.extension?.lengthBytes ?? 0;
    this.#sequenceNumber = options.firstSequenceNumber & 0xffff;
    this.#sent = new SentPackets(options.historyPackets ?? 1024);
    if (options.rtx !== undefined && this.#extensionBytes > MAX_EXTENSION_BYTES - OSN_BYTES) {
      throw new FloeError("rtp/stamp-range", `an extension block of ${this.#extensionBytes} bytes leaves RTX no room`);
    }
    this.#rtx = options.rtx;
    this.#rtxSequenceNumber = (options.rtx?.firstSequenceNumber ?? 0) & 0xffff;
  }

  /** The sequence number that the next packet will get. */
  get nextSequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /** Sends `count` packets of the ring from `firstIndex` on, all of one frame. The caller knows that they are there. */
  sendRun(firstIndex: number, count: number, timestamp: RtpTicks): void {
    this.#stamp(firstIndex, count, this.#sequenceNumber, timestamp);
    for (let index = firstIndex; index < firstIndex + count; index++) {
      // Remembered even when it could not be sent: the receiver sees the gap and asks for it.
      this.#sent.add(this.#sequenceNumber, index, timestamp);
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
      if (this.#sendSlot(index)) {
        this.counters.packets++;
        this.counters.octets += this.#ring.slots.payloadLength(index);
      } else {
        this.counters.refused++;
      }
    }
  }

  /** Sends a packet once more with its own number, unless that was done less than `minIntervalUs` ago. */
  resend(sequenceNumber: number, nowUs: Micros, minIntervalUs: Micros): ResendResult {
    const index = this.#sent.indexOf(sequenceNumber);
    if (index < 0) {
      return "unknown";
    }
    if (!this.#ring.holds(index)) {
      return "too-late";
    }
    if (nowUs - this.#sent.resentUs(sequenceNumber) < minIntervalUs) {
      return "too-soon";
    }
    const timestamp = this.#sent.timestampOf(sequenceNumber);
    this.#sent.markResent(sequenceNumber, nowUs);
    if (
      !(this.#rtx === undefined
        ? this.#resendAsSent(index, sequenceNumber, timestamp)
        : this.#resendByRtx(index, sequenceNumber, timestamp, this.#rtx))
    ) {
      return "refused";
    }
    this.counters.resent++;
    return "resent";
  }

  #resendAsSent(index: number, sequenceNumber: number, timestamp: RtpTicks): boolean {
    this.#stamp(index, 1, sequenceNumber, timestamp);
    return this.#sendSlot(index);
  }

  #resendByRtx(index: number, sequenceNumber: number, timestamp: RtpTicks, { ssrc, payloadType }: RtxStream): boolean {
    const { slots } = this.#ring;
    // The payload begins with the number for as long as the packet is being sent; other viewers find it as it was.
    slots.movePayloadStart(index, -OSN_BYTES);
    slots.memory.view.setUint16(slots.payloadAddress(index), sequenceNumber);
    try {
      this.#stamp(index, 1, this.#rtxSequenceNumber, timestamp, ssrc, payloadType);
      this.#rtxSequenceNumber = (this.#rtxSequenceNumber + 1) & 0xffff;
      return this.#sendSlot(index);
    } finally {
      slots.movePayloadStart(index, OSN_BYTES);
    }
  }

  #stamp(
    firstIndex: number,
    count: number,
    sequenceNumber: number,
    timestamp: RtpTicks,
    ssrc: number = this.ssrc,
    payloadType: number = this.#payloadType,
  ): void {
    this.#stamper.stampBatch(
      this.#ring.slots,
      firstIndex,
      count,
      ssrc,
      sequenceNumber,
      timestamp,
      payloadType,
      this.#extensionAddress,
      this.#extensionBytes,
    );
  }

  #sendSlot(index: number): boolean {
    this.counters.views++;
    return this.#send(this.#ring.slots.packet(index));
  }
}
