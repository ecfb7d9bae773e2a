// The containers that a recording may have: what goes into each, and how FFmpeg's muxer writes it so that a process that is
// killed leaves a file that plays.
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioCodec, VideoCodec } from "../../core/stream/media-packet.js";

/** `media.record.format`. */
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

/** What `media.record.format` may be. */
export const RECORDING_FORMATS: readonly ["mp4", "mkv", "webm", "ts"] = ["mp4", "mkv", "webm", "ts"];

/** One container. */
export type Container = {
  readonly format: RecordingFormat;
  /** FFmpeg's name of the muxer. */
  readonly muxer: string;
  readonly video: readonly VideoCodec[];
  readonly audio: readonly AudioCodec[];
  /** Options of the muxer. */
  readonly options: Readonly<Record<string, string>>;
  /** Packets that one file takes: the muxer keeps its index in memory until the file is closed. */
  readonly maxPackets: number;
};

/** The most media that waits in memory for its fragment: what a kill may cost, milliseconds. */
export const FRAGMENT_MS = 500;

/** Matroska's index has the key frames only: thirty bytes each. */
const MATROSKA_PACKETS = 10_000_000;

const CONTAINERS: Readonly<Record<RecordingFormat, Container>> = {
  mp4: {
    format: "mp4",
    muxer: "mp4",
    video: ["h264"],
    audio: ["opus", "aac"],
    // Fragments by time, not at key frames: a publisher may send one key frame in an hour. Tracks begin where they do, not at 0.
    // Closing makes an ordinary MP4 of it: a player of fragments reads the whole file before it knows how long it is.
    options: {
      movflags: "empty_moov+default_base_moof+frag_discont+hybrid_fragmented",
      frag_duration: `${FRAGMENT_MS * 1000}`,
      use_editlist: "1",
      flush_packets: "1",
    },
    // Some 90 bytes each, so 135 MB: five hours of 30 pictures and 50 pieces of sound a second.
    maxPackets: 1_500_000,
  },
  mkv: {
    format: "mkv",
    muxer: "matroska",
    video: ["h264", "vp8"],
    audio: ["opus", "aac"],
    options: { cluster_time_limit: `${FRAGMENT_MS}`, flush_packets: "1" },
    maxPackets: MATROSKA_PACKETS,
  },
  webm: {
    format: "webm",
    muxer: "webm",
    video: ["vp8"],
    audio: ["opus"],
    options: { cluster_time_limit: `${FRAGMENT_MS}`, flush_packets: "1" },
    maxPackets: MATROSKA_PACKETS,
  },
  ts: {
    format: "ts",
    muxer: "mpegts",
    video: ["h264"],
    audio: ["opus", "aac"],
    options: { flush_packets: "1" },
    maxPackets: Number.POSITIVE_INFINITY,
  },
};

/** The container of that name. */
export function containerOf(format: RecordingFormat): Container {
  return CONTAINERS[format];
}

/** Formats that take these codecs, in the order of preference. */
export function formatsFor({
  video,
  audio,
}: {
  readonly video?: VideoCodec | undefined;
  readonly audio?: AudioCodec | undefined;
}): readonly RecordingFormat[] {
  return RECORDING_FORMATS.filter((format) => {
    const container = CONTAINERS[format];
    const takesVideo = video === undefined || container.video.includes(video);
    return takesVideo && (audio === undefined || container.audio.includes(audio));
  });
}

/** Throws FloeError `record/wrong-container` when `format` does not take these codecs, and says which does. */
export function checkContainer(
  format: RecordingFormat,
  codecs: { readonly video?: VideoCodec | undefined; readonly audio?: AudioCodec | undefined },
): void {
  const fitting = formatsFor(codecs);
  if (fitting.includes(format)) {
    return;
  }
  const names = [codecs.video, codecs.audio].filter((codec) => codec !== undefined).join(" and ");
  throw new FloeError("record/wrong-container", `A ${format} recording cannot hold ${names}`, {
    fix:
      fitting.length === 0 ? "Publish H.264 or VP8 with Opus." : `Set media.record.format to ${fitting.join(" or ")}.`,
  });
}
