// The sending half of a stage: one encoded stream through a packet ring, numbered and stamped by the kernels.
import { FloeError } from "../error/floe-error.js";
import type { Arena } from "../kernel/arena.js";
import type { Kernels } from "../kernel/kernel.js";
import { RtpStamper } from "../kernel/rtp-stamp.js";
import type { SlotRing } from "../kernel/slot-ring.js";
import { PacketRing } from "../rtp/packet-ring.js";
import type { PayloadWriter } from "../rtp/payload-writer.js";
import { RtpSender } from "../rtp/rtp-sender.js";
import { type MediaMicros, type RtpTicks, rtpTicks } from "../time/units.js";

/** Who an RTP stream is, and where its packets are made. */
export type RtpOutputOptions = {
  /** Those of `arena`. */
  readonly kernels: Kernels;
  /** Where the stage takes its memory from, once, at construction. */
  readonly arena: Arena;
  /** 32 bits. Random by RFC 3550 8, from an `Entropy`. */
  readonly ssrc: number;
  /** 0..127. */
  readonly payloadType?: number;
  /** 0..65535. Random by RFC 3550 5.1 on a network that others see; default 0. */
  readonly firstSequenceNumber?: number;
  /** The RTP timestamp of media time 0. Random as well; default 0. */
  readonly timestampOffset?: RtpTicks;
};

/** What came of the frames. */
export type RtpOutputCounters = {
  /** Frames that became packets. */
  frames: number;
  packets: number;
  /** Frames over a limit of the stage. */
  dropped: number;
};

/** Frames in, RTP packets out. */
export class RtpOutput {
  readonly counters: RtpOutputCounters = { frames: 0, packets: 0, dropped: 0 };
  readonly #ring: PacketRing;
  readonly #writer: PayloadWriter;
  readonly #sender: RtpSender;
  readonly #clockRateHz: number;
  readonly #offset: RtpTicks;
  #send: (packet: Uint8Array) => void = () => {};

  constructor(
    options: RtpOutputOptions & { readonly payloadType: number },
    codec: { readonly slots: SlotRing; readonly writer: PayloadWriter; readonly clockRateHz: number },
  ) {
    const { kernels, arena, ssrc, payloadType, firstSequenceNumber = 0, timestampOffset = 0 } = options;
    this.#ring = new PacketRing(codec.slots);
    this.#writer = codec.writer;
    this.#clockRateHz = codec.clockRateHz;
    this.#offset = timestampOffset;
    this.#sender = new RtpSender({
      ring: this.#ring,
      stamper: new RtpStamper({ kernels, arena }),
      send: (packet) => {
        this.#send(packet);
        return true;
      },
      ssrc,
      payloadType,
      firstSequenceNumber,
      // A stage resends nothing.
      historyPackets: 1,
    });
  }

  /**
   * Gives the packets of one frame, and of what belongs in front of it, to `send`, each valid until `send` returns. A frame
   * over a limit is dropped and counted.
   */
  write(data: Uint8Array, timeUs: MediaMicros, send: (packet: Uint8Array) => void, inFront?: Uint8Array): void {
    const firstIndex = this.#ring.nextIndex;
    let packetCount: number;
    let isKey: boolean;
    try {
      ({ packetCount, isKey } = this.#writer.write(data, firstIndex, inFront));
    } catch (error) {
      if (!(error instanceof FloeError)) {
        throw error;
      }
      this.counters.dropped++;
      return;
    }
    if (packetCount === 0) {
      return;
    }
    this.#ring.commit(packetCount, timeUs, isKey);
    this.counters.frames++;
    this.counters.packets += packetCount;
    this.#send = send;
    this.#sender.sendRun(firstIndex, packetCount, (rtpTicks(timeUs, this.#clockRateHz) + this.#offset) >>> 0);
  }
}

/** Throws FloeError `stage/codec` for media of another codec than the stage's. */
export function requireCodec(stage: string, wanted: string, codec: string): void {
  if (codec !== wanted) {
    throw new FloeError("stage/codec", `${stage} takes ${wanted} and was given ${codec}`, {
      fix: "Put the stage of that codec in its place, or encode to what it takes.",
    });
  }
}
