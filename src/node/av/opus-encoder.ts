// Raw sound to Opus frames of exactly 20 ms, on a gapless timeline of its own samples. Synchronous: a frame costs a
// tenth of a millisecond, less than a hop to another thread.
import type { CodecContext, Frame } from "node-av/lib";
import { AudioAligner } from "../../core/media/audio-aligner.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { Micros } from "../../core/time/units.js";
import { AudioConverter } from "./audio-converter.js";
import { checkAv } from "./av-error.js";
import { FramePool } from "./frame-pool.js";
import { allocatePacket, freePacket } from "./live-handles.js";
import { NativeEncodedAudio } from "./native-encoded.js";
import { closeOpusContext, OPUS_FRAME_SAMPLES, OPUS_RATE_HZ, openOpusContext } from "./opus-context.js";

/** Options of the encoder; the defaults are the house's. */
export type OpusEncoderOptions = {
  /** Bits per second. Default 128 kb/s. */
  readonly bitrateBps?: number;
  /** Default 2. */
  readonly channels?: 1 | 2;
};

/** What the encoder did. */
export type OpusEncoderCounters = {
  readonly encoded: number;
  /** Holes filled with silence, overlaps cut, and jumps of the input's timeline. */
  readonly repairs: number;
};

const FRAME_US: Micros = (OPUS_FRAME_SAMPLES * 1_000_000) / OPUS_RATE_HZ;

/** What is being collected: a frame's floats, and how many samples of a channel are in it. */
type Collecting = { readonly frame: Frame; readonly floats: Float32Array; count: number };

/**
 * Emits within the call, packets that are lent. Times come from a sample counter that is anchored to the first input
 * and follows the input's clock: jitter is ignored, drift is worked off by resampling, holes become silence.
 */
export class OpusEncoder implements Processor<AudioFramePacket, EncodedAudioPacket> {
  readonly name = "opus-encoder";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<AudioFramePacket>[] = [AudioFrame];
  readonly emits: readonly PacketKind<EncodedAudioPacket>[] = [EncodedAudio];
  readonly #bitrateBps: number;
  readonly #channels: 1 | 2;
  readonly #converter: AudioConverter;
  readonly #aligner: AudioAligner = new AudioAligner({ sampleRateHz: OPUS_RATE_HZ });
  readonly #pool: FramePool<Float32Array>;
  #context: CodecContext | undefined;
  #collecting: Collecting | undefined;
  /** Samples encoded since the counter's anchor, and since the context was opened. */
  #sinceAnchor = 0;
  #sinceOpen = 0;
  #emit: Emit<EncodedAudioPacket> = () => {};
  #encoded = 0;

  constructor({ bitrateBps = 128_000, channels = 2 }: OpusEncoderOptions = {}) {
    this.#bitrateBps = bitrateBps;
    this.#channels = channels;
    this.#converter = new AudioConverter({ sampleRateHz: OPUS_RATE_HZ, channels });
    this.#pool = new FramePool({
      shape: { kind: "audio", sampleRateHz: OPUS_RATE_HZ, channels, sampleCount: OPUS_FRAME_SAMPLES },
      maxFrames: 4,
      remember: (frame) => {
        const [bytes] = frame.data as Buffer[];
        return new Float32Array(bytes.buffer, bytes.byteOffset, OPUS_FRAME_SAMPLES * channels);
      },
    });
  }

  get counters(): OpusEncoderCounters {
    return { encoded: this.#encoded, repairs: this.#aligner.repairs };
  }

  /** Takes a run of sound of any length and format. FFmpeg must be loaded. */
  process(packet: AudioFramePacket, emit: Emit<EncodedAudioPacket>): void {
    this.#emit = emit;
    // What the resampler holds back was heard before this packet, and is not counted yet.
    const timeUs = packet.timeUs - this.#converter.delayUs;
    const alignment = this.#aligner.align(timeUs);
    const samples = this.#converter.convert(packet, this.#aligner.slewSamples);
    switch (alignment.kind) {
      case "append":
        this.#append(samples);
        break;
      case "fill":
        this.#appendSilence(alignment.sampleCount);
        this.#append(samples);
        break;
      case "drop":
        this.#append(samples.subarray(alignment.sampleCount * this.#channels));
        break;
      case "restart":
        this.#finishFrame();
        this.#aligner.restartAt(timeUs);
        this.#sinceAnchor = 0;
        this.#append(samples);
        break;
      default:
        alignment satisfies never;
    }
  }

  /** Encodes what is collected, filled up with silence, and what Opus still holds. The next sound starts anew. */
  stop(): void {
    try {
      this.#append(this.#converter.flush());
      this.#finishFrame();
      if (this.#context !== undefined) {
        checkAv(this.#context.sendFrameSync(null), "ending Opus");
        this.#emitReady(this.#context);
      }
    } finally {
      this.#freeContext();
    }
  }

  /** Frees the encoder; what is collected is thrown away. */
  close(): void {
    this.#freeContext();
    this.#pool.close();
  }

  #append(samples: Float32Array): void {
    const channels = this.#channels;
    const total = samples.length / channels;
    this.#aligner.advance(total);
    for (let from = 0; from < total; ) {
      const collecting = this.#collect();
      const count = Math.min(total - from, OPUS_FRAME_SAMPLES - collecting.count);
      collecting.floats.set(samples.subarray(from * channels, (from + count) * channels), collecting.count * channels);
      collecting.count += count;
      from += count;
      this.#encodeIfFull(collecting);
    }
  }

  #appendSilence(total: number): void {
    this.#aligner.advance(total);
    for (let left = total; left > 0; ) {
      const collecting = this.#collect();
      const count = Math.min(left, OPUS_FRAME_SAMPLES - collecting.count);
      const at = collecting.count * this.#channels;
      collecting.floats.fill(0, at, at + count * this.#channels);
      collecting.count += count;
      left -= count;
      this.#encodeIfFull(collecting);
    }
  }

  #finishFrame(): void {
    if (this.#collecting !== undefined) {
      this.#appendSilence(OPUS_FRAME_SAMPLES - this.#collecting.count);
    }
  }

  #collect(): Collecting {
    if (this.#collecting === undefined) {
      const entry = this.#pool.acquire();
      if (entry === undefined) {
        throw new Error("Opus keeps more frames than it may");
      }
      this.#collecting = { frame: entry.frame, floats: entry.memory, count: 0 };
    }
    return this.#collecting;
  }

  #encodeIfFull(collecting: Collecting): void {
    if (collecting.count < OPUS_FRAME_SAMPLES) {
      return;
    }
    this.#collecting = undefined;
    this.#context ??= openOpusContext({ bitrateBps: this.#bitrateBps, channels: this.#channels });
    collecting.frame.pts = BigInt(this.#sinceOpen);
    this.#sinceOpen += OPUS_FRAME_SAMPLES;
    checkAv(this.#context.sendFrameSync(collecting.frame), "encoding sound");
    this.#emitReady(this.#context);
  }

  #emitReady(context: CodecContext): void {
    for (;;) {
      const packet = allocatePacket();
      if (context.receivePacketSync(packet) < 0) {
        freePacket(packet);
        return;
      }
      const timeUs = this.#aligner.timeOf(this.#sinceAnchor);
      this.#sinceAnchor += OPUS_FRAME_SAMPLES;
      this.#encoded++;
      const unit = new NativeEncodedAudio(packet, { timeUs, durationUs: FRAME_US });
      try {
        this.#emit(unit);
      } finally {
        unit.release();
      }
    }
  }

  #freeContext(): void {
    this.#converter.close();
    this.#collecting = undefined;
    this.#aligner.reset();
    this.#sinceAnchor = 0;
    this.#sinceOpen = 0;
    if (this.#context !== undefined) {
      closeOpusContext(this.#context);
      this.#context = undefined;
    }
  }
}
