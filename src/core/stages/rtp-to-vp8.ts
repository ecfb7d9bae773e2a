// Stage: RTP packets to VP8 pictures (RFC 7741), in order of their sequence numbers. A jitter buffer, where there is one, stands in
// front: what comes out of order here is late, and its picture lost.
import {
  VP8_CLOCK_RATE_HZ,
  Vp8Assembler,
  type Vp8AssemblerOptions,
  type Vp8DropReason,
} from "../payload/vp8/vp8-assembler.js";
import type { Vp8Size } from "../payload/vp8/vp8-frame-header.js";
import { Signal } from "../signal/signal.js";
import type { Emit, Processor } from "../stream/adapter.js";
import { PlainEncodedVideo } from "../stream/encoded-packet.js";
import { EncodedVideo, type EncodedVideoPacket } from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import type { MediaMicros } from "../time/units.js";
import { RtpInput, type RtpInputCounters, type RtpInputOptions } from "./rtp-input.js";
import { RtpVideo, type RtpVideoPacket } from "./rtp-media.js";

/** Which stream the stage takes, and its bound. */
export type RtpToVp8Options = RtpInputOptions & Omit<Vp8AssemblerOptions, "receiver">;

/** A picture of which something came, but which was not handed on. */
export type DroppedVp8Picture = { readonly timeUs: MediaMicros; readonly reason: Vp8DropReason };

/** What a depacketizing stage has seen. */
export type RtpToVp8Counters = {
  readonly rtp: Readonly<RtpInputCounters>;
  /** Payloads without a whole descriptor. */
  readonly malformed: number;
  /** Pictures handed on. */
  readonly pictures: number;
  readonly keyFrames: number;
  /** Pictures dropped, by reason. */
  readonly dropped: Readonly<Record<Vp8DropReason, number>>;
};

/**
 * Emits whole pictures within the call, lent. After a loss the picture stands still until a key frame comes; the loss of a picture
 * that says that no other needs it leaves no trace. Nothing that the network brings makes it throw.
 */
export class RtpToVp8 implements Processor<RtpVideoPacket, EncodedVideoPacket> {
  readonly name = "rtp-to-vp8";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<RtpVideoPacket>[] = [RtpVideo];
  readonly emits: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  /** A picture was not handed on. */
  readonly pictureDropped: Signal<DroppedVp8Picture> = new Signal();
  /**
   * The sender should make a key frame (PLI, RFC 4585 6.3.1): nothing goes on without. Told when the pictures end, and every 500 ms
   * of media time.
   */
  readonly keyFrameNeeded: Signal = new Signal();
  /** The first key frame, or one of another size, is about to be emitted. */
  readonly formatChanged: Signal<Vp8Size> = new Signal();
  readonly #input: RtpInput;
  readonly #assembler: Vp8Assembler;
  readonly #dropped: Record<Vp8DropReason, number> = { incomplete: 0, "awaiting-key": 0, malformed: 0, oversized: 0 };
  #pictures = 0;
  #keyFrames = 0;
  #emit: Emit<EncodedVideoPacket> = () => {};
  #size: Vp8Size = { width: 0, height: 0 };

  constructor(options: RtpToVp8Options = {}) {
    this.#input = new RtpInput(options, VP8_CLOCK_RATE_HZ);
    this.#assembler = new Vp8Assembler({
      ...options,
      receiver: {
        picture: (data, timeUs, size) => this.#handOn(data, timeUs, size),
        pictureDropped: (timeUs, reason) => {
          this.#dropped[reason]++;
          this.pictureDropped.emit({ timeUs, reason });
        },
        keyFrameNeeded: () => this.keyFrameNeeded.emit(undefined),
      },
    });
  }

  /** A snapshot. */
  get counters(): RtpToVp8Counters {
    return {
      rtp: { ...this.#input.counters },
      malformed: this.#assembler.counters.malformed,
      pictures: this.#pictures,
      keyFrames: this.#keyFrames,
      dropped: { ...this.#dropped },
    };
  }

  process({ data, timeUs }: RtpVideoPacket, emit: Emit<EncodedVideoPacket>): void {
    const packet = this.#input.take(data, timeUs);
    if (packet === undefined) {
      return;
    }
    this.#emit = emit;
    if (this.#input.isRestart) {
      this.#assembler.restart();
    }
    this.#assembler.add(packet.payload, packet.timestamp, this.#input.timeUs, packet.marker, this.#input.missing);
  }

  /** Gives up the picture that is under way: whether it is whole cannot be known any more. */
  stop(): void {
    this.#assembler.flush();
  }

  #handOn(data: Uint8Array, timeUs: MediaMicros, size: Vp8Size | undefined): void {
    this.#pictures++;
    if (size !== undefined) {
      this.#keyFrames++;
      if (size.width !== this.#size.width || size.height !== this.#size.height) {
        this.#size = size;
        this.formatChanged.emit(size);
      }
    }
    this.#emit(new PlainEncodedVideo({ codec: "vp8", data, isKey: size !== undefined, timeUs }));
  }
}
