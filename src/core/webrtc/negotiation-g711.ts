// G.711 in negotiation (RFC 3551 4.5.14, RFC 7874 3): PCMU is payload type 0 and PCMA 8 unless the offer maps another.
import type { CodecCapability } from "./negotiation-codec.js";

/** G.711 of one law, sent and received, one channel at 8 kHz. */
export function g711Capability(law: "pcmu" | "pcma"): CodecCapability {
  return {
    name: law,
    media: "audio",
    encodingName: law.toUpperCase(),
    clockRateHz: 8000,
    channels: 1,
    feedback: ["nack"],
    rtx: "off",
    judge: () => ({ preference: 10, parameters: "" }),
  };
}
