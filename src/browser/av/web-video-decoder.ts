// Stage: H.264 access units (Annex B) to raw pictures through WebCodecs, with a bounded number in flight. Garbage from a network
// does not end it: it begins anew at the next key frame.
import type { FloeError } from "../../core/error/floe-error.js";
import { visitLeadingNalUnits } from "../../core/payload/h264/leading-nal-units.js";
import { NalType, nalType } from "../../core/payload/h264/nal-unit.js";
import { h264CodecString } from "../../core/payload/h264/sps.js";
import { Signal } from "../../core/signal/signal.js";
import { requireCodec } from "../../core/stages/rtp-output.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import {
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame as VideoFrameKind,
  type VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { codecError, requireWebCodecs } from "./codec-error.js";
import { WebVideoFrame } from "./web-video-frame.js";

/** Bounds of the decoder. */
export type WebVideoDecoderOptions = {
  /** Access units that may wait in the decoder; beyond it they are dropped up to the next key frame. Default 16. */
  readonly maxInFlight?: number;
};

/** What the decoder did. */
export type WebVideoDecoderCounters = {
  decoded: number;
  /** Access units that found too many in flight, or had no key frame in front. */
  dropped: number;
  /** Times that the browser gave up on what it was given. */
  errors: number;
  /** Configurations: one, and one more for each other profile or level, and for each error. */
  opened: number;
};

/** A deferred stage: emits `WebVideoFrame` in order, given away. `stop` waits for all that came. */
export class WebVideoDecoder implements Processor<EncodedVideoPacket, VideoFramePacket> {
  readonly name = "video-decoder";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  readonly emits: readonly PacketKind<VideoFramePacket>[] = [VideoFrameKind];
  /** The browser has no such decoder (`codec/unsupported`); the next `process` throws the same error. */
  readonly failed: Signal<FloeError> = new Signal();
  /** Nothing is decoded before a key frame comes. */
  readonly keyFrameNeeded: Signal = new Signal();
  readonly counters: WebVideoDecoderCounters = { decoded: 0, dropped: 0, errors: 0, opened: 0 };
  readonly #maxInFlight: number;
  #decoder: VideoDecoder | undefined;
  #codec = "";
  #awaitsKey = true;
  #emit: Emit<VideoFramePacket> = () => {};
  #error: FloeError | undefined;

  constructor({ maxInFlight = 16 }: WebVideoDecoderOptions = {}) {
    this.#maxInFlight = maxInFlight;
  }

  /** Takes one access unit. Throws `codec/no-webcodecs`, `stage/codec`, and what broke the decoder, if something did. */
  process(packet: EncodedVideoPacket, emit: Emit<VideoFramePacket>): void {
    const { codec, isKey, timeUs, durationUs } = packet;
    requireCodec(this.name, "h264", codec);
    if (this.#error !== undefined) {
      throw this.#error;
    }
    this.#emit = emit;
    const data = wholeOf(packet);
    if (isKey) {
      this.#open(data);
    }
    const decoder = this.#decoder;
    if (decoder === undefined || (this.#awaitsKey && !isKey)) {
      this.counters.dropped++;
      return;
    }
    if (decoder.decodeQueueSize >= this.#maxInFlight) {
      this.counters.dropped++;
      this.#awaitKey();
      return;
    }
    this.#awaitsKey = false;
    const type = isKey ? "key" : "delta";
    try {
      decoder.decode(new EncodedVideoChunk({ type, timestamp: timeUs, duration: durationUs, data }));
    } catch {
      // What calls itself a key frame and is none is refused at once; the decoder stays as it was.
      this.counters.errors++;
      this.#awaitKey();
    }
  }

  async stop(): Promise<void> {
    // What goes wrong meanwhile has been counted.
    await this.#decoder?.flush().catch(() => {});
    // A decoder that was flushed wants a key frame.
    this.#awaitsKey = true;
  }

  close(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined && decoder.state !== "closed") {
      decoder.close();
    }
  }

  /** Configures a decoder for the key frame if there is none that fits. */
  #open(data: Uint8Array): void {
    let codec = this.#codec;
    visitLeadingNalUnits(data, (nal) => {
      codec = nalType(nal[0]) === NalType.sps ? h264CodecString(nal) : codec;
    });
    if (codec === "" || (this.#decoder !== undefined && codec === this.#codec)) {
      return;
    }
    requireWebCodecs();
    this.#codec = codec;
    this.counters.opened++;
    if (this.#decoder === undefined) {
      const decoder: VideoDecoder = new VideoDecoder({
        output: (frame) => this.#handOn(frame),
        error: (cause) => this.#fail(decoder, cause),
      });
      this.#decoder = decoder;
    }
    this.#decoder.configure({ codec, optimizeForLatency: true });
  }

  #handOn(frame: VideoFrame): void {
    this.counters.decoded++;
    this.#emit(new WebVideoFrame(frame));
  }

  #fail(decoder: VideoDecoder, cause: unknown): void {
    if (decoder !== this.#decoder) {
      return;
    }
    // A decoder that has failed is closed.
    this.#decoder = undefined;
    this.counters.errors++;
    const error = codecError(`decode ${this.#codec}`, cause);
    if (error.code === "codec/unsupported") {
      this.#error = error;
      this.failed.emit(error);
    } else {
      this.#awaitKey();
    }
  }

  #awaitKey(): void {
    if (!this.#awaitsKey) {
      this.#awaitsKey = true;
      this.keyFrameNeeded.emit(undefined);
    }
  }
}

/** The picture with its parameter sets in front, in memory of its own where need be: WebCodecs refuses shared memory. */
function wholeOf({ data, parameterSets }: EncodedVideoPacket): Uint8Array<ArrayBuffer> {
  if (parameterSets !== undefined) {
    const whole = new Uint8Array(parameterSets.length + data.length);
    whole.set(parameterSets);
    whole.set(data, parameterSets.length);
    return whole;
  }
  return data.buffer instanceof ArrayBuffer ? (data as Uint8Array<ArrayBuffer>) : data.slice();
}
