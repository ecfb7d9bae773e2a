// Lanes of decoded media: frames of pictures, and sound that is contiguous to the sample.
import type { Frame } from "node-av/lib";
import type { MediaMicros } from "../../core/time/units.js";
import { AudioLine } from "./audio-line.js";
import type { AvDelivery } from "./av-source.js";
import { type DemuxedTrack, type Demuxer, ticksToUs } from "./demuxer.js";
import { freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import type { AudioLane, LanePacket, LaneReading, Placer, VideoLane } from "./media-lane.js";
import { NativeVideoFrame } from "./native-video-frame.js";
import { codecNameOf } from "./passthrough-plan.js";
import { type Rotation, rotationOf } from "./rotation.js";
import { StreamDecoder } from "./stream-decoder.js";
import { VideoLine } from "./video-line.js";

/** Pictures as frames. */
export class DecodedVideoLane implements VideoLane {
  readonly copiedBytes = 0;
  readonly delivery: AvDelivery<"h264">;
  readonly size = undefined;
  readonly unfit = undefined;
  readonly #decoder: StreamDecoder;
  readonly #line: VideoLine;
  #track: DemuxedTrack;
  #rotation: Rotation;

  private constructor(decoder: StreamDecoder, track: DemuxedTrack, line: VideoLine) {
    this.#decoder = decoder;
    this.#track = track;
    this.#line = line;
    this.#rotation = rotationOf(track.codecParameters);
    this.delivery = { delivery: "decoded", codec: codecNameOf(track) };
  }

  /** Opens the decoder. `line`: goes on where another lane of the same pictures was. Throws FloeError `av/failed`. */
  static async open(
    demuxer: Demuxer,
    track: DemuxedTrack,
    {
      line = new VideoLine(track),
      fromKeyFrame = false,
    }: { readonly line?: VideoLine; readonly fromKeyFrame?: boolean } = {},
  ): Promise<DecodedVideoLane> {
    return new DecodedVideoLane(await StreamDecoder.open(demuxer, track, { fromKeyFrame }), track, line);
  }

  get faults(): number {
    return this.#decoder.faults;
  }

  get hasHead(): boolean {
    return this.#line.hasHead;
  }

  get headUs(): MediaMicros {
    return this.#line.headUs;
  }

  get endUs(): MediaMicros | undefined {
    return this.#line.endUs;
  }

  async read(place: Placer): Promise<LaneReading> {
    const frame = await this.#decoder.next();
    if (typeof frame === "string") {
      return frame;
    }
    const rotation = this.#rotation;
    const picture = {
      place: ({ timeUs }: { readonly timeUs: MediaMicros }) => new NativeVideoFrame(frame, { timeUs, rotation }),
      free: () => freeFrame(frame),
    };
    this.#line.put(picture, place(fileTimeOf(frame, this.#track)), ticksToUs(frame.duration, this.#track.timeBase));
    return "read";
  }

  take(): LanePacket | undefined {
    return this.#line.take();
  }

  rewind(track: DemuxedTrack): void {
    this.#track = track;
    this.#rotation = rotationOf(track.codecParameters);
    this.#decoder.rewind();
  }

  resync(): void {
    // A decoder has seen everything, whatever became of its pictures.
  }

  close(): void {
    this.#line.close();
    this.#decoder.close();
  }
}

/** Sound as frames. */
export class DecodedAudioLane implements AudioLane {
  readonly copiedBytes = 0;
  readonly delivery: AvDelivery<"opus">;
  readonly #decoder: StreamDecoder;
  readonly #line = new AudioLine();
  readonly #passUs: () => MediaMicros;
  #track: DemuxedTrack;

  private constructor(decoder: StreamDecoder, track: DemuxedTrack, passUs: () => MediaMicros) {
    this.#decoder = decoder;
    this.#track = track;
    this.#passUs = passUs;
    this.delivery = { delivery: "decoded", codec: codecNameOf(track) };
  }

  /** Opens the decoder. `passUs`: where sound that has just begun is taken to begin. Throws FloeError `av/failed`. */
  static async open(demuxer: Demuxer, track: DemuxedTrack, passUs: () => MediaMicros): Promise<DecodedAudioLane> {
    return new DecodedAudioLane(await StreamDecoder.open(demuxer, track), track, passUs);
  }

  get faults(): number {
    return this.#decoder.faults;
  }

  get hasHead(): boolean {
    return this.#line.hasHead;
  }

  get isStarted(): boolean {
    return this.#line.isStarted;
  }

  get nextUs(): MediaMicros {
    return this.#line.nextUs;
  }

  get endUs(): MediaMicros | undefined {
    return this.#line.nextUs;
  }

  async read(place: Placer): Promise<LaneReading> {
    const frame = await this.#decoder.next();
    if (typeof frame === "string") {
      return frame;
    }
    const timeUs = place(fileTimeOf(frame, this.#track));
    if (frame.nbSamples > 0) {
      this.#line.put(frame, timeUs, this.#passUs());
    } else {
      freeFrame(frame);
    }
    return "read";
  }

  take(): LanePacket | undefined {
    return this.#line.take();
  }

  takeUntil(endUs: MediaMicros): LanePacket | undefined {
    return this.#line.takeUntil(endUs);
  }

  takeSilenceUntil(untilUs: MediaMicros): LanePacket | undefined {
    const missing = this.#line.samplesUntil(untilUs);
    return missing > 0 ? this.#line.takeSilence(missing) : undefined;
  }

  rewind(track: DemuxedTrack): void {
    this.#track = track;
    this.#decoder.rewind();
  }

  resync(): void {
    // Sound has no memory that matters.
  }

  close(): void {
    this.#line.close();
    this.#decoder.close();
  }
}

function fileTimeOf(frame: Frame, { timeBase }: DemuxedTrack): MediaMicros | undefined {
  const ticks = frame.bestEffortTimestamp;
  return ticks === requireNodeAv().AV_NOPTS_VALUE ? undefined : ticksToUs(ticks, timeBase);
}
