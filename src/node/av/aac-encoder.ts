// Raw sound to frames of AAC-LC, on a gapless timeline of its own samples. Synchronous: a frame costs a few tenths of a
// millisecond.
import type { CodecContext } from "node-av/lib";
import { type AudioTarget, defaultAudioTarget } from "../../core/media/audio-target.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { AAC_FRAME_SAMPLES, closeAacContext, openAacContext } from "./aac-context.js";
import { AudioFramer } from "./audio-framer.js";
import { checkAv } from "./av-error.js";
import { FramePool } from "./frame-pool.js";
import { NativeEncodedAudio } from "./native-encoded.js";
import { nextEncoded } from "./next-encoded.js";

/** Frames that the encoder looks at before it lets the first one go, and some room. */
const MAX_FRAMES = 6;
/** Frames whose times differ from the count by more begin a new sequence: rounding is less. */
const SAME_RUN_US = 1000;

/**
 * Emits within the call, packets that are lent. The first packet of a sequence begins one frame before its sound: that is what
 * decoders make of it, and how sound stays in sync without a player that knows of it.
 */
export class AacEncoder implements Processor<AudioFramePacket, EncodedAudioPacket> {
  readonly name = "aac-encoder";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<AudioFramePacket>[] = [AudioFrame];
  readonly emits: readonly PacketKind<EncodedAudioPacket>[] = [EncodedAudio];
  readonly #target: AudioTarget;
  readonly #framer: AudioFramer;
  readonly #pool: FramePool<readonly Float32Array[]>;
  #context: CodecContext | undefined;
  /** Media time of the open sequence's first sample, and samples since. */
  #anchorUs: MediaMicros = 0;
  #position = 0;
  #emit: Emit<EncodedAudioPacket> = () => {};

  constructor(target: AudioTarget = defaultAudioTarget) {
    const { sampleRateHz, channels } = target;
    this.#target = target;
    this.#framer = new AudioFramer({
      sampleRateHz,
      channels,
      frameSamples: AAC_FRAME_SAMPLES,
      take: (samples, timeUs) => this.#encode(samples, timeUs),
    });
    this.#pool = new FramePool({
      shape: { kind: "audio", sampleRateHz, channels, sampleCount: AAC_FRAME_SAMPLES, isPlanar: true },
      maxFrames: MAX_FRAMES,
      remember: (frame) =>
        ((frame.extendedData ?? []) as Buffer[]).map(
          ({ buffer, byteOffset }) => new Float32Array(buffer, byteOffset, AAC_FRAME_SAMPLES),
        ),
    });
  }

  /** Takes a run of sound of any length and format. FFmpeg must be loaded. */
  process(packet: AudioFramePacket, emit: Emit<EncodedAudioPacket>): void {
    this.#emit = emit;
    this.#framer.process(packet);
  }

  /** Encodes what is collected, filled up with silence, and what AAC still holds. The next sound starts anew. */
  stop(): void {
    try {
      this.#framer.flush();
      this.#endSequence();
    } finally {
      this.#reset();
    }
  }

  /** Frees the encoder; what is collected is thrown away. */
  close(): void {
    this.#reset();
    this.#pool.close();
  }

  #encode(samples: Float32Array, timeUs: MediaMicros): void {
    if (Math.abs(timeUs - this.#timeOf(this.#position)) > SAME_RUN_US) {
      this.#endSequence();
    }
    if (this.#context === undefined) {
      this.#context = openAacContext(this.#target);
      this.#anchorUs = timeUs;
      this.#position = 0;
    }
    const entry = this.#pool.acquire();
    if (entry === undefined) {
      throw new Error("AAC keeps more frames than it may");
    }
    const { channels } = this.#target;
    for (const [channel, plane] of entry.memory.entries()) {
      for (let i = 0; i < AAC_FRAME_SAMPLES; i++) {
        plane[i] = samples[i * channels + channel];
      }
    }
    entry.frame.pts = BigInt(this.#position);
    this.#position += AAC_FRAME_SAMPLES;
    checkAv(this.#context.sendFrameSync(entry.frame), "encoding sound");
    this.#emitReady(this.#context);
  }

  #endSequence(): void {
    const context = this.#context;
    if (context !== undefined) {
      this.#context = undefined;
      try {
        checkAv(context.sendFrameSync(null), "ending AAC");
        this.#emitReady(context);
      } finally {
        closeAacContext(context);
      }
    }
  }

  #emitReady(context: CodecContext): void {
    for (let packet = nextEncoded(context); packet !== undefined; packet = nextEncoded(context)) {
      const timeUs = this.#timeOf(Number(packet.pts));
      const unit = new NativeEncodedAudio(packet, { codec: "aac", timeUs, durationUs: this.#durationUs });
      try {
        this.#emit(unit);
      } finally {
        unit.release();
      }
    }
  }

  get #durationUs(): Micros {
    return Math.round((AAC_FRAME_SAMPLES * 1_000_000) / this.#target.sampleRateHz);
  }

  #timeOf(position: number): MediaMicros {
    return this.#anchorUs + Math.round((position * 1_000_000) / this.#target.sampleRateHz);
  }

  #reset(): void {
    this.#framer.reset();
    if (this.#context !== undefined) {
      closeAacContext(this.#context);
      this.#context = undefined;
    }
  }
}
