// VP8 in negotiation (RFC 7741 6): one variant, taken as it comes.
import type { CodecCapability } from "./negotiation-codec.js";
import type { VideoReceiveOptions } from "./negotiation-h264.js";

/** VP8, received. */
export function vp8ReceiveCapability({ feedback, startBitrateKbps }: VideoReceiveOptions): CodecCapability {
  const parameters = startBitrateKbps === undefined ? "" : `x-google-start-bitrate=${startBitrateKbps}`;
  return {
    name: "vp8",
    media: "video",
    encodingName: "VP8",
    clockRateHz: 90_000,
    channels: 1,
    feedback,
    rtx: "offered",
    judge: () => ({ preference: 10, parameters }),
  };
}
