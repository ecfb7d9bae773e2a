// What stream mode plays: a source that `openSource` opened, or one that a program brings. Frames are encoded here,
// H.264, Opus and G.711 go through as they come.

import { FloeError } from "../../../../core/error/floe-error.js";
import type { Signal } from "../../../../core/signal/signal.js";
import type { SinkObject, Source } from "../../../../core/stream/adapter.js";
import {
  AudioFrame,
  type EncodedAudioPacket,
  type EncodedVideoPacket,
  VideoFrame,
} from "../../../../core/stream/media-packet.js";
import type { StreamedCodecs } from "../../../../core/webrtc/negotiation-capabilities.js";
import type { AvSourceInfo, AvSourcePacket, SourceHealth } from "../../../av/av-source.js";

/** What a source has. A program's own may leave out why something passes through. */
export type StreamSourceInfo = Omit<AvSourceInfo, "passthrough"> & Partial<Pick<AvSourceInfo, "passthrough">>;

/**
 * A source as stream mode needs it; what `openSource` answers is one. `emits` and `info` say what comes: `VideoFrame`
 * and `AudioFrame` are encoded, `EncodedVideo` (H.264 in Annex B, parameter sets in front of each IDR) and `EncodedAudio`
 * (the codec that `info.audio` names) go out as they are. Media time is one line for picture and sound, in step with the
 * clock, and never goes back.
 */
export interface StreamSource extends Source<AvSourcePacket> {
  readonly info: StreamSourceInfo;
  /** `info` is another now. A change of the sound's codec reaches no viewer before the source is opened again. */
  readonly infoChanged?: Signal<AvSourceInfo> | Signal<StreamSourceInfo>;
  /** For a source that may go away and come back by itself: viewers stay meanwhile, and are told. */
  readonly health?: SourceHealth;
  readonly healthChanged?: Signal<SourceHealth>;
  /** The last packet is out: viewers are hung up on. */
  readonly ended?: Signal;
  /** Numbers for the status. */
  readonly counters?: object;
  /** Makes the next encoded picture a key frame; called at most twice a second. Leave it out where nobody can do that. */
  requestKeyFrame?(): void;
}

/**
 * Opens a program's own source: for the first viewer, and again when that opening was closed or broke. `signal` aborts when
 * nobody waits for it any more; a source that comes nonetheless is closed.
 */
export type OpenStreamSource = (signal: AbortSignal) => StreamSource | Promise<StreamSource>;

/**
 * A sink beside the viewers. One that accepts `VideoFrame` or `AudioFrame` gets what the source decoded, any other what
 * goes to the viewers, encoded. It runs behind a queue of its own and loses packets (encoded video: up to the next key
 * frame) rather than hold anybody up; when it throws, it is left out until the source is opened again.
 */
export type StreamSink = ((packet: EncodedVideoPacket | EncodedAudioPacket) => void) | SinkObject<AvSourcePacket>;

/** Whether a sink wants frames. */
export function wantsFrames(sink: StreamSink): boolean {
  const accepts = typeof sink === "function" ? undefined : sink.accepts;
  return accepts?.some((kind) => kind === VideoFrame || kind === AudioFrame) ?? false;
}

/** The codecs that viewers get from such a source. Throws FloeError `source/unsupported-codec`. */
export function streamedCodecs({ name, video, audio }: StreamSourceInfo): StreamedCodecs {
  if (video?.delivery === "passthrough" && video.codec !== "h264") {
    throw new FloeError("source/unsupported-codec", `${name} hands on ${video.codec}, and viewers get H.264`, {
      fix: "Hand on H.264, or frames.",
    });
  }
  return {
    ...(video === undefined ? {} : { video: "h264" }),
    ...(audio === undefined ? {} : { audio: audio.delivery === "passthrough" ? audio.codec : "opus" }),
  };
}
