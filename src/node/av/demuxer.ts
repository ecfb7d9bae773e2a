// Reads the packets of a media file: first video and first audio stream, each with a small queue of its own, so that
// either can be read ahead however the file interleaves them.
import type { CodecParameters, FormatContext, Packet, Stream } from "node-av/lib";
import type { MediaMicros } from "../../core/time/units.js";
import { avMessage } from "./av-error.js";
import { DirectReading } from "./direct-reading.js";
import { allocatePacket, contextClosed, contextOpened, freePacket } from "./live-handles.js";
import { loadNodeAv, requireNodeAv } from "./load-node-av.js";
import { setAvOptions } from "./set-options.js";
import { noMedia, unreadable } from "./source-errors.js";

/** The two media of a file. */
export type TrackKind = "video" | "audio";

/** One stream that is read. */
export type DemuxedTrack = {
  readonly kind: TrackKind;
  /** Position among the file's streams. */
  readonly index: number;
  /** Length of one tick of its timestamps, in seconds, as a fraction. */
  readonly timeBase: { readonly num: number; readonly den: number };
  /** FFmpeg's description of the codec; valid while the demuxer is open and not rewound. */
  readonly codecParameters: CodecParameters;
  /** Pictures a second as the file claims, or 0. */
  readonly fps: number;
  /** Width of a pixel divided by its height. */
  readonly pixelAspect: number;
};

/** What the file has. At least one of the two. */
export type DemuxedTracks = { readonly video?: DemuxedTrack; readonly audio?: DemuxedTrack };

/** Most bytes that wait in one queue while the other medium is looked for. */
const MAX_QUEUED_BYTES = 33_554_432;
/** Demuxers that open text or subtitles as if they were pictures. */
const NOT_MEDIA = new Set(["tty", "bin", "idf", "adf", "xbin"]);

type PacketQueue = { readonly packets: Packet[]; bytes: number; endUs: MediaMicros | undefined };

/** An open file. `next`, `rewind` and `close` must not overlap, except that `interrupt` may come at any time. */
export class Demuxer {
  readonly #path: string;
  readonly #direct: DirectReading;
  #format: FormatContext | undefined;
  #tracks: DemuxedTracks = {};
  #byIndex = new Map<number, PacketQueue>();
  #queues: Record<TrackKind, PacketQueue> = { video: newQueue(), audio: newQueue() };
  #isAtEnd = false;
  #isInterrupted = false;

  private constructor(path: string, direct: DirectReading) {
    this.#path = path;
    this.#direct = direct;
  }

  /** Opens a local file. Throws FloeError `source/unreadable` or `source/no-media`. */
  static async open(path: string): Promise<Demuxer> {
    await loadNodeAv();
    const demuxer = new Demuxer(path, await DirectReading.of(path));
    try {
      await demuxer.#openFormat();
      return demuxer;
    } catch (error) {
      await demuxer.close();
      throw error;
    }
  }

  get tracks(): DemuxedTracks {
    return this.#tracks;
  }

  /** The container's first time, when it tells one. */
  get startUs(): MediaMicros | undefined {
    const start = this.#format?.startTime;
    return start === undefined || start === requireNodeAv().AV_NOPTS_VALUE ? undefined : Number(start);
  }

  /** Whether this container may jump in its timestamps by design (MPEG transport streams). */
  get mayJump(): boolean {
    const flags = Number(this.#format?.iformat?.flags ?? 0);
    return (flags & Number(requireNodeAv().AVFMT_TS_DISCONT)) !== 0;
  }

  /** Latest end of any packet of this medium that was read in this pass. */
  endUs(kind: TrackKind): MediaMicros | undefined {
    return this.#queues[kind].endUs;
  }

  /**
   * The next packet of one medium, which the caller frees; `end` at the end of the file; `starved` when so much of the
   * other medium came that no more can be queued: read that one first.
   */
  async next(kind: TrackKind): Promise<Packet | "end" | "starved"> {
    const queue = this.#queues[kind];
    const other = this.#queues[kind === "video" ? "audio" : "video"];
    for (;;) {
      const packet = queue.packets.shift();
      if (packet !== undefined) {
        queue.bytes -= packet.size;
        return packet;
      }
      if (this.#isAtEnd) {
        return "end";
      }
      if (other.bytes > MAX_QUEUED_BYTES) {
        return "starved";
      }
      await this.#readOne();
    }
  }

  /** Starts again at the beginning, exactly as the first time. `tracks` is new afterwards. */
  async rewind(): Promise<void> {
    await this.#closeFormat();
    await this.#openFormat();
  }

  /** Makes a read that hangs return; `next` then answers `end`. For closing only. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#isAtEnd = true;
    this.#format?.interrupt();
  }

  /** Frees everything. No other call may be pending. */
  async close(): Promise<void> {
    this.#isInterrupted = true;
    await this.#closeFormat();
  }

  async #openFormat(): Promise<void> {
    const av = requireNodeAv();
    const format = new av.FormatContext();
    format.allocContext();
    contextOpened();
    this.#format = format;
    // Local files only: a playlist must not reach out to the network or to pipes.
    setAvOptions(format, { protocol_whitelist: "file,crypto,data" });
    const opened = await format.openInput(`file:${this.#path}`);
    if (opened < 0) {
      throw unreadable(this.#path, avMessage(opened));
    }
    if (NOT_MEDIA.has(format.iformat?.name ?? "")) {
      throw unreadable(this.#path, "it is text");
    }
    const found = await format.findStreamInfo();
    if (found < 0) {
      throw unreadable(this.#path, avMessage(found));
    }
    this.#chooseTracks(format);
    this.#isAtEnd = this.#isInterrupted;
  }

  #chooseTracks(format: FormatContext): void {
    const tracks = findTracks(format);
    if (tracks.video === undefined && tracks.audio === undefined) {
      throw noMedia(this.#path);
    }
    this.#tracks = tracks;
    this.#queues = { video: newQueue(), audio: newQueue() };
    this.#byIndex = new Map();
    for (const track of [this.#tracks.video, this.#tracks.audio]) {
      if (track !== undefined) {
        this.#byIndex.set(track.index, this.#queues[track.kind]);
      }
    }
  }

  async #readOne(): Promise<void> {
    const packet = allocatePacket();
    const code = await this.#readFrame(this.#format as FormatContext, packet);
    const queue = this.#byIndex.get(packet.streamIndex);
    if (code < 0 || queue === undefined || this.#isInterrupted) {
      freePacket(packet);
      // Whatever the reason, nothing more comes: a broken tail ends the file as its end does.
      this.#isAtEnd ||= code < 0;
      return;
    }
    queue.packets.push(packet);
    queue.bytes += packet.size;
    const endUs = this.#endOf(packet);
    if (endUs !== undefined && (queue.endUs === undefined || endUs > queue.endUs)) {
      queue.endUs = endUs;
    }
  }

  #readFrame(format: FormatContext, packet: Packet): number | Promise<number> {
    if (!this.#direct.mayBeDirect(performance.now())) {
      return format.readFrame(packet);
    }
    const code = format.readFrameSync(packet);
    this.#direct.done(performance.now());
    return code;
  }

  #endOf(packet: Packet): MediaMicros | undefined {
    const { video, audio } = this.#tracks;
    const track = packet.streamIndex === video?.index ? video : audio;
    if (track === undefined || packet.pts === requireNodeAv().AV_NOPTS_VALUE) {
      return undefined;
    }
    return ticksToUs(packet.pts + packet.duration, track.timeBase);
  }

  async #closeFormat(): Promise<void> {
    for (const kind of ["video", "audio"] as const) {
      for (const packet of this.#queues[kind].packets.splice(0)) {
        freePacket(packet);
      }
      this.#queues[kind].bytes = 0;
    }
    const format = this.#format;
    this.#format = undefined;
    if (format !== undefined) {
      contextClosed();
      await format.closeInput();
      format.freeContext();
    }
  }
}

/** The first video and the first audio stream that can be decoded; FFmpeg discards the packets of all others. */
export function findTracks(format: FormatContext): DemuxedTracks {
  const video = format.streams.find(isUsableVideo);
  const audio = format.streams.find(isUsableAudio);
  for (const stream of format.streams) {
    if (stream.index !== video?.index && stream.index !== audio?.index) {
      stream.discard = requireNodeAv().AVDISCARD_ALL;
    }
  }
  return {
    ...(video === undefined ? {} : { video: describe("video", video) }),
    ...(audio === undefined ? {} : { audio: describe("audio", audio) }),
  };
}

/** A timestamp or a duration as whole microseconds. */
export function ticksToUs(ticks: bigint, timeBase: { readonly num: number; readonly den: number }): number {
  return Math.round((Number(ticks) * 1_000_000 * timeBase.num) / timeBase.den);
}

function newQueue(): PacketQueue {
  return { packets: [], bytes: 0, endUs: undefined };
}

function isUsableVideo(stream: Stream): boolean {
  const av = requireNodeAv();
  const { codecpar } = stream;
  // A cover picture is no video.
  const isPicture = (Number(stream.disposition) & Number(av.AV_DISPOSITION_ATTACHED_PIC)) !== 0;
  return (
    codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && !isPicture && codecpar.width > 0 && hasDecoder(codecpar.codecId)
  );
}

function isUsableAudio(stream: Stream): boolean {
  const { codecpar } = stream;
  return (
    codecpar.codecType === requireNodeAv().AVMEDIA_TYPE_AUDIO && codecpar.sampleRate > 0 && hasDecoder(codecpar.codecId)
  );
}

function hasDecoder(id: CodecParameters["codecId"]): boolean {
  return requireNodeAv().Codec.findDecoder(id) !== null;
}

function describe(kind: TrackKind, stream: Stream): DemuxedTrack {
  const rate = stream.avgFrameRate;
  const aspect = stream.sampleAspectRatio;
  return {
    kind,
    index: stream.index,
    timeBase: { num: stream.timeBase.num, den: stream.timeBase.den },
    codecParameters: stream.codecpar,
    fps: rate.num > 0 && rate.den > 0 ? rate.num / rate.den : 0,
    pixelAspect: aspect.num > 0 && aspect.den > 0 ? aspect.num / aspect.den : 1,
  };
}
