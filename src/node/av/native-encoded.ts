// Encoded packets that stay in FFmpeg's memory: no copy between the encoder and whoever writes the bytes onward.
import type { Packet } from "node-av/lib";
import {
  type AudioCodec,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { retirePacket } from "../../core/stream/policing.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { freePacket, referencePacket } from "./live-handles.js";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What is said about an encoded picture. */
export type NativeEncodedVideoInit = {
  readonly timeUs: MediaMicros;
  readonly durationUs: Micros;
  /** See EncodedVideoPacket; bytes that nobody writes to. */
  readonly parameterSets?: Uint8Array | undefined;
};

/** One H.264 access unit (Annex B) over an AVPacket. `data` is valid until `release`. */
export class NativeEncodedVideo implements EncodedVideoPacket {
  readonly kind: PacketKind<EncodedVideoPacket> = EncodedVideo;
  readonly codec = "h264" as const;
  readonly flags = 0;
  readonly ownsData = true;
  readonly timeUs: MediaMicros;
  readonly durationUs: Micros;
  readonly byteLength: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
  readonly parameterSets: Uint8Array | undefined;
  #packet: Packet | undefined;

  /** Takes over `packet`: whoever holds this one releases it. */
  constructor(packet: Packet, { timeUs, durationUs, parameterSets }: NativeEncodedVideoInit) {
    this.#packet = packet;
    this.timeUs = timeUs;
    this.durationUs = durationUs;
    this.isKey = packet.isKeyframe;
    this.data = packet.data ?? NO_BYTES;
    this.parameterSets = parameterSets;
    this.byteLength = this.data.byteLength + (parameterSets?.byteLength ?? 0);
  }

  /** Another reference to the same bytes, which nobody writes to any more. */
  clone(): NativeEncodedVideo {
    return new NativeEncodedVideo(referencePacket(this.#packet as Packet), this);
  }

  /** Gives the bytes back. A second call is quiet. */
  release(): void {
    if (this.#packet !== undefined) {
      freePacket(this.#packet);
      this.#packet = undefined;
      retirePacket(this, []);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** What is said about an encoded run of sound. */
export type NativeEncodedAudioInit = {
  readonly timeUs: MediaMicros;
  readonly durationUs: Micros;
  /** Default Opus. */
  readonly codec?: AudioCodec;
};

/** One encoded run of sound over an AVPacket. `data` is valid until `release`. */
export class NativeEncodedAudio implements EncodedAudioPacket {
  readonly kind: PacketKind<EncodedAudioPacket> = EncodedAudio;
  readonly codec: AudioCodec;
  readonly flags = 0;
  readonly ownsData = true;
  readonly timeUs: MediaMicros;
  readonly durationUs: Micros;
  readonly byteLength: number;
  readonly data: Uint8Array;
  #packet: Packet | undefined;

  /** Takes over `packet`: whoever holds this one releases it. */
  constructor(packet: Packet, { timeUs, durationUs, codec = "opus" }: NativeEncodedAudioInit) {
    this.#packet = packet;
    this.codec = codec;
    this.timeUs = timeUs;
    this.durationUs = durationUs;
    this.data = packet.data ?? NO_BYTES;
    this.byteLength = this.data.byteLength;
  }

  /** Another reference to the same bytes, which nobody writes to any more. */
  clone(): NativeEncodedAudio {
    return new NativeEncodedAudio(referencePacket(this.#packet as Packet), this);
  }

  /** Gives the bytes back. A second call is quiet. */
  release(): void {
    if (this.#packet !== undefined) {
      freePacket(this.#packet);
      this.#packet = undefined;
      retirePacket(this, []);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
