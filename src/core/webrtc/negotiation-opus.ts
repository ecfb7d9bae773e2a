// Opus in negotiation (RFC 7587 7). Always 48000/2 in SDP, whatever is in the packets.
import { parseFormatParameters } from "../sdp/format-parameters.js";
import type { PayloadFormat } from "../sdp/payload-format.js";
import type { CodecCapability, CodecVerdict } from "./negotiation-codec.js";

/** Opus, sent and received. */
export function opusCapability(): CodecCapability {
  return {
    name: "opus",
    media: "audio",
    encodingName: "opus",
    clockRateHz: 48_000,
    channels: 2,
    feedback: ["nack"],
    rtx: "off",
    judge,
  };
}

function judge(format: PayloadFormat): CodecVerdict {
  const minptime = parseFormatParameters(format.parameters).get("minptime") ?? "10";
  // stereo: what we take; sprop-stereo: what we are likely to send (RFC 7587 6.1).
  return {
    preference: 10,
    parameters: `minptime=${/^[0-9]{1,3}$/.test(minptime) ? minptime : "10"};useinbandfec=1;stereo=1;sprop-stereo=1`,
  };
}
