// What our end can do, as data: codecs, directions, header extensions. A new codec is one more entry in a list.
import { HEADER_EXTENSION_URI } from "../rtp/header-extension.js";
import type { MediaDirection } from "../sdp/media-direction.js";
import type { CodecCapability } from "./negotiation-codec.js";
import { g711Capability } from "./negotiation-g711.js";
import { h264Capability, h264ReceiveCapability, type VideoReceiveOptions } from "./negotiation-h264.js";
import { opusCapability } from "./negotiation-opus.js";
import { vp8ReceiveCapability } from "./negotiation-vp8.js";

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

/** What a server that receives takes, and how. */
export type RecordedCodecs = {
  /** In our order of preference; H.264 and VP8 when nothing is said. None: pictures are not received. */
  readonly video?: readonly ("h264" | "vp8")[];
  /** kbit/s that a Chromium sender begins with; 2500 when nothing is said. */
  readonly startBitrateKbps?: number;
  /**
   * Whether the intake answers with transport-cc feedback. A sender that was promised it and gets none stays at its start
   * bitrate for ever, so it is `off` when nothing is said; the estimate of the receiver (REMB) leads it then.
   */
  readonly transportFeedback?: "on" | "off";
};

/**
 * A server that records: receives pictures and Opus, sends nothing, takes a data channel. Whatever else is offered is inactive,
 * with the reason in the plan's notes.
 */
export function recordingCapabilities({
  video = ["h264", "vp8"],
  startBitrateKbps = 2500,
  transportFeedback = "off",
}: RecordedCodecs = {}): LocalCapabilities {
  const isLedBySender = transportFeedback === "on";
  const led = isLedBySender ? "transport-cc" : "goog-remb";
  const options: VideoReceiveOptions = { feedback: ["nack", "nack pli", "ccm fir", led], startBitrateKbps };
  const extensions = isLedBySender ? [HEADER_EXTENSION_URI.transportSequence] : [];
  return {
    codecs: [
      ...video.map((codec) => (codec === "h264" ? h264ReceiveCapability(options) : vp8ReceiveCapability(options))),
      opusCapability({ way: "receive", feedback: isLedBySender ? ["nack", "transport-cc"] : ["nack"] }),
    ],
    video: { direction: video.length === 0 ? "inactive" : "recvonly", extensions },
    audio: { direction: "recvonly", extensions },
    dataChannel: "accept",
  };
}
