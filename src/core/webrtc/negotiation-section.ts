// The plan for one section of an offer: media, inactive, data or rejected, and why (RFC 8829 5.3.1).
import { effectiveDirection, isRejected } from "../sdp/effective-attributes.js";
import { answerDirection, type MediaDirection, sends } from "../sdp/media-direction.js";
import { isEncoding, type PayloadFormat, payloadFormats, rtxPayloadTypeFor } from "../sdp/payload-format.js";
import type { MediaDescription, SessionDescription } from "../sdp/session-description.js";
import type { LocalCapabilities, MediaCapability } from "./negotiation-capabilities.js";
import type { CodecCapability } from "./negotiation-codec.js";
import type { ChosenCodec, NegotiatedExtension, SectionPlan } from "./negotiation-plan.js";

/** Profiles that are RTP over DTLS-SRTP with feedback, under all their names (RFC 8829 5.1.2). */
const RTP_PROTOCOLS = /^(?:(?:UDP|TCP)\/TLS\/)?RTP\/SAVPF$/;
const DATA_PROTOCOLS = /^(?:UDP|TCP)\/DTLS\/SCTP$/;
/** What a message may hold when the peer does not say (RFC 8841 6.1). */
const DEFAULT_MAX_MESSAGE_SIZE = 65_536;

/** What the sections before this one have taken. */
export type SectionContext = {
  readonly offer: SessionDescription;
  readonly capabilities: LocalCapabilities;
  /** How many sections of a kind are media already. */
  readonly taken: { readonly video: number; readonly audio: number };
  /** Whether a transport is there for this section. */
  readonly hasTransport: boolean;
};

/** A section's plan, and what there is to say about it. */
export type SectionVerdict = {
  readonly section: SectionPlan;
  readonly notes: readonly string[];
  /** The section would flow if there were a codec. */
  readonly lacksCodec?: boolean;
};

/** Plans the section at `index` of the offer. */
export function planSection(index: number, context: SectionContext): SectionVerdict {
  const offered = context.offer.media[index];
  const refusal = refusalOf(offered, context);
  const { mid } = offered;
  if (refusal !== undefined || mid === undefined) {
    return rejected(index, offered, refusal ?? "it has no mid");
  }
  if (DATA_PROTOCOLS.test(offered.protocol)) {
    const sctpPort = offered.sctpPort ?? 5000;
    const maxMessageSize = offered.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    return { section: { kind: "data", index, offered, mid, sctpPort, maxMessageSize }, notes: [] };
  }
  return planMedia(index, offered, { mid, context });
}

/** Why a section cannot even stay in the bundle. */
function refusalOf(offered: MediaDescription, { capabilities, hasTransport }: SectionContext): string | undefined {
  if (isRejected(offered)) {
    return "the offer itself turns it off";
  }
  if (offered.mid === undefined) {
    return "it has no mid";
  }
  if (!hasTransport) {
    return "it is not in the BUNDLE group, and there is one transport only";
  }
  if (DATA_PROTOCOLS.test(offered.protocol)) {
    if (!offered.formats.includes("webrtc-datachannel")) {
      return "it is SCTP, but no data channel";
    }
    return capabilities.dataChannel === "accept" ? undefined : "data channels are off";
  }
  if (!RTP_PROTOCOLS.test(offered.protocol)) {
    return `nobody here speaks ${offered.protocol}`;
  }
  return offered.rtcpMux ? undefined : "RTCP on a port of its own (no rtcp-mux) is not supported";
}

function planMedia(
  index: number,
  offered: MediaDescription,
  { mid, context }: { readonly mid: string; readonly context: SectionContext },
): SectionVerdict {
  const { offer, capabilities, taken } = context;
  const { kind } = offered;
  if (kind !== "video" && kind !== "audio") {
    return inactive(index, offered, { mid, reason: `nobody here knows media of the kind ${kind}` });
  }
  const local: MediaCapability = capabilities[kind];
  const direction = answerDirection(effectiveDirection(offer, offered), local.direction);
  if (direction === "inactive") {
    return inactive(index, offered, { mid, reason: stillReason(effectiveDirection(offer, offered), local.direction) });
  }
  if (taken[kind] >= (local.maxSections ?? 1)) {
    return inactive(index, offered, { mid, reason: `another section has the ${kind} already` });
  }
  const choice = chooseCodec(payloadFormats(offered), capabilities.codecs, kind);
  if ("refusal" in choice) {
    return { ...inactive(index, offered, { mid, reason: choice.refusal }), lacksCodec: true };
  }
  const { codec, note } = choice;
  const extensions = acceptedExtensions(offered, local);
  return {
    section: { kind: "media", index, offered, mid, media: kind, direction, codec, extensions },
    notes: note === undefined ? [] : [`${nameOf(index, offered)}: ${note}.`],
  };
}

type Choice = { readonly codec: ChosenCodec; readonly note?: string } | { readonly refusal: string };

/** Our order of codecs first, then the codec's own preference, then the offer's order. */
function chooseCodec(
  formats: readonly PayloadFormat[],
  capabilities: readonly CodecCapability[],
  kind: "video" | "audio",
): Choice {
  const refusals: string[] = [];
  for (const capability of capabilities) {
    if (capability.media !== kind) {
      continue;
    }
    let best: { readonly preference: number; readonly codec: ChosenCodec; readonly note?: string } | undefined;
    for (const format of formats) {
      if (!isOf(format, capability)) {
        continue;
      }
      const verdict = capability.judge(format);
      if ("refusal" in verdict) {
        refusals.push(`${format.encodingName} ${format.payloadType}: ${verdict.refusal}`);
      } else if (best === undefined || verdict.preference > best.preference) {
        const codec = chosen(format, formats, { capability, parameters: verdict.parameters });
        best = { ...verdict, codec };
      }
    }
    if (best !== undefined) {
      return best.note === undefined ? { codec: best.codec } : { codec: best.codec, note: best.note };
    }
  }
  return { refusal: codecRefusal(refusals, { formats, capabilities, kind }) };
}

function isOf(format: PayloadFormat, capability: CodecCapability): boolean {
  return (
    isEncoding(format, capability.encodingName) &&
    format.clockRateHz === capability.clockRateHz &&
    format.channels === capability.channels
  );
}

function chosen(
  format: PayloadFormat,
  formats: readonly PayloadFormat[],
  { capability, parameters }: { readonly capability: CodecCapability; readonly parameters: string },
): ChosenCodec {
  const rtxPayloadType = capability.rtx === "off" ? undefined : rtxPayloadTypeFor(formats, format.payloadType);
  return {
    capability,
    payloadType: format.payloadType,
    encodingName: format.encodingName,
    clockRateHz: format.clockRateHz,
    channels: format.channels,
    parameters,
    feedback: format.feedback.filter((feedback) => capability.feedback.includes(feedback)),
    ...(rtxPayloadType === undefined ? {} : { rtxPayloadType }),
  };
}

function acceptedExtensions(offered: MediaDescription, local: MediaCapability): NegotiatedExtension[] {
  const accepted: NegotiatedExtension[] = [];
  for (const { id, uri, direction } of offered.extensions) {
    const isWanted = local.extensions.includes(uri) && direction !== "inactive" && id >= 1 && id <= 14;
    if (isWanted && !accepted.some((other) => other.uri === uri || other.id === id)) {
      accepted.push({ id, uri });
    }
  }
  return accepted;
}

function codecRefusal(
  refusals: readonly string[],
  offer: {
    readonly formats: readonly PayloadFormat[];
    readonly capabilities: readonly CodecCapability[];
    readonly kind: "video" | "audio";
  },
): string {
  const ours = offer.capabilities.filter(({ media }) => media === offer.kind).map(({ encodingName }) => encodingName);
  const theirs = [...new Set(offer.formats.map(({ encodingName }) => encodingName))].slice(0, 8);
  const why = refusals.length === 0 ? "" : ` (${refusals.slice(0, 4).join("; ")})`;
  return `no common codec: we have ${listed(ours)}, the offer has ${listed(theirs)}${why}`;
}

function stillReason(offered: MediaDirection, wanted: MediaDirection): string {
  if (wanted === "inactive") {
    return "we neither send nor receive it";
  }
  return sends(wanted) ? `the offer is ${offered} and we only send` : `the offer is ${offered} and we only receive`;
}

function inactive(
  index: number,
  offered: MediaDescription,
  { mid, reason }: { readonly mid: string; readonly reason: string },
): SectionVerdict {
  const described = payloadFormats(offered)[0];
  const format = described === undefined ? (offered.formats[0] ?? "0") : String(described.payloadType);
  return {
    section: { kind: "inactive", index, offered, mid, format, described, reason },
    notes: [`${nameOf(index, offered)} is inactive: ${reason}.`],
  };
}

function rejected(index: number, offered: MediaDescription, reason: string): SectionVerdict {
  return {
    section: { kind: "rejected", index, offered, mid: offered.mid, reason },
    notes: [`${nameOf(index, offered)} is rejected: ${reason}.`],
  };
}

function nameOf(index: number, offered: MediaDescription): string {
  return `section ${index} (${offered.kind}${offered.mid === undefined ? "" : `, mid ${offered.mid}`})`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
