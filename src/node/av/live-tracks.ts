// What becomes of the packets of one connection to a live source: each track is decoded, or passed through as it comes,
// and placed on the source's one timeline.
import type { Frame, Packet } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { LiveTimeline } from "../../core/media/live-timeline.js";
import { refused, unannouncedReason, unfit } from "../../core/media/passthrough.js";
import type { Emit } from "../../core/stream/adapter.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import type { AvAudioInfo, AvSourceInfo, AvSourcePacket, AvVideoInfo } from "./av-source.js";
import { type DemuxedTrack, type DemuxedTracks, ticksToUs } from "./demuxer.js";
import { LiveDecoder } from "./live-decoder.js";
import { freeFrame, freePacket } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeAudioFrame } from "./native-audio-frame.js";
import { NativeVideoFrame } from "./native-video-frame.js";
import { PassthroughAudio } from "./passthrough-audio.js";
import {
  codecNameOf,
  describePlan,
  type PassthroughOptions,
  type PassthroughPlan,
  planPassthrough,
} from "./passthrough-plan.js";
import { PassthroughVideo } from "./passthrough-video.js";

/** Options of the tracks. */
export type LiveTracksOptions = PassthroughOptions & {
  readonly timeline: LiveTimeline;
  /** What the source was when it was opened first: sound keeps its way out, a track that was not there stays out. */
  readonly likeBefore?: AvSourceInfo;
  /** Takes each packet, which is lent to it. */
  readonly emit: Emit<AvSourcePacket>;
};

/** What is known without a name. */
export type LiveTracksInfo = Omit<AvSourceInfo, "name">;

type Lent = AvSourcePacket & { release(): void };

/** Frames are decoded to this lateness at most: what is later is left out up to the next key frame. */
const LATEST_US: Micros = 1_000_000;
/** A burst behind a hole in the network is caught up; only a decoder that stays behind for so long is too slow. */
const LATE_FOR_US: Micros = 2_000_000;

/** The tracks of one connection. Calls must not overlap. */
export class LiveTracks {
  readonly #tracks: DemuxedTracks;
  readonly #options: LiveTracksOptions;
  #plan: PassthroughPlan;
  #video: PassthroughVideo | LiveDecoder | undefined;
  #audio: PassthroughAudio | LiveDecoder | undefined;
  #needsKey = true;
  #lateSinceUs: Micros | undefined;
  #skipped = 0;
  #faults = 0;

  private constructor(tracks: DemuxedTracks, options: LiveTracksOptions, plan: PassthroughPlan) {
    this.#tracks = tracks;
    this.#options = options;
    this.#plan = plan;
  }

  /**
   * Opens decoders where they are needed. Throws FloeError `source/unsupported-codec` (see planPassthrough),
   * `source/changed` when the sound is no longer of the kind that viewers have agreed on, or `av/failed`.
   */
  static async open(tracks: DemuxedTracks, options: LiveTracksOptions): Promise<LiveTracks> {
    const plan = keepAgreed(planPassthrough(tracks, options), tracks, options.likeBefore);
    const live = new LiveTracks(tracks, options, plan);
    try {
      if (tracks.video !== undefined && isWanted("video", options)) {
        live.#video = plan.video ? new PassthroughVideo(tracks.video) : await LiveDecoder.open(tracks.video);
      }
      if (tracks.audio !== undefined && isWanted("audio", options)) {
        live.#audio =
          plan.audio === undefined
            ? await LiveDecoder.open(tracks.audio)
            : new PassthroughAudio(tracks.audio, plan.audio);
      }
      return live;
    } catch (error) {
      live.close();
      throw error;
    }
  }

  /** What comes out now; a new object when it changed. */
  get info(): LiveTracksInfo {
    const video = this.#video === undefined ? undefined : this.#videoInfo();
    const audio = this.#audio === undefined ? undefined : this.#audioInfo();
    return {
      ...(video === undefined ? {} : { video }),
      ...(audio === undefined ? {} : { audio }),
      passthrough: describePlan(this.#plan),
    };
  }

  /** Pictures that were left out because decoding is too slow, and pieces of sound that had no room. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Packets that did not decode, or made no sense. */
  get faults(): number {
    return [this.#video, this.#audio].reduce((sum, lane) => sum + faultsOf(lane), this.#faults);
  }

  /** See AvSourceCounters. */
  get copiedBytes(): number {
    return this.#audio instanceof PassthroughAudio ? this.#audio.counters.copiedBytes : 0;
  }

  /** Takes a packet over that arrived at `nowUs`. True when `info` is another one afterwards. */
  async take(kind: "video" | "audio", packet: Packet, lateUs: Micros, nowUs: Micros): Promise<boolean> {
    return kind === "video" ? await this.#takeVideo(packet, lateUs, nowUs) : await this.#takeAudio(packet);
  }

  /** Frees the decoders. */
  close(): void {
    for (const lane of [this.#video, this.#audio]) {
      if (lane instanceof LiveDecoder) {
        lane.close();
      }
    }
  }

  async #takeVideo(packet: Packet, lateUs: Micros, nowUs: Micros): Promise<boolean> {
    const lane = this.#video;
    if (lane instanceof PassthroughVideo) {
      const { width, height } = lane.size;
      this.#passVideo(lane, packet);
      if (lane.unfit !== undefined) {
        await this.#decodeVideoInstead(lane.unfit);
        return true;
      }
      return width !== lane.size.width || height !== lane.size.height;
    }
    try {
      if (lane !== undefined && this.#mayDecode(packet, lateUs, nowUs)) {
        await lane.push(packet, (frame) => this.#emitPicture(frame));
      }
    } finally {
      freePacket(packet);
    }
    return false;
  }

  #passVideo(lane: PassthroughVideo, packet: Packet): void {
    const track = this.#tracks.video as DemuxedTrack;
    const unit = lane.take(packet);
    if (unit !== undefined) {
      const durationUs = ticksToUs(unit.durationTicks, track.timeBase);
      const timeUs = this.#options.timeline.place("video", this.#timeOf(unit.ticks, track), durationUs);
      this.#lend(unit.place({ timeUs, durationUs }) as Lent);
    }
  }

  async #takeAudio(packet: Packet): Promise<boolean> {
    const lane = this.#audio;
    if (!(lane instanceof PassthroughAudio)) {
      try {
        await lane?.push(packet, (frame) => this.#emitSound(frame));
      } finally {
        freePacket(packet);
      }
      return false;
    }
    this.#passAudio(lane, packet);
    if (lane.isUnfit) {
      this.#faults += lane.counters.faults;
      this.#audio = await LiveDecoder.open(this.#tracks.audio as DemuxedTrack);
      this.#plan = { ...this.#plan, audio: undefined };
    }
    return lane.isUnfit;
  }

  #passAudio(lane: PassthroughAudio, packet: Packet): void {
    for (const sound of lane.take(packet)) {
      const timeUs = this.#options.timeline.placeSound(sound.timeUs, sound.durationUs);
      if (timeUs === undefined) {
        this.#skipped++;
        sound.free();
      } else {
        this.#lend(sound.place(timeUs) as Lent);
      }
    }
  }

  /** From the first key frame on, and not while it only adds to the delay. */
  #mayDecode(packet: Packet, lateUs: Micros, nowUs: Micros): boolean {
    if (lateUs <= LATEST_US) {
      this.#lateSinceUs = undefined;
    } else {
      this.#lateSinceUs ??= nowUs;
      this.#needsKey ||= nowUs - this.#lateSinceUs > LATE_FOR_US;
    }
    if (this.#needsKey && !packet.isKeyframe) {
      this.#skipped++;
      return false;
    }
    this.#needsKey = false;
    return true;
  }

  /** What nothing announced turned up: B-frames, or a refresh that gives nobody a picture to begin at. */
  async #decodeVideoInstead(reason: string): Promise<void> {
    if (this.#options.passthrough === "always") {
      throw unfit(reason);
    }
    this.#faults += faultsOf(this.#video);
    this.#video = await LiveDecoder.open(this.#tracks.video as DemuxedTrack);
    this.#needsKey = true;
    this.#plan = { ...this.#plan, video: false, words: refused(reason).words };
  }

  #emitPicture(frame: Frame): void {
    const track = this.#tracks.video as DemuxedTrack;
    const durationUs = ticksToUs(frame.duration, track.timeBase);
    const timeUs = this.#options.timeline.place("video", this.#timeOf(frame.bestEffortTimestamp, track), durationUs);
    this.#lend(new NativeVideoFrame(frame, { timeUs }));
  }

  #emitSound(frame: Frame): void {
    if (frame.nbSamples <= 0) {
      freeFrame(frame);
      return;
    }
    const track = this.#tracks.audio as DemuxedTrack;
    const durationUs = Math.round((frame.nbSamples * 1_000_000) / frame.sampleRate);
    const timeUs = this.#options.timeline.place("audio", this.#timeOf(frame.bestEffortTimestamp, track), durationUs);
    this.#lend(new NativeAudioFrame(frame, { timeUs }));
  }

  #timeOf(ticks: bigint, track: DemuxedTrack): MediaMicros | undefined {
    return ticks === requireNodeAv().AV_NOPTS_VALUE ? undefined : ticksToUs(ticks, track.timeBase);
  }

  #lend(packet: Lent): void {
    try {
      this.#options.emit(packet);
    } finally {
      packet.release();
    }
  }

  #videoInfo(): AvVideoInfo {
    const track = this.#tracks.video as DemuxedTrack;
    const { width, height } = this.#video instanceof PassthroughVideo ? this.#video.size : track.codecParameters;
    const shape = { width, height, fps: track.fps };
    return this.#video instanceof PassthroughVideo
      ? { ...shape, delivery: "passthrough", codec: "h264" }
      : { ...shape, delivery: "decoded", codec: codecNameOf(track) };
  }

  #audioInfo(): AvAudioInfo {
    const track = this.#tracks.audio as DemuxedTrack;
    const shape = { sampleRateHz: track.codecParameters.sampleRate, channels: track.codecParameters.channels };
    return this.#audio instanceof PassthroughAudio
      ? { ...shape, delivery: "passthrough", codec: this.#audio.codec }
      : { ...shape, delivery: "decoded", codec: codecNameOf(track) };
  }
}

/** Whether a track that is there is asked for: viewers have no place for one that came later. */
function isWanted(kind: "video" | "audio", { likeBefore }: LiveTracksOptions): boolean {
  return likeBefore === undefined || likeBefore[kind] !== undefined;
}

/**
 * Viewers agreed on a codec for the sound. Opus can be made of anything; other codecs have to come as they came. And
 * what turned up in the pictures although nothing spoke of it will be there again.
 */
function keepAgreed(plan: PassthroughPlan, tracks: DemuxedTracks, before: AvSourceInfo | undefined): PassthroughPlan {
  const wasUnfit = before !== undefined && unannouncedReason(before.passthrough.words) !== undefined;
  const kept = wasUnfit ? { ...plan, video: false, words: before.passthrough.words } : plan;
  if (before?.audio === undefined || tracks.audio === undefined) {
    return kept;
  }
  const codecBefore = before.audio.delivery === "passthrough" ? before.audio.codec : "opus";
  if (codecBefore !== "opus" && plan.audio !== codecBefore) {
    throw new FloeError("source/changed", `The source came back with another kind of sound than ${codecBefore}`, {
      fix: "Open it again.",
    });
  }
  return plan.audio === undefined || plan.audio === codecBefore ? kept : { ...kept, audio: undefined };
}

function faultsOf(lane: PassthroughVideo | PassthroughAudio | LiveDecoder | undefined): number {
  if (lane === undefined) {
    return 0;
  }
  return lane instanceof LiveDecoder ? lane.faults : lane.counters.faults;
}
