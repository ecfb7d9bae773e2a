// Raw sound of any shape and in any pieces as frames of one length, on a gapless timeline of its own samples: what encoders take.
import { AudioAligner } from "../../core/media/audio-aligner.js";
import type { AudioFramePacket } from "../../core/stream/media-packet.js";
import type { MediaMicros } from "../../core/time/units.js";
import { AudioConverter, type AudioShape } from "./audio-converter.js";

/** What comes out. */
export type AudioFramerOptions = AudioShape & {
  /** Samples of one channel in a frame. */
  readonly frameSamples: number;
  /** Takes a frame of interleaved floats; they are used again when it returns. */
  readonly take: (samples: Float32Array, timeUs: MediaMicros) => void;
};

/**
 * Times come from a sample counter that is anchored to the first input and follows the input's clock: jitter is ignored, drift is
 * worked off by resampling, holes of up to a second become silence; behind longer ones the count begins anew.
 */
export class AudioFramer {
  readonly #options: AudioFramerOptions;
  readonly #converter: AudioConverter;
  readonly #aligner: AudioAligner;
  readonly #samples: Float32Array;
  /** Samples of a channel that are collected. */
  #collected = 0;
  /** Samples handed on since the counter's anchor. */
  #sinceAnchor = 0;

  constructor(options: AudioFramerOptions) {
    const { sampleRateHz, channels, frameSamples } = options;
    this.#options = options;
    this.#converter = new AudioConverter({ sampleRateHz, channels });
    this.#aligner = new AudioAligner({ sampleRateHz });
    this.#samples = new Float32Array(frameSamples * channels);
  }

  /** Holes filled with silence, overlaps cut, and jumps of the input's timeline. */
  get repairs(): number {
    return this.#aligner.repairs;
  }

  /** Takes a run of sound of any length and format. FFmpeg must be loaded. */
  process(packet: AudioFramePacket): void {
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
        this.#append(samples.subarray(alignment.sampleCount * this.#options.channels));
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

  /** Hands on what is collected, filled up with silence. */
  flush(): void {
    this.#append(this.#converter.flush());
    this.#finishFrame();
  }

  /** Forgets what is collected and frees the resampler; the next sound starts anew. */
  reset(): void {
    this.#converter.close();
    this.#aligner.reset();
    this.#collected = 0;
    this.#sinceAnchor = 0;
  }

  #append(samples: Float32Array): void {
    const { channels, frameSamples } = this.#options;
    const total = samples.length / channels;
    this.#aligner.advance(total);
    for (let from = 0; from < total; ) {
      const count = Math.min(total - from, frameSamples - this.#collected);
      this.#samples.set(samples.subarray(from * channels, (from + count) * channels), this.#collected * channels);
      from += count;
      this.#collect(count);
    }
  }

  #appendSilence(total: number): void {
    const { channels, frameSamples } = this.#options;
    this.#aligner.advance(total);
    for (let left = total; left > 0; ) {
      const count = Math.min(left, frameSamples - this.#collected);
      this.#samples.fill(0, this.#collected * channels, (this.#collected + count) * channels);
      left -= count;
      this.#collect(count);
    }
  }

  #finishFrame(): void {
    if (this.#collected > 0) {
      this.#appendSilence(this.#options.frameSamples - this.#collected);
    }
  }

  #collect(count: number): void {
    const { frameSamples, take } = this.#options;
    this.#collected += count;
    if (this.#collected === frameSamples) {
      this.#collected = 0;
      const timeUs = this.#aligner.timeOf(this.#sinceAnchor);
      this.#sinceAnchor += frameSamples;
      take(this.#samples, timeUs);
    }
  }
}
