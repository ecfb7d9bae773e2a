// Whether an encoded stream may go to browsers as it is, or has to be decoded and encoded again; with the words for it.
import { FloeError } from "../error/floe-error.js";

/** `auto`: what browsers can play goes through untouched; `never`: nothing; `always`: what does not fit is an error. */
export type PassthroughPolicy = "auto" | "never" | "always";

/** What decides about a video stream. */
export type VideoFacts = {
  /** FFmpeg's name of the codec: `h264`, `hevc`. */
  readonly codec: string;
  /** What people call the profile: `Main`. */
  readonly profile?: string | undefined;
  readonly width: number;
  readonly height: number;
  /** Whether pictures come in another order than they are shown in. */
  readonly hasBFrames: boolean;
  /** Whether its pictures are 8 bit 4:2:0, which every browser decodes. */
  readonly isPlainColor: boolean;
  /** Whether pictures are whole, not fields of odd and even lines. */
  readonly isProgressive: boolean;
  /** Whether a pixel is as wide as it is high: nothing in WebRTC tells a browser otherwise. */
  readonly hasSquarePixels: boolean;
  /** Whether the codec data is complete and of a form that can be sent. */
  readonly hasParameterSets: boolean;
  /** Degrees clockwise that the picture is to be turned before it is shown: 0, 90, 180 or 270. */
  readonly rotationDegrees: number;
};

/** What decides about a sound stream. */
export type AudioFacts = {
  /** FFmpeg's name of the codec: `opus`, `pcm_mulaw`, `aac`. */
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
};

/** The answer, and the sentence for log, status and page. */
export type PassthroughDecision = {
  readonly passthrough: boolean;
  /** `passthrough: no, because the stream has B-frames`. */
  readonly words: string;
};

/** What the policy is asked with. */
export type VideoPassthroughOptions = {
  readonly policy: PassthroughPolicy;
  /** The configuration keys that ask for a certain picture: `media.video.bitrate`. Any of them means encoding. */
  readonly explicitKeys: readonly string[];
};

/**
 * Decides about video. Throws FloeError `source/unsupported-codec` when the policy is `always` and the stream does not
 * fit.
 */
export function decideVideoPassthrough(
  facts: VideoFacts,
  { policy, explicitKeys }: VideoPassthroughOptions,
): PassthroughDecision {
  if (policy === "never") {
    return refused("it is switched off");
  }
  const reason = unfitVideo(facts);
  if (reason !== undefined) {
    if (policy === "always") {
      throw unfit(reason);
    }
    return refused(reason);
  }
  // "always" says it louder than a bit rate does.
  if (policy === "auto" && explicitKeys.length > 0) {
    return refused(`${explicitKeys.join(", ")} ${explicitKeys.length === 1 ? "is" : "are"} set`);
  }
  const name = facts.profile === undefined ? "H.264" : `H.264 ${facts.profile}`;
  return { passthrough: true, words: `passthrough: yes (${name}, ${facts.width}x${facts.height}, no B-frames)` };
}

/** Why this video cannot go to browsers as it is, completing "because …"; undefined when it can. */
export function unfitVideo(facts: VideoFacts): string | undefined {
  if (facts.codec !== "h264") {
    return `the codec is ${facts.codec}`;
  }
  if (!facts.isPlainColor) {
    return "its pictures are not 8-bit 4:2:0";
  }
  if (facts.hasBFrames) {
    return B_FRAMES;
  }
  if (!facts.isProgressive) {
    return "its pictures are interlaced";
  }
  if (!facts.hasSquarePixels) {
    return "its pixels are not square";
  }
  if (!facts.hasParameterSets) {
    return "its parameter sets are missing or broken";
  }
  return facts.rotationDegrees === 0 ? undefined : `the picture is to be turned by ${facts.rotationDegrees} degrees`;
}

/** The reasons that may also turn up while a stream is running. */
export const B_FRAMES = "the stream has B-frames";
export const NO_IDR = "it has too few IDR pictures to begin at";

/** The reason, when these are the words of one that nothing announced: it will be so again. */
export function unannouncedReason(words: string): string | undefined {
  return [B_FRAMES, NO_IDR].find((reason) => refused(reason).words === words);
}

/** "no", for a reason that completes "because …". */
export function refused(reason: string): PassthroughDecision {
  return { passthrough: false, words: `passthrough: no, because ${reason}` };
}

/** The error of policy `always` for a stream that cannot go through. */
export function unfit(reason: string): FloeError {
  return new FloeError("source/unsupported-codec", `The video cannot be passed through, because ${reason}`, {
    fix: "Set media.passthrough to auto, so that it is encoded anew.",
  });
}

/** The codec that a sound stream goes out in untouched; undefined when it has to become Opus. Never an error. */
export function audioPassthrough(facts: AudioFacts, policy: PassthroughPolicy): "opus" | "pcmu" | "pcma" | undefined {
  if (policy === "never") {
    return undefined;
  }
  // WebRTC's G.711 has one rate and one channel (RFC 3551 table 4); Opus says its own in every packet, up to stereo.
  const isTelephone = facts.sampleRateHz === 8000 && facts.channels === 1;
  switch (facts.codec) {
    case "opus":
      return facts.channels <= 2 ? "opus" : undefined;
    case "pcm_mulaw":
      return isTelephone ? "pcmu" : undefined;
    case "pcm_alaw":
      return isTelephone ? "pcma" : undefined;
    default:
      return undefined;
  }
}
