// The offer as a transport library may see it: libraries echo what they are fed, so it holds what the plan accepts and
// nothing else. An echoed transport-cc line without feedback, for one, holds a sender at its start bitrate for ever.
import type { MediaDescription, SessionDescription } from "../sdp/session-description.js";
import type { AnswerPlan, SectionPlan } from "./negotiation-plan.js";

/** Attributes that ask for things which only negotiation may promise. */
const NOT_FOR_LIBRARIES: readonly string[] = ["rtcp-xr", "rid", "simulcast"];

/**
 * The offer cut down to a plan: the chosen payload types, accepted extensions and feedback; rejected sections with port
 * 0 and outside of the bundle. ICE, DTLS and candidates stay as they are.
 */
export function offerForTransport(offer: SessionDescription, plan: AnswerPlan): SessionDescription {
  const groups = offer.groups.map((group) =>
    group.semantics === "BUNDLE" ? { ...group, mids: group.mids.filter((mid) => plan.bundle.includes(mid)) } : group,
  );
  return {
    ...offer,
    groups: groups.filter((group) => group.mids.length > 0),
    attributes: offer.attributes.filter(({ name }) => name !== "extmap-allow-mixed"),
    media: plan.sections.map((section) => {
      const filtered = filterSection(section);
      return {
        ...filtered,
        attributes: filtered.attributes.filter(({ name }) => !NOT_FOR_LIBRARIES.includes(name)),
      };
    }),
  };
}

function filterSection(section: SectionPlan): MediaDescription {
  const { offered } = section;
  switch (section.kind) {
    case "media": {
      const { payloadType, rtxPayloadType, feedback } = section.codec;
      const formats = [payloadType, ...(rtxPayloadType === undefined ? [] : [rtxPayloadType])].map(String);
      return {
        ...withFormats(offered, formats),
        rtcpFeedback: feedback.map((one) => ({ format: String(payloadType), feedback: one })),
        extensions: offered.extensions.filter(({ id, uri }) =>
          section.extensions.some((accepted) => accepted.id === id && accepted.uri === uri),
        ),
      };
    }
    case "inactive":
      return { ...withFormats(offered, [section.format]), rtcpFeedback: [], extensions: [] };
    case "rejected":
      return { ...withFormats(offered, offered.formats.slice(0, 1)), port: 0, rtcpFeedback: [], extensions: [] };
    case "data":
      return offered;
    default:
      return section satisfies never;
  }
}

function withFormats(offered: MediaDescription, formats: readonly string[]): MediaDescription {
  return {
    ...offered,
    formats,
    rtpMaps: offered.rtpMaps.filter(({ payloadType }) => formats.includes(String(payloadType))),
    formatParameters: offered.formatParameters.filter(({ format }) => formats.includes(format)),
  };
}
