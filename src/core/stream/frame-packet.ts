// Core's own raw frames: plain objects over planes of bytes.
import { FloeError } from "../error/floe-error.js";
import type { MediaMicros } from "../time/units.js";
import {
  type AudioFormat,
  AudioFrame,
  type AudioFramePacket,
  type VideoFormat,
  VideoFrame,
  type VideoFramePacket,
} from "./media-packet.js";
import type { PacketKind } from "./packet.js";
import { retirePacket } from "./policing.js";
import { isPositiveInteger } from "./positive-integer.js";

/** What a raw picture is made of. */
export type VideoFrameInit = {
  readonly width: number;
  readonly height: number;
  readonly format: VideoFormat;
  readonly planes: readonly Uint8Array[];
  readonly strides: readonly number[];
  readonly timeUs: MediaMicros;
  readonly flags?: number;
  /** True gives the planes to the packet; false (default) lends them. */
  readonly ownsData?: boolean;
  /** Called once, when the packet is released: what it owns may be used again. */
  readonly onRelease?: (() => void) | undefined;
};

/** A raw picture over plain bytes. Throws FloeError `packet/size` for sizes and strides that are not positive integers. */
export class PlainVideoFrame implements VideoFramePacket {
  readonly kind: PacketKind<VideoFramePacket> = VideoFrame;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly width: number;
  declare readonly height: number;
  declare readonly format: VideoFormat;
  declare readonly planes: readonly Uint8Array[];
  declare readonly strides: readonly number[];
  declare readonly ownsData: boolean;
  /** What the memory came from. Not called `onRelease`: a copy that is made from this packet's fields has no part in it. */
  protected declare lease: (() => void) | undefined;

  constructor({
    width,
    height,
    format,
    planes,
    strides,
    timeUs,
    flags = 0,
    ownsData = false,
    onRelease,
  }: VideoFrameInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    refuseSizes("video-frame", { width, height });
    for (const stride of strides) {
      refuseSizes("video-frame", { stride });
    }
    this.byteLength = totalBytes(planes);
    this.width = width;
    this.height = height;
    this.format = format;
    this.planes = planes;
    this.strides = strides;
    this.ownsData = ownsData;
    this.lease = onRelease;
  }

  /** A copy that owns its planes. */
  clone(): PlainVideoFrame {
    return new PlainVideoFrame({ ...this, planes: copyPlanes(this.planes), ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    retirePacket(this, this.ownsData ? this.planes : []);
    lease?.();
  }
}

/** What a run of raw sound is made of. */
export type AudioFrameInit = {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly sampleCount: number;
  readonly format: AudioFormat;
  readonly planes: readonly Uint8Array[];
  readonly timeUs: MediaMicros;
  readonly flags?: number;
  /** True gives the planes to the packet; false (default) lends them. */
  readonly ownsData?: boolean;
  /** Called once, when the packet is released: what it owns may be used again. */
  readonly onRelease?: (() => void) | undefined;
};

/** A run of raw sound over plain bytes. Throws FloeError `packet/size` for sizes that are not positive integers. */
export class PlainAudioFrame implements AudioFramePacket {
  readonly kind: PacketKind<AudioFramePacket> = AudioFrame;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly sampleRateHz: number;
  declare readonly channels: number;
  declare readonly sampleCount: number;
  declare readonly format: AudioFormat;
  declare readonly planes: readonly Uint8Array[];
  declare readonly ownsData: boolean;
  /** What the memory came from. Not called `onRelease`: a copy that is made from this packet's fields has no part in it. */
  protected declare lease: (() => void) | undefined;

  constructor({
    sampleRateHz,
    channels,
    sampleCount,
    format,
    planes,
    timeUs,
    flags = 0,
    ownsData = false,
    onRelease,
  }: AudioFrameInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    refuseSizes("audio-frame", { sampleRateHz, channels, sampleCount });
    this.byteLength = totalBytes(planes);
    this.sampleRateHz = sampleRateHz;
    this.channels = channels;
    this.sampleCount = sampleCount;
    this.format = format;
    this.planes = planes;
    this.ownsData = ownsData;
    this.lease = onRelease;
  }

  /** A copy that owns its planes. */
  clone(): PlainAudioFrame {
    return new PlainAudioFrame({ ...this, planes: copyPlanes(this.planes), ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    retirePacket(this, this.ownsData ? this.planes : []);
    lease?.();
  }
}

function refuseSizes(kind: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!isPositiveInteger(size)) {
      throw new FloeError("packet/size", `${name} of a ${kind} packet is ${size}, not a positive integer`);
    }
  }
}

function totalBytes(planes: readonly Uint8Array[]): number {
  let total = 0;
  for (const plane of planes) {
    total += plane.byteLength;
  }
  return total;
}

function copyPlanes(planes: readonly Uint8Array[]): readonly Uint8Array[] {
  return planes.map((plane) => plane.slice());
}
