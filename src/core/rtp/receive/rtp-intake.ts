// Where all datagrams of a transport come in: copied into one ring, parsed a batch at a time by one kernel call, and told apart by
// source and payload type (RFC 3550 5.1, RFC 5761 4, RFC 8843 9.2). A machine without timers.
import { WireError } from "../../error/floe-error.js";
import type { KernelSide } from "../../kernel/bind-kernel.js";
import { SlotRing } from "../../kernel/slot-ring.js";
import type { Micros } from "../../time/units.js";
import { RtpBatchParser } from "../batch/rtp-batch-parser.js";
import { RtpStatus } from "../batch/rtp-record.js";
import type { RtcpMessage } from "../rtcp/rtcp-message.js";
import { parseRtcp } from "../rtcp/rtcp-parse.js";
import type { SendPacket } from "../rtp-sender.js";
import { DatagramRing } from "./datagram-ring.js";
import { RtpReceiver } from "./rtp-receiver.js";
import { earliest, type RtpReceiverOptions } from "./rtp-receiver-options.js";
import { TransportFeedback } from "./transport-feedback.js";

/** Bounds of an intake. */
export interface RtpIntakeOptions extends KernelSide {
  /** The ring's name in the arena's map. Default `received`. */
  readonly name?: string;
  /** Datagrams that are held: a power of two. Costs 2064 bytes each. Default 2048. */
  readonly slotCount?: number;
  /** Told every RTCP message of the peer, behind the receivers: sending halves listen here. */
  readonly rtcp?: (message: RtcpMessage, nowUs: Micros) => void;
  /** Tells the sender when each packet came (transport-cc). Absent: nothing is told, and nothing must promise it in an answer. */
  readonly transportFeedback?: {
    /** The negotiated id of the header extension, 1..255. */
    readonly extensionId: number;
    readonly localSsrc: number;
    readonly sendRtcp: SendPacket;
    /** Between two messages. Default 100 ms. */
    readonly intervalUs?: Micros;
  };
}

/** Counters that only grow. */
export type RtpIntakeCounters = {
  datagrams: number;
  rtp: number;
  rtcp: number;
  /** Neither RTP nor RTCP, or cut short. */
  malformed: number;
  /** Larger than 1920 bytes. */
  oversized: number;
  /** RTP of sources and types that no receiver takes. */
  foreign: number;
};

const TRANSPORT_COLUMN = 0;

/** Call `tick` at `deadlineUs`. Nothing that the network brings makes it throw. */
export class RtpIntake {
  readonly counters: RtpIntakeCounters = { datagrams: 0, rtp: 0, rtcp: 0, malformed: 0, oversized: 0, foreign: 0 };
  readonly #ring: DatagramRing;
  readonly #parser: RtpBatchParser;
  readonly #maxBatch: number;
  readonly #rtcp: ((message: RtcpMessage, nowUs: Micros) => void) | undefined;
  readonly #receivers: { readonly receiver: RtpReceiver; readonly options: RtpReceiverOptions }[] = [];
  readonly #transport: RtpIntakeOptions["transportFeedback"];
  readonly #feedback: TransportFeedback | undefined;
  #mediaSsrc = 0;

  /** Throws `kernel/arena-full`, and what the parser and the ring throw for options that cannot be. */
  constructor({ kernels, arena, name = "received", slotCount = 2048, rtcp, transportFeedback }: RtpIntakeOptions) {
    const slots = new SlotRing(arena, { name, slotCount });
    this.#ring = new DatagramRing(slots);
    this.#maxBatch = Math.min(64, slotCount);
    this.#parser = new RtpBatchParser({ kernels, arena, ring: slots, maxBatch: this.#maxBatch });
    this.#rtcp = rtcp;
    this.#transport = transportFeedback;
    if (transportFeedback !== undefined) {
      this.#parser.setColumn(transportFeedback.extensionId, TRANSPORT_COLUMN);
      this.#feedback = new TransportFeedback(transportFeedback.intervalUs);
    }
  }

  /** Opens a receiver for one stream of this transport. Sources that are named go before payload types. */
  open(options: RtpReceiverOptions): RtpReceiver {
    const receiver = new RtpReceiver(options, this.#ring);
    this.#receivers.push({ receiver, options });
    return receiver;
  }

  /** Takes no more packets for a receiver. What it holds can still be had by `flush`. */
  remove(receiver: RtpReceiver): void {
    const at = this.#receivers.findIndex((one) => one.receiver === receiver);
    if (at >= 0) {
      this.#receivers.splice(at, 1);
    }
  }

  /** When `tick` is due; undefined while nothing is. */
  get deadlineUs(): Micros | undefined {
    let deadlineUs = this.#feedback?.deadlineUs;
    for (const { receiver } of this.#receivers) {
      deadlineUs = earliest(deadlineUs, receiver.deadlineUs);
    }
    return deadlineUs;
  }

  /** Takes datagrams that came at `nowUs`, in order; they are free again on return. What can be handed on is, within the call. */
  receive(datagrams: readonly Uint8Array[], nowUs: Micros): void {
    for (let at = 0; at < datagrams.length; ) {
      at = this.#takeBatch(datagrams, at, nowUs);
    }
    this.tick(nowUs);
  }

  /** Does what is due. */
  tick(nowUs: Micros): void {
    for (const { receiver } of this.#receivers) {
      receiver.tick(nowUs);
    }
    if (this.#feedback === undefined || this.#transport === undefined) {
      return;
    }
    const { localSsrc, sendRtcp } = this.#transport;
    for (;;) {
      const message = this.#feedback.take(nowUs, localSsrc, this.#mediaSsrc);
      if (message === undefined) {
        return;
      }
      sendRtcp(message);
    }
  }

  /** Takes as many from `first` on as one parse takes; answers where it ended. */
  #takeBatch(datagrams: readonly Uint8Array[], first: number, nowUs: Micros): number {
    const firstIndex = this.#ring.nextIndex;
    let at = first;
    let count = 0;
    for (; at < datagrams.length && count < this.#maxBatch; at++) {
      this.counters.datagrams++;
      if (this.#ring.take(datagrams[at])) {
        count++;
      } else {
        this.counters.oversized++;
      }
    }
    this.#parser.parse(firstIndex, count);
    for (let i = 0; i < count; i++) {
      const status = this.#parser.status(i);
      if (status === RtpStatus.rtp) {
        this.#takeRtp(i, firstIndex + i, nowUs);
      } else if (status === RtpStatus.rtcp) {
        this.#takeRtcp(firstIndex + i, nowUs);
      } else {
        this.counters.malformed++;
      }
    }
    return at;
  }

  #takeRtp(i: number, index: number, nowUs: Micros): void {
    const parser = this.#parser;
    const ssrc = parser.ssrc(i);
    this.counters.rtp++;
    if (this.#feedback !== undefined) {
      const address = parser.extensionAddress(i, TRANSPORT_COLUMN);
      if (address !== 0) {
        this.#mediaSsrc = ssrc;
        this.#feedback.packet(parser.ring.memory.view.getUint16(address), nowUs);
      }
    }
    for (const { receiver } of this.#receivers) {
      if (receiver.ssrc === ssrc) {
        receiver.take(ssrc, parser.sequenceNumber(i), parser.timestamp(i), index, nowUs);
        return;
      }
      if (receiver.rtxSsrc === ssrc) {
        receiver.takeRtx(ssrc, index, nowUs);
        return;
      }
    }
    this.#takeByType(ssrc, i, index, nowUs);
  }

  /** A source that no receiver knows: the first that takes its payload type gets it. */
  #takeByType(ssrc: number, i: number, index: number, nowUs: Micros): void {
    const payloadType = this.#parser.payloadType(i);
    for (const { receiver, options } of this.#receivers) {
      if (options.ssrc === undefined && options.payloadTypes.includes(payloadType)) {
        receiver.take(ssrc, this.#parser.sequenceNumber(i), this.#parser.timestamp(i), index, nowUs);
        return;
      }
      if (options.rtx?.payloadType === payloadType && receiver.rtxSsrc === undefined) {
        receiver.takeRtx(ssrc, index, nowUs);
        return;
      }
    }
    this.counters.foreign++;
  }

  #takeRtcp(index: number, nowUs: Micros): void {
    let messages: readonly RtcpMessage[];
    try {
      messages = parseRtcp(this.#ring.slots.payload(index));
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.counters.malformed++;
      return;
    }
    this.counters.rtcp++;
    for (const message of messages) {
      for (const { receiver } of this.#receivers) {
        receiver.feedback(message, nowUs);
      }
      this.#rtcp?.(message, nowUs);
    }
  }
}
