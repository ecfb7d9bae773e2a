// Stage: RTP packets to H.264 access units (RFC 6184), in order of their sequence numbers. A jitter buffer, where there is one,
// stands in front: what comes out of order here is late, and its picture lost.
import { WireError } from "../error/floe-error.js";
import { H264Assembler, type H264AssemblerOptions, type PictureDropReason } from "../payload/h264/h264-assembler.js";
import type { H264DepacketizerCounters } from "../payload/h264/h264-depacketizer.js";
import { H264_CLOCK_RATE_HZ } from "../payload/h264/h264-payload-writer.js";
import { h264CodecString, parseSps } from "../payload/h264/sps.js";
import { Signal } from "../signal/signal.js";
import type { Emit, Processor } from "../stream/adapter.js";
import { PlainEncodedVideo } from "../stream/encoded-packet.js";
import { EncodedVideo, type EncodedVideoPacket } from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import type { MediaMicros } from "../time/units.js";
import { RtpInput, type RtpInputCounters, type RtpInputOptions } from "./rtp-input.js";
import { RtpVideo, type RtpVideoPacket } from "./rtp-media.js";

/** Which stream the stage takes, and what it does after a loss. */
export type RtpToH264Options = RtpInputOptions & Omit<H264AssemblerOptions, "receiver">;

/** A picture of which something came, but which was not handed on. */
export type DroppedPicture = { readonly timeUs: MediaMicros; readonly reason: PictureDropReason };

/** What key frames from here on look like. */
export type H264Format = {
  /** Pixels, as shown. */
  readonly width: number;
  readonly height: number;
  /** As WebCodecs and MIME types name it: `avc1.42e01f` (RFC 6381 3.3). */
  readonly codec: string;
};

/** What a depacketizing stage has seen. */
export type RtpToH264Counters = {
  readonly rtp: Readonly<RtpInputCounters>;
  readonly nalUnits: Readonly<H264DepacketizerCounters>;
  /** Pictures handed on. */
  readonly pictures: number;
  readonly keyFrames: number;
  /** Pictures dropped, by reason. */
  readonly dropped: Readonly<Record<PictureDropReason, number>>;
};

/**
 * Emits whole access units (Annex B, parameter sets in front of key frames) within the call, lent. After a loss the picture
 * stands still until a key frame comes, unless `afterLoss` says otherwise; nothing that the network brings makes it throw.
 */
export class RtpToH264 implements Processor<RtpVideoPacket, EncodedVideoPacket> {
  readonly name = "rtp-to-h264";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<RtpVideoPacket>[] = [RtpVideo];
  readonly emits: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  /** A picture was not handed on. */
  readonly pictureDropped: Signal<DroppedPicture> = new Signal();
  /**
   * The sender should make a key frame (PLI, RFC 4585 6.3.1): nothing goes on without. Told when the pictures end, for each key
   * frame that is lost since, and every 500 ms of media time.
   */
  readonly keyFrameNeeded: Signal = new Signal();
  /** The first key frame, or one of another size or profile, is about to be emitted. */
  readonly formatChanged: Signal<H264Format> = new Signal();
  readonly #input: RtpInput;
  readonly #assembler: H264Assembler;
  readonly #dropped: Record<PictureDropReason, number> = {
    incomplete: 0,
    "awaiting-key": 0,
    "no-parameter-sets": 0,
    oversized: 0,
  };
  #pictures = 0;
  #keyFrames = 0;
  #emit: Emit<EncodedVideoPacket> = () => {};
  #sps: Uint8Array | undefined;
  #format: H264Format | undefined;

  constructor(options: RtpToH264Options = {}) {
    this.#input = new RtpInput(options, H264_CLOCK_RATE_HZ);
    this.#assembler = new H264Assembler({
      ...options,
      receiver: {
        accessUnit: (data, unitUs, isKey) => this.#handOn(data, unitUs, isKey),
        pictureDropped: (unitUs, reason) => this.#drop(unitUs, reason),
        keyFrameNeeded: () => this.keyFrameNeeded.emit(undefined),
      },
    });
  }

  /** A snapshot. */
  get counters(): RtpToH264Counters {
    return {
      rtp: { ...this.#input.counters },
      nalUnits: { ...this.#assembler.counters },
      pictures: this.#pictures,
      keyFrames: this.#keyFrames,
      dropped: { ...this.#dropped },
    };
  }

  /** Takes note of an SPS or PPS that a session description brings (sprop-parameter-sets), header byte included. */
  rememberParameterSet(nalUnit: Uint8Array): void {
    this.#assembler.parameterSets.remember(nalUnit);
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

  /** Gives up the access unit that is under way: whether it is whole cannot be known any more. */
  stop(): void {
    this.#assembler.flush();
  }

  #handOn(data: Uint8Array, timeUs: MediaMicros, isKey: boolean): void {
    this.#pictures++;
    if (isKey) {
      this.#keyFrames++;
      this.#tellFormat();
    }
    this.#emit(new PlainEncodedVideo({ codec: "h264", data, isKey, timeUs }));
  }

  #drop(timeUs: MediaMicros, reason: PictureDropReason): void {
    this.#dropped[reason]++;
    this.pictureDropped.emit({ timeUs, reason });
  }

  #tellFormat(): void {
    const sps = this.#assembler.parameterSets.newestSps;
    if (sps === undefined || sps === this.#sps) {
      return;
    }
    this.#sps = sps;
    const format = formatOf(sps);
    const { width, height, codec } = this.#format ?? {};
    if (format !== undefined && (format.width !== width || format.height !== height || format.codec !== codec)) {
      this.#format = format;
      this.formatChanged.emit(format);
    }
  }
}

function formatOf(sps: Uint8Array): H264Format | undefined {
  try {
    const { width, height } = parseSps(sps);
    return { width, height, codec: h264CodecString(sps) };
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}
