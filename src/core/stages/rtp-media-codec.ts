// How RTP packets of a graph cross a hop: name these in its contract, and depacketizing moves into a worker.
import type { PacketCodec } from "../stream/hop/packet-codec.js";
import { bytesFieldLength } from "../stream/hop/packet-fields.js";
import {
  PlainRtpAudio,
  PlainRtpVideo,
  RtpAudio,
  type RtpAudioPacket,
  type RtpMediaInit,
  RtpVideo,
  type RtpVideoPacket,
} from "./rtp-media.js";

/** Carries RTP packets of video streams over a hop. */
export const rtpVideoCodec: PacketCodec<RtpVideoPacket> = codecOf(RtpVideo, (init) => new PlainRtpVideo(init));
/** Carries RTP packets of audio streams over a hop. */
export const rtpAudioCodec: PacketCodec<RtpAudioPacket> = codecOf(RtpAudio, (init) => new PlainRtpAudio(init));

function codecOf<P extends RtpVideoPacket | RtpAudioPacket>(
  kind: PacketCodec<P>["kind"],
  make: (init: RtpMediaInit) => P,
): PacketCodec<P> {
  return {
    kind,
    measure: ({ byteLength }) => bytesFieldLength(byteLength),
    write: ({ data }, frame) => frame.bytes(data),
    read: (frame) => make({ data: frame.bytes(), timeUs: frame.timeUs, flags: frame.flags, ownsData: true }),
  };
}
