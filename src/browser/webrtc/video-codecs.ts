// The order in which a page offers its video codecs. The answer decides; with a server that takes several, the first wins.

/** What may come first. */
export type PublishVideoCodec = "h264" | "vp8";

/** Constrained baseline, which every browser sends and every recording takes, in fragments as large as they come (RFC 6184 8.1). */
const PLAIN_H264 = /profile-level-id=42e0[0-9a-f]{2}/i;
const NON_INTERLEAVED = /packetization-mode=1/;

/** What the browser can, best first. Codecs that nobody asked for, and repair formats, keep their order behind it. */
export function orderVideoCodecs(codecs: readonly RTCRtpCodec[], first: PublishVideoCodec): RTCRtpCodec[] {
  const rank = (codec: RTCRtpCodec): number => {
    const name = codec.mimeType.slice("video/".length).toLowerCase();
    if (name !== "h264" && name !== "vp8") {
      return 10;
    }
    return (name === first ? 0 : 5) + (name === "h264" ? h264Rank(codec.sdpFmtpLine ?? "") : 0);
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

function h264Rank(parameters: string): number {
  return (PLAIN_H264.test(parameters) ? 0 : 2) + (NON_INTERLEAVED.test(parameters) ? 0 : 1);
}
