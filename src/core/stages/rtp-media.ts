// RTP packets as packets of a graph: one kind for pictures, one for sound, so that the types tell which stage takes which.
import { definePacket, type Packet, type PacketKind } from "../stream/packet.js";
import { retirePacket } from "../stream/policing.js";
import type { MediaMicros } from "../time/units.js";

/** What both kinds of RTP packets have. */
interface RtpMediaPacket extends Packet {
  /** The whole packet, header first. A view, valid in the synchronous call only unless `ownsData`. */
  readonly data: Uint8Array;
  /** Whether `data` belongs to the packet alone. Absent means false. */
  readonly ownsData?: boolean;
}

/** One RTP packet of a video stream. */
export interface RtpVideoPacket extends RtpMediaPacket {
  readonly medium: "video";
}

/** One RTP packet of an audio stream. */
export interface RtpAudioPacket extends RtpMediaPacket {
  readonly medium: "audio";
}

/** RTP of a video stream, whatever its codec. */
export const RtpVideo: PacketKind<RtpVideoPacket> = definePacket<RtpVideoPacket>("rtp-video");
/** RTP of an audio stream, whatever its codec. */
export const RtpAudio: PacketKind<RtpAudioPacket> = definePacket<RtpAudioPacket>("rtp-audio");

/** What an RTP packet of a graph is made of. */
export type RtpMediaInit = {
  /** The whole packet, header first. */
  readonly data: Uint8Array;
  readonly timeUs: MediaMicros;
  readonly flags?: number;
  /** True gives `data` to the packet; false (default) lends it. */
  readonly ownsData?: boolean;
};

/** An RTP packet of a video stream over plain bytes. */
export class PlainRtpVideo implements RtpVideoPacket {
  readonly kind: PacketKind<RtpVideoPacket> = RtpVideo;
  declare readonly medium: "video";
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly data: Uint8Array;
  declare readonly ownsData: boolean;

  constructor({ data, timeUs, flags = 0, ownsData = false }: RtpMediaInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = data.byteLength;
    this.data = data;
    this.ownsData = ownsData;
    this.medium = "video";
  }

  /** A copy that owns its bytes. */
  clone(): PlainRtpVideo {
    return new PlainRtpVideo({ ...this, data: this.data.slice(), ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    retirePacket(this, this.ownsData ? [this.data] : []);
  }
}

/** An RTP packet of an audio stream over plain bytes. */
export class PlainRtpAudio implements RtpAudioPacket {
  readonly kind: PacketKind<RtpAudioPacket> = RtpAudio;
  declare readonly medium: "audio";
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  declare readonly data: Uint8Array;
  declare readonly ownsData: boolean;

  constructor({ data, timeUs, flags = 0, ownsData = false }: RtpMediaInit) {
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = data.byteLength;
    this.data = data;
    this.ownsData = ownsData;
    this.medium = "audio";
  }

  /** A copy that owns its bytes. */
  clone(): PlainRtpAudio {
    return new PlainRtpAudio({ ...this, data: this.data.slice(), ownsData: true });
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    retirePacket(this, this.ownsData ? [this.data] : []);
  }
}
