// Looks at the streams of an opened source and decides which of them go through untouched.
import { WireError } from "../../core/error/floe-error.js";
import {
  audioPassthrough,
  decideVideoPassthrough,
  type PassthroughPolicy,
  refused,
  type VideoFacts,
} from "../../core/media/passthrough.js";
import { isAvcC, parseAvcC } from "../../core/payload/h264/avcc.js";
import { visitLeadingNalUnits } from "../../core/payload/h264/leading-nal-units.js";
import { ParameterSets } from "../../core/payload/h264/parameter-sets.js";
import { parseSps, profileName, type Sps } from "../../core/payload/h264/sps.js";
import type { AvSourceInfo } from "./av-source.js";
import type { DemuxedTrack, DemuxedTracks } from "./demuxer.js";
import { requireNodeAv } from "./load-node-av.js";
import { rotationOf } from "./rotation.js";

/** What is asked for. */
export type PassthroughOptions = {
  /** Default `never`. */
  readonly passthrough?: PassthroughPolicy;
  /** See OpenSourceOptions. Default none. */
  readonly explicitVideoKeys?: readonly string[];
};

/** What goes through, and why. */
export type PassthroughPlan = {
  readonly video: boolean;
  /** The codec that the sound goes out in as it is; undefined when it is decoded. */
  readonly audio: "opus" | "pcmu" | "pcma" | undefined;
  /** About the video; about the sound when there is no video. */
  readonly words: string;
};

/** Tolerance of "square": 1088 lines that are said to be 1080 are no distortion. */
const SQUARE_TOLERANCE = 0.01;

/** Decides. Throws FloeError `source/unsupported-codec` for video that does not fit while the policy is `always`. */
export function planPassthrough(
  tracks: DemuxedTracks,
  { passthrough: policy = "never", explicitVideoKeys = [] }: PassthroughOptions,
): PassthroughPlan {
  const audio = tracks.audio === undefined ? undefined : audioPassthrough(audioFactsOf(tracks.audio), policy);
  if (tracks.video !== undefined) {
    const { passthrough, words } = decideVideoPassthrough(videoFactsOf(tracks.video), {
      policy,
      explicitKeys: explicitVideoKeys,
    });
    return { video: passthrough, audio, words };
  }
  if (audio !== undefined) {
    return { video: false, audio, words: `passthrough: yes (${audio === "opus" ? "Opus" : "G.711"})` };
  }
  const reason = policy === "never" ? "it is switched off" : `the codec is ${codecNameOf(tracks.audio)}`;
  return { video: false, audio, words: refused(reason).words };
}

/** What a plan says in a source's info. */
export function describePlan({ video, audio, words }: PassthroughPlan): AvSourceInfo["passthrough"] {
  return { video, audio: audio !== undefined, words };
}

/** The codec of a stream, as people know it: `h264`, `av1`, `pcm_mulaw`. */
export function codecNameOf(track: DemuxedTrack | undefined): string {
  return (track === undefined ? null : requireNodeAv().avGetCodecName(track.codecParameters.codecId)) ?? "unknown";
}

/** The parameter sets in codec data of either form; nothing for what is broken. */
export function parameterSetsOf(extradata: Uint8Array): ParameterSets {
  const sets = new ParameterSets();
  try {
    if (isAvcC(extradata)) {
      for (const nal of parseAvcC(extradata).parameterSets) {
        sets.remember(nal);
      }
    } else {
      visitLeadingNalUnits(extradata, (nal) => sets.remember(nal));
    }
  } catch (error) {
    if (!(error instanceof WireError)) {
      throw error;
    }
  }
  return sets;
}

/** The newest SPS, parsed; undefined when there is none that parses. */
export function newestSps(sets: ParameterSets): Sps | undefined {
  try {
    return sets.newestSps === undefined ? undefined : parseSps(sets.newestSps);
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}

function audioFactsOf(track: DemuxedTrack): Parameters<typeof audioPassthrough>[0] {
  const { sampleRate, channels } = track.codecParameters;
  return { codec: codecNameOf(track), sampleRateHz: sampleRate, channels };
}

function videoFactsOf(track: DemuxedTrack): VideoFacts {
  const { codecParameters, pixelAspect } = track;
  const codec = codecNameOf(track);
  const extradata = codec === "h264" ? (codecParameters.extradata ?? new Uint8Array(0)) : new Uint8Array(0);
  const sets = parameterSetsOf(extradata);
  const sps = newestSps(sets);
  return {
    codec,
    profile: sps === undefined ? undefined : profileName(sps),
    width: codecParameters.width,
    height: codecParameters.height,
    // FFmpeg has looked at the pictures themselves, the SPS says what may come.
    hasBFrames: codecParameters.videoDelay > 0 || (sps?.maxReorderFrames ?? 0) > 0,
    isPlainColor: isPlainColor(codecParameters.format, sps),
    isProgressive: sps?.isProgressive ?? true,
    hasSquarePixels:
      Math.abs(pixelAspect - 1) < SQUARE_TOLERANCE && Math.abs((sps?.pixelAspect ?? 1) - 1) < SQUARE_TOLERANCE,
    hasParameterSets: canSend(extradata, sets),
    rotationDegrees: rotationOf(codecParameters),
  };
}

function isPlainColor(format: number, sps: Sps | undefined): boolean {
  if (sps !== undefined) {
    return sps.chromaFormatIdc === 1 && sps.bitDepth === 8;
  }
  const av = requireNodeAv();
  return format === av.AV_PIX_FMT_YUV420P || format === av.AV_PIX_FMT_YUVJ420P;
}

/** An avcC record must be whole, with lengths that have the room of a start code. Annex B brings its sets along. */
function canSend(extradata: Uint8Array, sets: ParameterSets): boolean {
  return !isAvcC(extradata) || (sets.isComplete && (extradata[4] & 3) === 3);
}
