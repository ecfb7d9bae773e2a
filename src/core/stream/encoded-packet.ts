// Core's own encoded packets: plain objects over bytes.
import type { MediaMicros, Micros } from "../time/units.js";
import {
  type AudioCodec,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  type VideoCodec,
} from "./media-packet.js";
import type { PacketKind } from "./packet.js";
import { retirePacket } from "./policing.js";

/** What an encoded video packet is made of. */
export type EncodedVideoInit = {
  readonly codec: VideoCodec;
  readonly data: Uint8Array;
  /** See `EncodedVideoPacket`; lent like `data` when that is lent. */
  readonly parameterSets?: Uint8Array | undefined;
  readonly isKey: boolean;
  readonly timeUs: MediaMicros;
  readonly durationUs?: Micros;
  readonly flags?: number;
  /** True gives `data` to the packet; false (default) lends it. */
  readonly ownsData?: boolean;
  /** Called once, when the packet is released: what it owns may be used again. */
  readonly onRelease?: (() => void) | undefined;
};

/** An encoded picture over plain bytes. */
export class PlainEncodedVideo implements EncodedVideoPacket {
  readonly kind: PacketKind<EncodedVideoPacket> = EncodedVideo;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly codec: VideoCodec;
  declare readonly data: Uint8Array;
  declare readonly parameterSets: Uint8Array | undefined;
  declare readonly ownsData: boolean;
  declare readonly isKey: boolean;
  declare readonly durationUs: Micros;
  /** What the memory came from. Not called `onRelease`: a copy that is made from this packet's fields has no part in it. */
  protected declare lease: (() => void) | undefined;

  constructor({
    codec,
    data,
    parameterSets,
    isKey,
    timeUs,
    durationUs = 0,
    flags = 0,
    ownsData = false,
    onRelease,
  }: EncodedVideoInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = data.byteLength + (parameterSets === undefined ? 0 : parameterSets.byteLength);
    this.data = data;
    this.parameterSets = parameterSets;
    this.codec = codec;
    this.ownsData = ownsData;
    this.lease = onRelease;
    this.isKey = isKey;
    this.durationUs = durationUs;
  }

  /** A copy that owns its bytes. */
  clone(): PlainEncodedVideo {
    const parameterSets = this.parameterSets?.slice();
    return new PlainEncodedVideo({ ...this, data: this.data.slice(), parameterSets, ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    retirePacket(this, this.ownsData ? [this.data] : []);
    lease?.();
  }
}

/** What an encoded audio packet is made of. */
export type EncodedAudioInit = {
  readonly codec: AudioCodec;
  readonly data: Uint8Array;
  readonly timeUs: MediaMicros;
  readonly durationUs: Micros;
  readonly flags?: number;
  /** True gives `data` to the packet; false (default) lends it. */
  readonly ownsData?: boolean;
  /** Called once, when the packet is released: what it owns may be used again. */
  readonly onRelease?: (() => void) | undefined;
};

/** An encoded run of sound over plain bytes. */
export class PlainEncodedAudio implements EncodedAudioPacket {
  readonly kind: PacketKind<EncodedAudioPacket> = EncodedAudio;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly codec: AudioCodec;
  declare readonly data: Uint8Array;
  declare readonly ownsData: boolean;
  declare readonly durationUs: Micros;
  /** What the memory came from. Not called `onRelease`: a copy that is made from this packet's fields has no part in it. */
  protected declare lease: (() => void) | undefined;

  constructor({ codec, data, timeUs, durationUs, flags = 0, ownsData = false, onRelease }: EncodedAudioInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = data.byteLength;
    this.data = data;
    this.codec = codec;
    this.ownsData = ownsData;
    this.lease = onRelease;
    this.durationUs = durationUs;
  }

  /** A copy that owns its bytes. */
  clone(): PlainEncodedAudio {
    return new PlainEncodedAudio({ ...this, data: this.data.slice(), ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    retirePacket(this, this.ownsData ? [this.data] : []);
    lease?.();
  }
}
