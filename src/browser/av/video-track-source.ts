// Source: the pictures of a MediaStreamTrack (camera, screen, canvas) as raw video.
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import type { Demand, Emit, Source } from "../../core/stream/adapter.js";
import { VideoFrame as VideoFrameKind, type VideoFramePacket } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { type ReadTrack, readerFor, type TrackReading } from "./track-frames.js";
import { WebVideoFrame } from "./web-video-frame.js";

/** How a track is read. */
export type VideoTrackSourceOptions = {
  /**
   * `processor`: MediaStreamTrackProcessor, every picture with its capture time. `element`: a video element, at most one picture a
   * screen refresh and none in a hidden tab. Default: the first that the page has.
   */
  readonly through?: "processor" | "element";
};

/** What came out of a track. */
export type VideoTrackCounters = {
  frames: number;
  /** Pictures that came while the stream wanted none. */
  dropped: number;
};

/** Emits each picture as a `WebVideoFrame`, given away, at its capture time. The track stays the caller's: it is never stopped. */
export class VideoTrackSource implements Source<VideoFramePacket> {
  readonly name = "video-track";
  readonly retention = "cloned" as const;
  readonly emits: readonly PacketKind<VideoFramePacket>[] = [VideoFrameKind];
  /** The browser gave the track up. */
  readonly failed: Signal<FloeError> = new Signal();
  /** The track ended by itself: the camera was unplugged, the sharing stopped. */
  readonly ended: Signal = new Signal();
  readonly counters: VideoTrackCounters = { frames: 0, dropped: 0 };
  readonly #track: MediaStreamTrack;
  readonly #read: ReadTrack;
  #reading: TrackReading | undefined;

  /** Throws FloeError `track/kind` for a track of sound. */
  constructor(track: MediaStreamTrack, { through }: VideoTrackSourceOptions = {}) {
    if (track.kind !== "video") {
      throw new FloeError("track/kind", `a track of kind ${track.kind} has no pictures`);
    }
    this.#track = track;
    this.#read = readerFor(through);
  }

  /** Throws FloeError `track/ended` for a track that has ended. */
  start(emit: Emit<VideoFramePacket>, demand?: Demand): void {
    if (this.#track.readyState === "ended") {
      throw new FloeError("track/ended", "the video track has ended", { fix: "Ask for the camera again." });
    }
    const reading = this.#read(this.#track, (frame) => this.#take(frame, emit, demand));
    this.#reading = reading;
    reading.done.then(
      () => this.#end(reading),
      (cause: unknown) => this.#fail(reading, cause),
    );
  }

  stop(): void {
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.stop();
  }

  #take(frame: VideoFrame, emit: Emit<VideoFramePacket>, demand: Demand | undefined): void {
    if (this.#reading === undefined || demand?.ready === false) {
      this.counters.dropped++;
      frame.close();
      return;
    }
    this.counters.frames++;
    emit(new WebVideoFrame(frame));
  }

  #end(reading: TrackReading): void {
    if (this.#reading === reading) {
      this.#reading = undefined;
      this.ended.emit(undefined);
    }
  }

  #fail(reading: TrackReading, cause: unknown): void {
    if (this.#reading === reading) {
      this.#reading = undefined;
      this.failed.emit(new FloeError("track/failed", `the video track cannot be read: ${String(cause)}`, { cause }));
    }
  }
}
