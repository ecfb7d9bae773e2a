// A media file as one endless (or finite) run of pictures and sound in order of their time, decoded or passed through:
// demux, repair of timestamps, and loops joined exactly. Pull it as fast as you like; pacing is somebody else's.
import type { CodecParameters } from "node-av/lib";
import type { PixelSize } from "../../core/media/fit-inside.js";
import { LoopTimeline } from "../../core/media/loop-timeline.js";
import { type PassthroughPolicy, refused, unfit } from "../../core/media/passthrough.js";
import { TimestampRepair } from "../../core/media/timestamp-repair.js";
import { Signal } from "../../core/signal/signal.js";
import type { MediaMicros } from "../../core/time/units.js";
import type { AvSourceInfo } from "./av-source.js";
import { DecodedAudioLane, DecodedVideoLane } from "./decoded-lane.js";
import { Demuxer } from "./demuxer.js";
import type { AudioLane, LanePacket, MediaLane, Placer, VideoLane } from "./media-lane.js";
import { PassthroughAudioLane, PassthroughVideoLane } from "./passthrough-lane.js";
import { describePlan, type PassthroughOptions, type PassthroughPlan, planPassthrough } from "./passthrough-plan.js";
import { rotationOf } from "./rotation.js";
import { noMedia } from "./source-errors.js";

/** What a file holds. */
export type MediaFileInfo = Omit<AvSourceInfo, "name">;

/** How a file is read. */
export type MediaReaderOptions = PassthroughOptions & {
  /** Whether it begins again at its end. */
  readonly loop: boolean;
};

/** One medium while it is read. */
type Track<Lane extends MediaLane> = {
  lane: Lane;
  readonly place: Placer;
  /** `reading`; `ended` for this pass; `starved`: the other one first, this time. */
  state: "reading" | "ended" | "starved";
};

/** An open file. `next`, `resync` and `close` must not overlap; `interrupt` may come at any time. */
export class MediaReader {
  /** Passing through ended (B-frames turned up, say), or the picture changed its size. */
  readonly infoChanged: Signal<MediaFileInfo> = new Signal();
  readonly #path: string;
  readonly #loop: boolean;
  readonly #policy: PassthroughPolicy;
  readonly #demuxer: Demuxer;
  readonly #timeline: LoopTimeline;
  #video: Track<VideoLane> | undefined;
  #audio: Track<AudioLane> | undefined;
  #faultsBefore = 0;
  #copiedBefore = 0;
  #info: MediaFileInfo;
  #size: VideoLane["size"];
  /** Where this pass will be joined to the next, once its pictures are over. */
  #joinUs: MediaMicros | undefined;
  #packetsInPass = 0;

  private constructor(path: string, { loop, passthrough = "never" }: MediaReaderOptions, demuxer: Demuxer) {
    this.#path = path;
    this.#loop = loop;
    this.#policy = passthrough;
    this.#demuxer = demuxer;
    this.#timeline = new LoopTimeline({ fileStartUs: demuxer.startUs });
    this.#info = { passthrough: { video: false, audio: false, words: "" } };
  }

  /**
   * Opens a file and the decoders that it needs. Throws the FloeErrors of Demuxer.open and StreamDecoder.open, and
   * `source/unsupported-codec` when video has to go through and cannot.
   */
  static async open(path: string, options: MediaReaderOptions): Promise<MediaReader> {
    const demuxer = await Demuxer.open(path);
    const reader = new MediaReader(path, options, demuxer);
    try {
      await reader.#openLanes(planPassthrough(demuxer.tracks, options));
      return reader;
    } catch (error) {
      await reader.close();
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

  /** Packets that could not be used. */
  get faults(): number {
    return this.#faultsBefore + (this.#video?.lane.faults ?? 0) + (this.#audio?.lane.faults ?? 0);
  }

  /** Encoded bytes that had to be written once more on their way through. */
  get copiedBytes(): number {
    return this.#copiedBefore + (this.#video?.lane.copiedBytes ?? 0) + (this.#audio?.lane.copiedBytes ?? 0);
  }

  /**
   * The next picture or piece of sound, which the caller releases; undefined at the end of a file that is not looped.
   * Throws FloeError `source/no-media` when a whole pass gave nothing.
   */
  async next(): Promise<LanePacket | undefined> {
    for (;;) {
      await this.#fillHeads();
      const packet = this.#takeEarliest();
      if (packet !== undefined) {
        this.#packetsInPass++;
        return packet;
      }
      if (!this.#isPassOver()) {
        continue;
      }
      if (this.#packetsInPass === 0) {
        throw noMedia(this.#path);
      }
      if (!this.#loop) {
        return undefined;
      }
      await this.#beginPass();
    }
  }

  /** Packets that were given out are lost: what cannot be understood without them is left out. */
  resync(): void {
    this.#video?.lane.resync();
    this.#audio?.lane.resync();
  }

  /** Makes a read that hangs return. For closing only. */
  interrupt(): void {
    this.#demuxer.interrupt();
  }

  /** Frees everything. */
  async close(): Promise<void> {
    this.#video?.lane.close();
    this.#audio?.lane.close();
    await this.#demuxer.close();
  }

  async #openLanes(plan: PassthroughPlan): Promise<void> {
    const { video, audio } = this.#demuxer.tracks;
    if (video !== undefined) {
      const lane = plan.video
        ? new PassthroughVideoLane(this.#demuxer, video)
        : await DecodedVideoLane.open(this.#demuxer, video);
      this.#video = { lane, place: this.#placer(() => this.#video?.lane.endUs), state: "reading" };
      this.#size = lane.size;
    }
    if (audio !== undefined) {
      const lane =
        plan.audio === undefined
          ? await DecodedAudioLane.open(this.#demuxer, audio, () => this.#timeline.baseUs)
          : new PassthroughAudioLane(this.#demuxer, audio, plan.audio);
      this.#audio = { lane, place: this.#placer(() => this.#audio?.lane.endUs), state: "reading" };
    }
    this.#describe(describePlan(plan));
  }

  /** Places one medium on the timeline. `endOf`: where what it gave last ended. */
  #placer(endOf: () => MediaMicros | undefined): Placer {
    const repair = new TimestampRepair({ mayJumpAhead: this.#demuxer.mayJump });
    return (fileUs) => {
      const endUs = endOf();
      // The sound's count may lie half a sample behind the join.
      const isFirstOfPass = endUs === undefined || endUs <= this.#timeline.baseUs + 1000;
      const expectedUs = isFirstOfPass ? undefined : endUs;
      const placedUs = fileUs === undefined ? (expectedUs ?? this.#timeline.baseUs) : this.#timeline.place(fileUs);
      return repair.repair(placedUs, expectedUs);
    };
  }

  async #fillHeads(): Promise<void> {
    const video = this.#video;
    const audio = this.#audio;
    if (video !== undefined && video.state !== "ended" && !video.lane.hasHead) {
      if ((await readInto(video)) === "unfit") {
        await this.#decodeVideo(video);
      }
      if (video.lane.size !== this.#size) {
        this.#size = video.lane.size;
        this.#changeInfo(this.#info.passthrough);
      }
    }
    if (audio !== undefined && audio.state !== "ended" && !audio.lane.hasHead) {
      if ((await readInto(audio)) === "unfit") {
        await this.#decodeAudio(audio);
      }
    }
  }

  /** What nobody announced turned up in pictures that go through: from the next key frame on they are decoded. */
  async #decodeVideo(video: Track<VideoLane>): Promise<void> {
    const { lane } = video;
    const reason = lane.unfit;
    const track = this.#demuxer.tracks.video;
    if (track === undefined || reason === undefined || !(lane instanceof PassthroughVideoLane)) {
      return;
    }
    if (this.#policy === "always") {
      throw unfit(reason);
    }
    this.#retire(lane);
    video.lane = await DecodedVideoLane.open(this.#demuxer, track, { line: lane.line, fromKeyFrame: true });
    this.#size = video.lane.size;
    this.#changeInfo({ ...this.#info.passthrough, video: false, words: refused(reason).words });
  }

  async #decodeAudio(audio: Track<AudioLane>): Promise<void> {
    const track = this.#demuxer.tracks.audio;
    const fromUs = audio.lane.endUs;
    if (track === undefined) {
      return;
    }
    this.#retire(audio.lane);
    audio.lane = await DecodedAudioLane.open(this.#demuxer, track, () => fromUs ?? this.#timeline.baseUs);
    this.#changeInfo({ ...this.#info.passthrough, audio: false });
  }

  #retire(lane: MediaLane): void {
    this.#faultsBefore += lane.faults;
    this.#copiedBefore += lane.copiedBytes;
    lane.close();
  }

  /** The earlier of the next picture and the next sound, or undefined when neither can be told yet or both are over. */
  #takeEarliest(): LanePacket | undefined {
    const video = this.#video;
    const audio = this.#audio;
    const videoUs = video?.lane.hasHead === true ? video.lane.headUs : undefined;
    if (audio === undefined || (audio.state !== "reading" && !audio.lane.hasHead && !audio.lane.isStarted)) {
      return video?.lane.take();
    }
    if (videoUs !== undefined) {
      const isAudioFirst = audio.lane.nextUs < videoUs;
      if (isAudioFirst && audio.lane.hasHead) {
        return audio.lane.take();
      }
      if (isAudioFirst && audio.state === "ended") {
        // The sound is over before the pictures: silence keeps it company.
        return audio.lane.takeSilenceUntil(videoUs) ?? video?.lane.take();
      }
      return video?.lane.take();
    }
    if (video !== undefined && video.state !== "ended") {
      return audio.lane.take();
    }
    return this.#takeTail(audio);
  }

  /** The sound behind the last picture: as it is, or, in a loop, up to the join and not a sample further. */
  #takeTail(audio: Track<AudioLane>): LanePacket | undefined {
    if (!this.#loop) {
      return audio.lane.take();
    }
    const joinUs = this.#findJoin(audio);
    if (audio.lane.hasHead) {
      return joinUs === undefined ? audio.lane.take() : audio.lane.takeUntil(joinUs);
    }
    return joinUs !== undefined && audio.state === "ended" ? audio.lane.takeSilenceUntil(joinUs) : undefined;
  }

  /** Where the pass ends, as soon as that can be known; undefined while sound alone decides and still goes on. */
  #findJoin(audio: Track<AudioLane>): MediaMicros | undefined {
    const hasVideo = this.#video !== undefined;
    if (this.#joinUs === undefined && (hasVideo || audio.state === "ended")) {
      const lastPacketUs = this.#demuxer.endUs("audio");
      const audioUs = Math.max(
        audio.lane.nextUs,
        hasVideo && lastPacketUs !== undefined ? this.#timeline.place(lastPacketUs) : 0,
      );
      const videoUs = this.#video?.lane.endUs;
      this.#joinUs = this.#timeline.joinUs({ audioUs, ...(videoUs === undefined ? {} : { videoUs }) });
    }
    return this.#joinUs;
  }

  #isPassOver(): boolean {
    return [this.#video, this.#audio].every(
      (track) => track === undefined || (track.state === "ended" && !track.lane.hasHead),
    );
  }

  async #beginPass(): Promise<void> {
    const videoUs = this.#video?.lane.endUs;
    const joinUs = this.#joinUs ?? this.#timeline.joinUs(videoUs === undefined ? {} : { videoUs });
    this.#joinUs = undefined;
    this.#packetsInPass = 0;
    await this.#demuxer.rewind();
    this.#timeline.beginPass(joinUs);
    const { tracks } = this.#demuxer;
    for (const [track, description] of [
      [this.#video, tracks.video],
      [this.#audio, tracks.audio],
    ] as const) {
      if (track !== undefined) {
        // A stream that the file lost meanwhile (it was overwritten) has nothing to read, and ends at once.
        track.state = description === undefined ? "ended" : "reading";
        if (description !== undefined) {
          track.lane.rewind(description);
        }
      }
    }
  }

  #changeInfo(passthrough: MediaFileInfo["passthrough"]): void {
    this.#describe(passthrough);
    this.infoChanged.emit(this.#info);
  }

  #describe(passthrough: MediaFileInfo["passthrough"]): void {
    const { video, audio } = this.#demuxer.tracks;
    const videoLane = this.#video?.lane;
    const audioLane = this.#audio?.lane;
    this.#info = {
      ...(video === undefined || videoLane === undefined
        ? {}
        : {
            video: {
              ...(videoLane.size ?? uprightSize(video.codecParameters)),
              fps: video.fps,
              ...videoLane.delivery,
            },
          }),
      ...(audio === undefined || audioLane === undefined
        ? {}
        : {
            audio: {
              sampleRateHz: audio.codecParameters.sampleRate,
              channels: audio.codecParameters.channels,
              ...audioLane.delivery,
            },
          }),
      passthrough,
    };
  }
}

/** As it will be shown. */
function uprightSize(codecParameters: CodecParameters): PixelSize {
  const { width, height } = codecParameters;
  return rotationOf(codecParameters) % 180 === 0 ? { width, height } : { width: height, height: width };
}

async function readInto(track: Track<MediaLane>): Promise<"read" | "unfit"> {
  const reading = await track.lane.read(track.place);
  switch (reading) {
    case "end":
      track.state = "ended";
      return "read";
    case "starved":
      track.state = "starved";
      return "read";
    default:
      track.state = "reading";
      return reading;
  }
}
