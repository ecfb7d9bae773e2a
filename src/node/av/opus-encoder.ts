// Raw sound to Opus frames of exactly 20 ms, on a gapless timeline of its own samples. Synchronous: a frame costs a
// tenth of a millisecond, less than a hop to another thread.
import type { CodecContext } from "node-av/lib";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { AudioFramer } from "./audio-framer.js";
import { checkAv } from "./av-error.js";
import { FramePool } from "./frame-pool.js";
import { NativeEncodedAudio } from "./native-encoded.js";
import { nextEncoded } from "./next-encoded.js";
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
  readonly #framer: AudioFramer;
  readonly #pool: FramePool<Float32Array>;
  #context: CodecContext | undefined;
  /** Samples encoded since the context was opened. */
  #sinceOpen = 0;
  /** Time of the frame that comes out next. */
  #timeUs: MediaMicros = 0;
  #emit: Emit<EncodedAudioPacket> = () => {};
  #encoded = 0;

  constructor({ bitrateBps = 128_000, channels = 2 }: OpusEncoderOptions = {}) {
    this.#bitrateBps = bitrateBps;
    this.#channels = channels;
    this.#framer = new AudioFramer({
      sampleRateHz: OPUS_RATE_HZ,
      channels,
      frameSamples: OPUS_FRAME_SAMPLES,
      take: (samples, timeUs) => this.#encode(samples, timeUs),
    });
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
    return { encoded: this.#encoded, repairs: this.#framer.repairs };
  }

  /** Takes a run of sound of any length and format. FFmpeg must be loaded. */
  process(packet: AudioFramePacket, emit: Emit<EncodedAudioPacket>): void {
    this.#emit = emit;
    this.#framer.process(packet);
  }

  /** Encodes what is collected, filled up with silence, and what Opus still holds. The next sound starts anew. */
  stop(): void {
    try {
      this.#framer.flush();
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

  #encode(samples: Float32Array, timeUs: MediaMicros): void {
    const entry = this.#pool.acquire();
    if (entry === undefined) {
      throw new Error("Opus keeps more frames than it may");
    }
    entry.memory.set(samples);
    this.#context ??= openOpusContext({ bitrateBps: this.#bitrateBps, channels: this.#channels });
    entry.frame.pts = BigInt(this.#sinceOpen);
    this.#sinceOpen += OPUS_FRAME_SAMPLES;
    this.#timeUs = timeUs;
    checkAv(this.#context.sendFrameSync(entry.frame), "encoding sound");
    this.#emitReady(this.#context);
  }

  #emitReady(context: CodecContext): void {
    for (let packet = nextEncoded(context); packet !== undefined; packet = nextEncoded(context)) {
      this.#encoded++;
      const unit = new NativeEncodedAudio(packet, { timeUs: this.#timeUs, durationUs: FRAME_US });
      // Encoding gives a frame for a frame; the flush at the end may give one more.
      this.#timeUs += FRAME_US;
      try {
        this.#emit(unit);
      } finally {
        unit.release();
      }
    }
  }

  #freeContext(): void {
    this.#framer.reset();
    this.#sinceOpen = 0;
    if (this.#context !== undefined) {
      closeOpusContext(this.#context);
      this.#context = undefined;
    }
  }
}
