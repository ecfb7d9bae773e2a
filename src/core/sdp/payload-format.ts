// A payload type of a section with everything that the section says about it, gathered from rtpmap, fmtp and rtcp-fb.
import { parseFormatParameters } from "./format-parameters.js";
import type { MediaDescription } from "./session-description.js";

/** One payload type of a media section. */
export type PayloadFormat = {
  /** 0..127. */
  readonly payloadType: number;
  /** As written: `H264`, `opus`. Compare with `isEncoding`. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  /** 1 unless the rtpmap says more. */
  readonly channels: number;
  /** The fmtp line's value, "" when there is none. */
  readonly parameters: string;
  /** `nack`, `nack pli`, … in the order of the section. */
  readonly feedback: readonly string[];
};

/** Payload types that need no rtpmap (RFC 3551 6), as far as somebody still offers them. */
const STATIC_FORMATS: { readonly [payloadType: number]: { readonly name: string; readonly clockRateHz: number } } = {
  0: { name: "PCMU", clockRateHz: 8000 },
  8: { name: "PCMA", clockRateHz: 8000 },
  9: { name: "G722", clockRateHz: 8000 },
  13: { name: "CN", clockRateHz: 8000 },
};

/** The payload types of a section in the order of preference of its `m=` line; those that nothing explains are left out. */
export function payloadFormats(media: MediaDescription): PayloadFormat[] {
  const formats: PayloadFormat[] = [];
  for (const format of media.formats) {
    const payloadType = Number(format);
    const map = media.rtpMaps.find((candidate) => String(candidate.payloadType) === format);
    const fixed = map === undefined ? STATIC_FORMATS[payloadType] : undefined;
    const encodingName = map?.encodingName ?? fixed?.name;
    const clockRateHz = map?.clockRateHz ?? fixed?.clockRateHz;
    if (encodingName !== undefined && clockRateHz !== undefined) {
      formats.push({
        payloadType,
        encodingName,
        clockRateHz,
        channels: map?.channels ?? 1,
        parameters: media.formatParameters.find((line) => line.format === format)?.parameters ?? "",
        feedback: feedbackOf(media, format),
      });
    }
  }
  return formats;
}

/** Whether a format is of an encoding; names are compared without regard to case (RFC 4855 3). */
export function isEncoding(format: PayloadFormat, encodingName: string): boolean {
  return format.encodingName.toLowerCase() === encodingName.toLowerCase();
}

/** The payload type that resends `payloadType` (`rtx` with apt=, RFC 4588 8.1), or undefined. */
export function rtxPayloadTypeFor(formats: readonly PayloadFormat[], payloadType: number): number | undefined {
  return formats.find(
    (format) =>
      isEncoding(format, "rtx") && parseFormatParameters(format.parameters).get("apt") === String(payloadType),
  )?.payloadType;
}

function feedbackOf(media: MediaDescription, format: string): string[] {
  const feedback: string[] = [];
  for (const line of media.rtcpFeedback) {
    if ((line.format === format || line.format === "*") && !feedback.includes(line.feedback)) {
      feedback.push(line.feedback);
    }
  }
  return feedback;
}
