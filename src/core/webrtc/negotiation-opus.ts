// Opus in negotiation (RFC 7587 7). Always 48000/2 in SDP, whatever is in the packets.
import { parseFormatParameters } from "../sdp/format-parameters.js";
import type { PayloadFormat } from "../sdp/payload-format.js";
import type { CodecCapability, CodecVerdict } from "./negotiation-codec.js";

/** Opus, sent and received; `feedback` is what we answer to, `nack` when nothing is said. */
export function opusCapability({
  way = "send",
  feedback = ["nack"],
}: {
  readonly way?: "send" | "receive";
  readonly feedback?: readonly string[];
} = {}): CodecCapability {
  return {
    name: "opus",
    media: "audio",
    encodingName: "opus",
    clockRateHz: 48_000,
    channels: 2,
    feedback,
    rtx: "off",
    judge: (format) => judge(format, way),
  };
}

function judge(format: PayloadFormat, way: "send" | "receive"): CodecVerdict {
  const minptime = parseFormatParameters(format.parameters).get("minptime") ?? "10";
  // stereo: what we take; sprop-stereo: what we are likely to send (RFC 7587 6.1). A sender that is asked for stereo sends it of
  // one microphone as well, so that is left to the sender.
  const stereo = way === "send" ? ";stereo=1;sprop-stereo=1" : "";
  return {
    preference: 10,
    parameters: `minptime=${/^[0-9]{1,3}$/.test(minptime) ? minptime : "10"};useinbandfec=1${stereo}`,
  };
}
