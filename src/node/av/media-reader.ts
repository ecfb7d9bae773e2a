// A media file as one endless (or finite) run of decoded pictures and sound in order of their time: demux, decode,
// repair of timestamps, and loops joined to the sample. Pull it as fast as you like; pacing is somebody else's.
import type { Frame } from "node-av/lib";
import { LoopTimeline } from "../../core/media/loop-timeline.js";
import { refused } from "../../core/media/passthrough.js";
import { TimestampRepair } from "../../core/media/timestamp-repair.js";
import type { MediaMicros } from "../../core/time/units.js";
import { AudioLine } from "./audio-line.js";
import type { AvSourceInfo } from "./av-source.js";
import { type DemuxedTrack, Demuxer, type TrackKind, ticksToUs } from "./demuxer.js";
import { freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import type { NativeAudioFrame } from "./native-audio-frame.js";
import type { NativeVideoFrame } from "./native-video-frame.js";
import { noMedia } from "./source-errors.js";
import { StreamDecoder } from "./stream-decoder.js";
import { VideoLine } from "./video-line.js";

/** One medium while it is read. */
type Track = {
  readonly decoder: StreamDecoder;
  readonly repair: TimestampRepair;
  readonly timeBase: DemuxedTrack["timeBase"];
  /** `reading`; `ended` for this pass; `starved`: the other one first, this time. */
  state: "reading" | "ended" | "starved";
};

/** What a file holds. */
export type MediaFileInfo = Omit<AvSourceInfo, "name">;

/** An open file. `next` and `close` must not overlap; `interrupt` may come at any time. */
export class MediaReader {
  readonly #path: string;
  readonly #loop: boolean;
  readonly #demuxer: Demuxer;
  readonly #timeline: LoopTimeline;
  readonly #tracks: { video?: Track; audio?: Track } = {};
  readonly #videoLine: VideoLine;
  readonly #audioLine: AudioLine = new AudioLine();
  readonly #info: MediaFileInfo;
  /** Where this pass will be joined to the next, once its pictures are over. */
  #joinUs: MediaMicros | undefined;
  #framesInPass = 0;

  private constructor(path: string, loop: boolean, demuxer: Demuxer, tracks: { video?: Track; audio?: Track }) {
    this.#path = path;
    this.#loop = loop;
    this.#demuxer = demuxer;
    this.#tracks = tracks;
    this.#timeline = new LoopTimeline({ fileStartUs: demuxer.startUs });
    this.#videoLine = new VideoLine({ fps: demuxer.tracks.video?.fps ?? 0 });
    this.#info = describe(demuxer, tracks);
  }

  /** Opens a file and its decoders. Throws the FloeErrors of Demuxer.open and StreamDecoder.open. */
  static async open(path: string, { loop }: { readonly loop: boolean }): Promise<MediaReader> {
    const demuxer = await Demuxer.open(path);
    const tracks: { video?: Track; audio?: Track } = {};
    try {
      for (const track of [demuxer.tracks.video, demuxer.tracks.audio]) {
        if (track !== undefined) {
          tracks[track.kind] = await openTrack(demuxer, track);
        }
      }
      return new MediaReader(path, loop, demuxer, tracks);
    } catch (error) {
      tracks.video?.decoder.close();
      tracks.audio?.decoder.close();
      await demuxer.close();
      throw error;
    }
  }

  get info(): MediaFileInfo {
    return this.#info;
  }

  /** Loops that are over. */
  get passes(): number {
    return this.#timeline.passes;
  }

  /** Packets that could not be decoded. */
  get faults(): number {
    return (this.#tracks.video?.decoder.faults ?? 0) + (this.#tracks.audio?.decoder.faults ?? 0);
  }

  /**
   * The next picture or piece of sound, which the caller releases; undefined at the end of a file that is not looped.
   * Throws FloeError `source/no-media` when a whole pass gave nothing.
   */
  async next(): Promise<NativeVideoFrame | NativeAudioFrame | undefined> {
    for (;;) {
      await this.#fillHeads();
      const packet = this.#takeEarliest();
      if (packet !== undefined) {
        this.#framesInPass++;
        return packet;
      }
      if (!this.#isPassOver()) {
        continue;
      }
      if (this.#framesInPass === 0) {
        throw noMedia(this.#path);
      }
      if (!this.#loop) {
        return undefined;
      }
      await this.#beginPass();
    }
  }

  /** Makes a read that hangs return. For closing only. */
  interrupt(): void {
    this.#demuxer.interrupt();
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.#videoLine.close();
    this.#audioLine.close();
    this.#tracks.video?.decoder.close();
    this.#tracks.audio?.decoder.close();
    await this.#demuxer.close();
  }

  async #fillHeads(): Promise<void> {
    const { video, audio } = this.#tracks;
    if (video !== undefined && video.state !== "ended" && !this.#videoLine.hasHead) {
      await this.#fill(video, "video");
    }
    if (audio !== undefined && audio.state !== "ended" && !this.#audioLine.hasHead) {
      await this.#fill(audio, "audio");
    }
  }

  async #fill(track: Track, kind: TrackKind): Promise<void> {
    const frame = await track.decoder.next();
    if (typeof frame === "string") {
      track.state = frame === "end" ? "ended" : "starved";
      return;
    }
    track.state = "reading";
    const line = kind === "video" ? this.#videoLine.endUs : this.#audioLine.nextUs;
    // The sound's count may lie half a sample behind the join.
    const isFirstOfPass = line === undefined || line <= this.#timeline.baseUs + 1000;
    const expectedUs = isFirstOfPass ? undefined : line;
    const placedUs = this.#placeOf(frame, track, expectedUs ?? this.#timeline.baseUs);
    const timeUs = track.repair.repair(placedUs, expectedUs);
    if (kind === "video") {
      this.#videoLine.put(frame, timeUs, ticksToUs(frame.duration, track.timeBase));
    } else if (frame.nbSamples > 0) {
      this.#audioLine.put(frame, timeUs, this.#timeline.baseUs);
    } else {
      freeFrame(frame);
    }
  }

  #placeOf(frame: Frame, track: Track, fallbackUs: MediaMicros): MediaMicros {
    const ticks = frame.bestEffortTimestamp;
    return ticks === requireNodeAv().AV_NOPTS_VALUE
      ? fallbackUs
      : this.#timeline.place(ticksToUs(ticks, track.timeBase));
  }

  /** The earlier of the next picture and the next sound, or undefined when neither can be told yet or both are over. */
  #takeEarliest(): NativeVideoFrame | NativeAudioFrame | undefined {
    const { video, audio } = this.#tracks;
    const videoUs = this.#videoLine.hasHead ? this.#videoLine.headUs : undefined;
    if (audio === undefined || (audio.state !== "reading" && !this.#audioLine.hasHead && !this.#audioLine.isStarted)) {
      return videoUs === undefined ? undefined : this.#videoLine.take();
    }
    if (videoUs !== undefined) {
      const isAudioFirst = this.#audioLine.nextUs < videoUs;
      if (isAudioFirst && this.#audioLine.hasHead) {
        return this.#audioLine.take();
      }
      if (isAudioFirst && audio.state === "ended") {
        // The sound is over before the pictures: silence keeps it company.
        const missing = this.#audioLine.samplesUntil(videoUs);
        return missing > 0 ? this.#audioLine.takeSilence(missing) : this.#videoLine.take();
      }
      return this.#videoLine.take();
    }
    if (video !== undefined && video.state !== "ended") {
      return this.#audioLine.take();
    }
    return this.#takeTail();
  }

  /** The sound behind the last picture: as it is, or, in a loop, up to the join and not a sample further. */
  #takeTail(): NativeAudioFrame | undefined {
    if (!this.#loop) {
      return this.#audioLine.take();
    }
    const joinUs = this.#findJoin();
    if (this.#audioLine.hasHead) {
      return joinUs === undefined ? this.#audioLine.take() : this.#audioLine.takeUntil(joinUs);
    }
    const missing = joinUs === undefined ? 0 : this.#audioLine.samplesUntil(joinUs);
    return missing > 0 && this.#tracks.audio?.state === "ended" ? this.#audioLine.takeSilence(missing) : undefined;
  }

  /** Where the pass ends, as soon as that can be known; undefined while sound alone decides and still goes on. */
  #findJoin(): MediaMicros | undefined {
    const hasVideo = this.#tracks.video !== undefined;
    if (this.#joinUs === undefined && (hasVideo || this.#tracks.audio?.state === "ended")) {
      const lastPacketUs = this.#demuxer.endUs("audio");
      const audioUs = Math.max(
        this.#audioLine.nextUs,
        hasVideo && lastPacketUs !== undefined ? this.#timeline.place(lastPacketUs) : 0,
      );
      const videoUs = this.#videoLine.endUs;
      this.#joinUs = this.#timeline.joinUs({ audioUs, ...(videoUs === undefined ? {} : { videoUs }) });
    }
    return this.#joinUs;
  }

  #isPassOver(): boolean {
    const { video, audio } = this.#tracks;
    const isVideoOver = video === undefined || (video.state === "ended" && !this.#videoLine.hasHead);
    return isVideoOver && (audio === undefined || (audio.state === "ended" && !this.#audioLine.hasHead));
  }

  async #beginPass(): Promise<void> {
    const videoUs = this.#videoLine.endUs;
    const joinUs = this.#joinUs ?? this.#timeline.joinUs(videoUs === undefined ? {} : { videoUs });
    this.#joinUs = undefined;
    this.#framesInPass = 0;
    await this.#demuxer.rewind();
    this.#timeline.beginPass(joinUs);
    for (const track of [this.#tracks.video, this.#tracks.audio]) {
      track?.decoder.rewind();
      if (track !== undefined) {
        track.state = "reading";
      }
    }
  }
}

async function openTrack(demuxer: Demuxer, track: DemuxedTrack): Promise<Track> {
  return {
    decoder: await StreamDecoder.open(demuxer, track),
    repair: new TimestampRepair({ mayJumpAhead: demuxer.mayJump }),
    timeBase: track.timeBase,
    state: "reading",
  };
}

function describe(demuxer: Demuxer, tracks: { video?: Track; audio?: Track }): MediaFileInfo {
  const { video, audio } = demuxer.tracks;
  return {
    ...(video === undefined || tracks.video === undefined
      ? {}
      : {
          video: {
            width: video.codecParameters.width,
            height: video.codecParameters.height,
            fps: video.fps,
            codec: tracks.video.decoder.codecName,
            delivery: "decoded",
          },
        }),
    ...(audio === undefined || tracks.audio === undefined
      ? {}
      : {
          audio: {
            sampleRateHz: audio.codecParameters.sampleRate,
            channels: audio.codecParameters.channels,
            codec: tracks.audio.decoder.codecName,
            delivery: "decoded",
          },
        }),
    passthrough: { video: false, audio: false, words: refused("it is switched off").words },
  };
}
