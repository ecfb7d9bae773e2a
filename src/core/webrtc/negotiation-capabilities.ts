// What our end can do, as data: codecs, directions, header extensions. A new codec is one more entry in a list.
import { HEADER_EXTENSION_URI } from "../rtp/header-extension.js";
import type { MediaDirection } from "../sdp/media-direction.js";
import type { CodecCapability } from "./negotiation-codec.js";
import { g711Capability } from "./negotiation-g711.js";
import { h264Capability } from "./negotiation-h264.js";
import { opusCapability } from "./negotiation-opus.js";

/** What we do with one kind of media. */
export type MediaCapability = {
  /** Seen from us. */
  readonly direction: MediaDirection;
  /** URIs of RTP header extensions that we write or read; one that is not offered is left out. */
  readonly extensions: readonly string[];
  /** How many sections of this kind we take part in; 1 when nothing is said. More of them become inactive. */
  readonly maxSections?: number;
};

/** Everything that an answer is planned from. */
export type LocalCapabilities = {
  /** In our order of preference. */
  readonly codecs: readonly CodecCapability[];
  readonly video: MediaCapability;
  readonly audio: MediaCapability;
  readonly dataChannel: "accept" | "reject";
};

/** The one codec of each kind that a stream is encoded in. */
export type StreamedCodecs = {
  /** Left out: there is no picture. */
  readonly video?: "h264";
  /** Left out: there is no sound. */
  readonly audio?: "opus" | "pcmu" | "pcma";
};

/**
 * A server that streams: sends what it is encoded in (H.264 and Opus when nothing is said) and nothing else, takes a
 * data channel, receives no media. What the stream does not have is inactive.
 */
export function streamingCapabilities({ video, audio }: StreamedCodecs = STREAMED): LocalCapabilities {
  return {
    codecs: [
      ...(video === undefined ? [] : [h264Capability()]),
      ...(audio === undefined ? [] : [audio === "opus" ? opusCapability() : g711Capability(audio)]),
    ],
    video: {
      direction: video === undefined ? "inactive" : "sendonly",
      extensions: [HEADER_EXTENSION_URI.playoutDelay],
    },
    audio: { direction: audio === undefined ? "inactive" : "sendonly", extensions: [] },
    dataChannel: "accept",
  };
}

const STREAMED: StreamedCodecs = { video: "h264", audio: "opus" };
