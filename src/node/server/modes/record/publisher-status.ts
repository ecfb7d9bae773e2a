// What a status page shows of one publisher: what it sends, how it arrives, what becomes of it, and in words what is wrong.
import type { MediaReceiverReport } from "../../../../core/webrtc/media-receiver.js";
import type { PeerSessionState } from "../../../../core/webrtc/peer-session-state.js";
import type { ReceivedTrackReport } from "../../../../core/webrtc/received-track.js";
import type { RecordingReport, RecordingSink } from "../../../record/recording-sink.js";

/** One medium of a publisher. */
export type PublishedMedium = {
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
  /** Pictures, or pieces of sound, a second. */
  readonly fps: number;
  readonly bitrateBps: number;
  readonly frames: number;
  readonly keyFrames: number;
  /** Pictures of which something came, but which were not handed on. */
  readonly droppedFrames: number;
  readonly packets: number;
  readonly packetsLost: number;
  /** Of all packets, 0..1. */
  readonly fractionLost: number;
  readonly nackedPackets: number;
  /** Packets that were late, or came only when asked for. */
  readonly repairedPackets: number;
  readonly rtxPackets: number;
  readonly jitterMs: number;
  /** Absent in JSON until a packet was asked for and came. */
  readonly roundTripMs: number | undefined;
  readonly keyFrameRequests: number;
  readonly estimateBps: number | undefined;
};

/** One publisher. */
export type PublisherStatus = {
  readonly peer: string;
  readonly state: PeerSessionState["kind"];
  /** What is wrong with what it sends, or "". */
  readonly words: string;
  /** What was refused or is a compromise in the negotiation, in words. */
  readonly notes: readonly string[];
  readonly video?: PublishedMedium;
  readonly audio?: PublishedMedium;
  /** Datagrams that were of no use: malformed, too large, of no source that was agreed on. */
  readonly unusable: number;
  readonly recording?: {
    /** As /api/recordings has it. */
    readonly id: string;
    readonly state: RecordingReport["state"];
    readonly bytes: number;
    readonly durationMs: number;
    /** Pictures that came while a key frame was awaited, and what transcoding left out. */
    readonly skippedFrames: number;
    readonly droppedFrames: number;
    readonly droppedSounds: number;
    readonly error?: RecordingReport["error"];
  };
};

type ShownRecording = { readonly id: string; readonly sink: Pick<RecordingSink, "report"> };

/** Without packets for so long, something is wrong. */
const SILENT_MS = 3000;

/** Gathers everything of one publisher. */
export function publisherStatus({
  received,
  recording,
  ...session
}: Pick<PublisherStatus, "peer" | "state" | "notes"> & {
  readonly received: MediaReceiverReport | undefined;
  readonly recording: ShownRecording | undefined;
  /** How long its call has been up; 0 while it is not. */
  readonly activeMs: number;
}): PublisherStatus {
  const { activeMs, ...shown } = session;
  const tracks = received?.tracks ?? [];
  const of = (kind: "video" | "audio"): ReceivedTrackReport | undefined => tracks.find((track) => track.kind === kind);
  const { malformed = 0, oversized = 0, foreign = 0 } = received?.intake ?? {};
  const [video, audio] = [of("video"), of("audio")];
  return {
    ...shown,
    words: activeMs < SILENT_MS ? "" : [trouble(video, audio, activeMs), soundAlone(video, recording)].join(" ").trim(),
    ...(video === undefined ? {} : { video: medium(video) }),
    ...(audio === undefined ? {} : { audio: medium(audio) }),
    unusable: malformed + oversized + foreign,
    ...(recording === undefined ? {} : { recording: shownRecording(recording) }),
  };
}

/** What is wrong, most important first. */
function trouble(
  video: ReceivedTrackReport | undefined,
  audio: ReceivedTrackReport | undefined,
  activeMs: number,
): string {
  const isSilent = (track: ReceivedTrackReport | undefined): boolean => (track?.silentMs ?? activeMs) > SILENT_MS;
  if (isSilent(video) && isSilent(audio)) {
    return "No packets come from the publisher: its camera and microphone may be off, or its network is interrupted.";
  }
  if (video === undefined) {
    return "Only sound is published.";
  }
  if (isSilent(video)) {
    return "Only sound comes: the camera may be off.";
  }
  if (video.keyFrames === 0) {
    return `No key frame has come after ${video.rtp.keyFrameRequests} requests, so there is no picture to begin with.`;
  }
  return audio !== undefined && isSilent(audio) ? "Only pictures come: the microphone may be off." : "";
}

/** What becomes of sound for which no picture comes. */
function soundAlone(video: ReceivedTrackReport | undefined, recording: ShownRecording | undefined): string {
  const report = recording?.sink.report();
  return video !== undefined && report?.state === "recording" && report.video === undefined
    ? "So far sound alone is recorded; the first picture begins a new file."
    : "";
}

function medium({ codec, width, height, rtp, ...track }: ReceivedTrackReport): PublishedMedium {
  return {
    codec,
    ...(width === undefined || height === undefined ? {} : { width, height }),
    fps: track.fps,
    bitrateBps: track.bitrateBps,
    frames: track.frames,
    keyFrames: track.keyFrames,
    droppedFrames: track.droppedFrames,
    packets: rtp.packets,
    packetsLost: rtp.lost,
    fractionLost: track.fractionLost,
    nackedPackets: rtp.nackedPackets,
    repairedPackets: rtp.repaired,
    rtxPackets: rtp.rtxPackets,
    jitterMs: rtp.jitterMs,
    roundTripMs: rtp.roundTripMs,
    keyFrameRequests: rtp.keyFrameRequests,
    estimateBps: rtp.estimateBps,
  };
}

function shownRecording({ id, sink }: ShownRecording): NonNullable<PublisherStatus["recording"]> {
  const { state, bytes, durationUs, skippedPictures, droppedPictures, droppedSounds, error } = sink.report();
  return {
    id,
    state,
    bytes,
    durationMs: Math.round(durationUs / 1000),
    skippedFrames: skippedPictures,
    droppedFrames: droppedPictures,
    droppedSounds,
    ...(error === undefined ? {} : { error }),
  };
}
