// H.264 in negotiation: which offered variants a constrained baseline stream may be sent as, and which are taken as they come
// (RFC 6184 8.1, 8.2.2).
import { parseFormatParameters } from "../sdp/format-parameters.js";
import type { PayloadFormat } from "../sdp/payload-format.js";
import type { CodecCapability, CodecVerdict } from "./negotiation-codec.js";

/** The profiles that browsers and cameras speak, as the three bytes of profile-level-id tell them. */
export type H264Profile = "constrained-baseline" | "baseline" | "main" | "constrained-high" | "high" | "other";

/** profile-level-id, read. */
export type H264ProfileLevel = {
  readonly profile: H264Profile;
  /** level_idc: 31 is level 3.1. 11 with constraint_set3 (level 1b) reads as 9, which is also level 1b. */
  readonly levelIdc: number;
};

/** What an H.264 sender is asked to do. */
export type H264CapabilityOptions = {
  /** level_idc of the stream that is sent; 31 (720p30) when nothing is said. */
  readonly levelIdc?: number;
  /** "offered" resends on an rtx payload type where one is offered; "off" resends on the codec's own SSRC. */
  readonly rtx?: "offered" | "off";
};

/** Reads profile-level-id. Absent means baseline at level 1 (RFC 6184 8.1); undefined when it is not six hex digits. */
export function parseProfileLevelId(value: string | undefined): H264ProfileLevel | undefined {
  if (value === undefined) {
    return { profile: "baseline", levelIdc: 10 };
  }
  if (!/^[0-9a-f]{6}$/i.test(value)) {
    return undefined;
  }
  const profileIdc = Number.parseInt(value.slice(0, 2), 16);
  const constraints = Number.parseInt(value.slice(2, 4), 16);
  const levelIdc = Number.parseInt(value.slice(4, 6), 16);
  const isLevel1b = levelIdc === 11 && (constraints & 0x10) !== 0;
  return { profile: profileOf(profileIdc, constraints), levelIdc: isLevel1b ? 9 : levelIdc };
}

/** Constrained baseline H.264 with FU-A and STAP-A, which needs packetization-mode 1 at the other end. */
export function h264Capability({ levelIdc = 31, rtx = "off" }: H264CapabilityOptions = {}): CodecCapability {
  return {
    name: "h264",
    media: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    channels: 1,
    feedback: ["nack", "nack pli", "ccm fir", "goog-remb"],
    rtx,
    judge: (format) => judge(format, levelIdc),
  };
}

/** What a receiver of video asks of its sender. */
export type VideoReceiveOptions = {
  /** RTCP feedback that will be sent. */
  readonly feedback: readonly string[];
  /** `x-google-start-bitrate` in the answer, kbit/s: Chromium begins with it instead of 300. Absent: not said. */
  readonly startBitrateKbps?: number | undefined;
};

/** H.264 as it comes: of any profile and level, by packetization-mode 1, or 0 where there is no other. */
export function h264ReceiveCapability({ feedback, startBitrateKbps }: VideoReceiveOptions): CodecCapability {
  return {
    name: "h264",
    media: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    channels: 1,
    feedback,
    rtx: "offered",
    judge: (format) => judgeReceived(format, startBitrateKbps),
  };
}

/** Better is greater. A decoder of each of these decodes constrained baseline (H.264 A.2). */
const PREFERENCE: { readonly [profile in H264Profile]: number } = {
  "constrained-baseline": 50,
  baseline: 40,
  "constrained-high": 30,
  main: 20,
  high: 10,
  other: 0,
};

function judge(format: PayloadFormat, levelIdc: number): CodecVerdict {
  const parameters = parseFormatParameters(format.parameters);
  const mode = parameters.get("packetization-mode") ?? "0";
  const profileLevelId = parameters.get("profile-level-id");
  const offered = parseProfileLevelId(profileLevelId);
  if (mode !== "1") {
    return { refusal: `packetization-mode ${mode} has no fragments (FU-A)` };
  }
  if (offered === undefined || offered.profile === "other") {
    return { refusal: `profile-level-id ${profileLevelId} is no profile that decodes constrained baseline` };
  }
  const isLevelTooLow = offered.levelIdc < levelIdc;
  return {
    preference: PREFERENCE[offered.profile] - (isLevelTooLow ? 1 : 0),
    // The profile is the offer's own (RFC 8829 5.3.1); its level stays, because it limits what we may send.
    parameters: `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId ?? "42000a"}`,
    ...(isLevelTooLow
      ? { note: `the offer takes H.264 up to level ${level(offered.levelIdc)}, ${level(levelIdc)} is sent` }
      : {}),
  };
}

/** Among profiles the offer's own order decides: who makes the pictures knows best which it makes well. */
function judgeReceived(format: PayloadFormat, startBitrateKbps: number | undefined): CodecVerdict {
  const offered = parseFormatParameters(format.parameters);
  const mode = offered.get("packetization-mode") ?? "0";
  if (mode !== "0" && mode !== "1") {
    return { refusal: `packetization-mode ${mode} is interleaved` };
  }
  const profileLevelId = offered.get("profile-level-id");
  if (parseProfileLevelId(profileLevelId) === undefined) {
    return { refusal: `profile-level-id ${profileLevelId} is not six hex digits` };
  }
  const isAsymmetric = offered.get("level-asymmetry-allowed") === "1";
  const parameters = [
    ...(isAsymmetric ? ["level-asymmetry-allowed=1"] : []),
    `packetization-mode=${mode}`,
    `profile-level-id=${takenLevel(profileLevelId ?? "42000a", isAsymmetric)}`,
    ...(startBitrateKbps === undefined ? [] : [`x-google-start-bitrate=${startBitrateKbps}`]),
  ];
  return { preference: mode === "1" ? 20 : 10, parameters: parameters.join(";") };
}

/** Nothing is decoded here, so what is taken is any level: the highest is said where the two ways may differ. */
function takenLevel(profileLevelId: string, isAsymmetric: boolean): string {
  return isAsymmetric ? `${profileLevelId.slice(0, 4)}${ANY_LEVEL}` : profileLevelId;
}

/** Level 5.2. */
const ANY_LEVEL = "34";

/** RFC 6184 8.1, table 5: the constraint flags say what kind of a profile it is. */
function profileOf(profileIdc: number, constraints: number): H264Profile {
  const constraintSet0 = (constraints & 0x80) !== 0;
  const constraintSet1 = (constraints & 0x40) !== 0;
  switch (profileIdc) {
    case 0x42:
      return constraintSet1 ? "constrained-baseline" : "baseline";
    case 0x4d:
      return constraintSet0 ? "constrained-baseline" : "main";
    case 0x58:
      return constraintSet0 && constraintSet1 ? "constrained-baseline" : "other";
    case 0x64:
      return (constraints & 0x0c) === 0x0c ? "constrained-high" : "high";
    default:
      return "other";
  }
}

function level(levelIdc: number): string {
  return levelIdc === 9 ? "1b" : (levelIdc / 10).toFixed(1);
}
