// A run of raw sound that stays in FFmpeg's memory: the graph's AudioFramePacket over an AVFrame reference.
import type { Frame } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import { type AudioFormat, AudioFrame, type AudioFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { isPolicing, POISON, retirePacket } from "../../core/stream/policing.js";
import type { MediaMicros } from "../../core/time/units.js";
import { freeFrame, referenceFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** Sound held by reference. `clone` makes another reference to the same samples, `release` gives this one back. */
export class NativeAudioFrame implements AudioFramePacket {
  readonly kind: PacketKind<AudioFramePacket> = AudioFrame;
  readonly flags: number;
  readonly timeUs: MediaMicros;
  readonly byteLength: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly sampleCount: number;
  readonly format: AudioFormat;
  #frame: Frame | undefined;

  /** Takes over `frame`: whoever holds this packet releases it. */
  constructor(frame: Frame, { timeUs, flags = 0 }: { readonly timeUs: MediaMicros; readonly flags?: number }) {
    const av = requireNodeAv();
    this.#frame = frame;
    this.flags = flags;
    this.timeUs = timeUs;
    this.sampleRateHz = frame.sampleRate;
    this.channels = frame.channels;
    this.sampleCount = frame.nbSamples;
    this.format = audioFormat(frame.format);
    this.byteLength = this.sampleCount * this.channels * av.avGetBytesPerSample(frame.format as never);
  }

  /** The AVFrame, for this room only; valid until `release`. Never write to its samples: others may hold them too. */
  get avFrame(): Frame {
    return this.#frame ?? released("avFrame");
  }

  /** Views of the samples, exactly as long as they are, valid until `release`. Empty for `other`. */
  get planes(): readonly Uint8Array[] {
    const frame = this.#frame ?? released("planes");
    if (this.format === "other") {
      return [];
    }
    const count = this.format === "f32-planar" ? this.channels : 1;
    // FFmpeg rounds the planes up for SIMD.
    return (frame.extendedData ?? []).slice(0, count).map((plane) => plane.subarray(0, this.byteLength / count));
  }

  /** Another reference to the same samples. */
  clone(): NativeAudioFrame {
    return new NativeAudioFrame(referenceFrame(this.#frame ?? released("clone")), this);
  }

  /** Gives the reference back. A second call is quiet. */
  release(): void {
    const frame = this.#frame;
    if (frame === undefined) {
      return;
    }
    this.#frame = undefined;
    if (isPolicing() && frame.isWritable) {
      for (const plane of frame.extendedData ?? []) {
        plane.fill(POISON);
      }
    }
    freeFrame(frame);
    retirePacket(this, []);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function audioFormat(format: number): AudioFormat {
  const av = requireNodeAv();
  switch (format) {
    case av.AV_SAMPLE_FMT_FLT:
      return "f32";
    case av.AV_SAMPLE_FMT_FLTP:
      return "f32-planar";
    case av.AV_SAMPLE_FMT_S16:
      return "s16";
    default:
      return "other";
  }
}

function released(field: string): never {
  throw new FloeError("packet/released", `"${field}" of a released audio-frame packet was read`, {
    fix: "Whoever needs a packet after the call that handed it over clones it.",
  });
}
