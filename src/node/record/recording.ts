// One recording: a sink for encoded pictures and sound that writes them as they came, from the first key frame or the first sound
// on, into one file or into segments.
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import {
  type AudioCodec,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { type MediaMicros, type Micros, seconds } from "../../core/time/units.js";
import { asFloeError } from "../av/av-error.js";
import { loadNodeAv } from "../av/load-node-av.js";
import { checkContainer, containerOf, type RecordingFormat } from "./container.js";
import { KeyFrameWish } from "./key-frame-wish.js";
import type { MuxedAudio, MuxedVideo } from "./muxed-tracks.js";
import { pictureFormat, wholePicture } from "./picture-format.js";
import { PreRoll, type Waiting } from "./pre-roll.js";
import { fault, type RecordingReport, type RecordingSink, type RecordingState } from "./recording-sink.js";
import { GAP_US, RecordingTimeline } from "./recording-timeline.js";
import { MAX_FILES, SegmentFiles } from "./segment-files.js";

/** How a recording is made. */
export type RecordingOptions = {
  readonly format: RecordingFormat;
  /** Where segment `index` (from 0) goes. */
  readonly pathOf: (index: number) => string;
  /** Whether pictures will come: then the file begins with the first key frame, unless that stays away. */
  readonly expectsVideo: boolean;
  /** Whether sound will come. */
  readonly expectsAudio: boolean;
  /** What the sound is. Default Opus. */
  readonly audio?: MuxedAudio;
  /** Pictures are all of one size and keep their parameter sets. Default false. */
  readonly isFixed?: boolean;
  /** A new segment at the first key frame behind so much time. Default: never. */
  readonly segmentUs?: Micros;
  /** A new segment at the first key frame behind so many bytes. Default: never. */
  readonly segmentBytes?: number;
  /** Packets that a file holds; behind them a new segment begins. Default and largest: what the format's index may take in memory. */
  readonly maxFilePackets?: number;
  /** Files that the recording has at most; the last one goes on until it is full. Default and largest 10 000. */
  readonly maxFiles?: number;
  /**
   * How long sound waits for a key frame, so that both begin in one file. Behind that, or 1 MiB of it, it is written alone, and the
   * key frame begins a new segment. Default 5 s.
   */
  readonly preRollUs?: Micros;
};

const PRE_ROLL_BYTES = 1_048_576;
/** Sound and pictures that were made together come within so much time. */
const TOGETHER_US = seconds(1);

/**
 * Takes encoded packets of one picture and one sound; write in the order of arrival. Where pictures stay away sound is written
 * without, see `preRollUs`. A change of codec begins a new segment; sound of another codec than the file's, and pictures that the
 * format does not take, end the recording with `record/wrong-container`. Clocks that jump leave a gap and nothing else.
 */
export class Recording implements RecordingSink {
  readonly name = "recording";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<EncodedVideoPacket | EncodedAudioPacket>[] = [EncodedVideo, EncodedAudio];
  readonly failed: Signal<FloeError> = new Signal();
  readonly #wish = new KeyFrameWish();
  readonly #options: RecordingOptions;
  readonly #audio: MuxedAudio;
  readonly #preRoll: PreRoll;
  readonly #timeline = new RecordingTimeline();
  readonly #files: SegmentFiles;
  #state: RecordingState = "waiting";
  #awaitsKey: boolean;
  /** The key frame has stayed away for too long: sound waits for it no more. */
  #goesAlone = false;
  #lastPictureUs: Micros | undefined;
  #pictureLengthUs: Micros = 0;
  /** What the newest key frame said. */
  #video: MuxedVideo | undefined;
  #pictures = 0;
  #sounds = 0;
  #skipped = 0;
  #error: FloeError | undefined;

  private constructor(options: RecordingOptions) {
    const { format, pathOf, preRollUs = seconds(5), audio = { codec: "opus" } } = options;
    const { segmentUs = Number.POSITIVE_INFINITY, segmentBytes = Number.POSITIVE_INFINITY } = options;
    this.#options = options;
    this.#audio = audio;
    const container = containerOf(format);
    const maxPackets = Math.min(container.maxPackets, options.maxFilePackets ?? container.maxPackets);
    const { maxFiles = MAX_FILES } = options;
    this.#files = new SegmentFiles({ container, pathOf, segmentUs, segmentBytes, maxPackets, maxFiles });
    this.#preRoll = new PreRoll({ maxUs: preRollUs, maxBytes: PRE_ROLL_BYTES });
    this.#awaitsKey = options.expectsVideo;
  }

  /** Throws FloeError `av/not-installed`. No file is made before there is something to write. */
  static async open(options: RecordingOptions): Promise<Recording> {
    await loadNodeAv();
    return new Recording(options);
  }

  get keyFrameNeeded(): Signal {
    return this.#wish.told;
  }

  get state(): RecordingState {
    return this.#state;
  }

  report(): RecordingReport {
    const { format, expectsAudio } = this.#options;
    const { endUs, gaps, gapCount } = this.#timeline;
    const { codec, width = 0, height = 0 } = this.#video ?? {};
    return {
      state: this.#state,
      format,
      files: [...this.#files.paths],
      durationUs: endUs,
      bytes: this.#files.bytes,
      ...(codec === undefined ? {} : { video: { codec, width, height, pictures: this.#pictures } }),
      ...(expectsAudio ? { audio: { codec: this.#audio.codec, packets: this.#sounds } } : {}),
      gaps: [...gaps],
      gapCount,
      skippedPictures: this.#skipped,
      droppedPictures: 0,
      droppedSounds: 0,
      ...(this.#error === undefined ? {} : { error: fault(this.#error) }),
    };
  }

  write(packet: EncodedVideoPacket | EncodedAudioPacket): void {
    if (this.#state !== "waiting" && this.#state !== "recording") {
      return;
    }
    try {
      if (EncodedVideo.is(packet)) {
        this.#writePicture(packet);
      } else if (this.#options.expectsAudio) {
        this.#writeSound(packet);
      }
    } catch (error) {
      this.#fail(asFloeError(error, "recording"));
    }
  }

  pause(): void {
    if (this.#state === "waiting" || this.#state === "recording") {
      try {
        this.#writeWaiting();
        this.#state = "paused";
      } catch (error) {
        this.#fail(asFloeError(error, "recording"));
      }
    }
  }

  resume(): void {
    if (this.#state === "paused") {
      this.#state = this.#files.isOpen ? "recording" : "waiting";
      this.#awaitKey();
      this.#timeline.interrupt();
    }
  }

  /** The files are complete when it returns: nothing has to be awaited. */
  close(): Promise<void> {
    if (this.#state !== "ended" && this.#state !== "failed") {
      try {
        this.#writeWaiting();
        this.#files.close();
        this.#state = "ended";
      } catch (error) {
        this.#fail(asFloeError(error, "completing a recording"));
      }
    }
    return Promise.resolve();
  }

  #writePicture(packet: EncodedVideoPacket): void {
    const { timeUs, isKey, codec } = packet;
    const format = isKey ? pictureFormat(packet) : undefined;
    if (this.#video !== undefined && codec !== this.#video.codec) {
      checkContainer(this.#options.format, { video: codec });
      this.#awaitsKey = true;
    }
    if (format !== undefined && this.#begins(timeUs)) {
      this.#beginWith(format, timeUs);
    }
    this.#endFullFile();
    if (this.#awaitsKey) {
      this.#skipped++;
      this.#wish.tell(timeUs);
      return;
    }
    this.#video = format ?? this.#video;
    this.#putPicture(packet);
  }

  #putPicture(packet: EncodedVideoPacket): void {
    const { timeUs, isKey } = packet;
    const atUs = this.#timeline.place("video", timeUs);
    const durationUs = packet.durationUs || this.#lengthOf(atUs);
    this.#lastPictureUs = atUs;
    this.#pictureLengthUs = durationUs;
    this.#files.writeVideo({ data: wholePicture(packet), atUs, durationUs, isKey });
    this.#pictures++;
    this.#timeline.wrote("video", atUs, durationUs);
    if (this.#files.isDue(atUs)) {
      this.#wish.tell(timeUs);
    }
  }

  /** Pictures of the network do not say how long they are shown: as long as the one before, and behind a gap as was usual before it. */
  #lengthOf(atUs: Micros): Micros {
    const stepUs = atUs - (this.#lastPictureUs ?? atUs);
    return stepUs >= GAP_US ? this.#pictureLengthUs : Math.max(0, stepUs);
  }

  #writeSound(packet: EncodedAudioPacket): void {
    this.#checkSound(packet.codec);
    this.#endFullFile();
    if (this.#awaitsKey && !this.#goesAlone) {
      if (this.#preRoll.keep(packet)) {
        return;
      }
      this.#goesAlone = true;
      this.#writeWaiting();
    }
    this.#writeSoundNow(packet);
  }

  /** Writes what waits for a key frame without one. */
  #writeWaiting(): void {
    for (const sound of this.#preRoll.take()) {
      this.#writeSoundNow(sound);
    }
  }

  /** Goes on in the open file; a file without a picture may end with any sound. */
  #writeSoundNow(sound: Waiting): void {
    const atUs = this.#timeline.place("audio", sound.timeUs);
    if (!this.#files.isOpen || (this.#files.videoCodec === undefined && this.#files.isDue(atUs))) {
      this.#open(undefined, atUs);
    }
    this.#putSound(sound, atUs);
  }

  #putSound({ data, durationUs }: Waiting, atUs: Micros): void {
    this.#files.writeAudio({ data, atUs, durationUs, isKey: true });
    this.#sounds++;
    this.#timeline.wrote("audio", atUs, durationUs);
  }

  /** Whether a key frame at this time begins something: the recording, what comes behind a pause, or a segment. */
  #begins(timeUs: MediaMicros): boolean {
    return this.#awaitsKey || !this.#files.isOpen || this.#files.isDue(this.#timeline.place("video", timeUs));
  }

  #beginWith(video: MuxedVideo, timeUs: MediaMicros): void {
    const goesOn = this.#awaitsKey && this.#files.videoCodec === video.codec;
    this.#awaitsKey = false;
    this.#goesAlone = false;
    this.#lastPictureUs = undefined;
    this.#video = video;
    this.#timeline.begin(Math.min(timeUs, this.#preRoll.startUs ?? timeUs));
    if (!goesOn) {
      this.#open(video, this.#startOf(this.#timeline.place("video", timeUs)));
    }
    for (const sound of this.#preRoll.take()) {
      this.#putSound(sound, this.#timeline.place("audio", sound.timeUs));
    }
  }

  /** Where a segment begins whose first picture is at `atUs`: sound that waits, or was made with it, belongs to it. */
  #startOf(atUs: Micros): Micros {
    const { startUs } = this.#preRoll;
    if (startUs !== undefined) {
      return Math.min(atUs, this.#timeline.place("audio", startUs));
    }
    const soundUs = this.#timeline.nextUs("audio");
    return atUs - soundUs < TOGETHER_US ? Math.min(atUs, soundUs) : atUs;
  }

  #open(video: MuxedVideo | undefined, atUs: Micros): void {
    const { format, expectsAudio, isFixed = false } = this.#options;
    const audio = expectsAudio ? this.#audio : undefined;
    checkContainer(format, { video: video?.codec, audio: audio?.codec });
    this.#files.open({ video: video === undefined ? undefined : { ...video, isFixed }, audio }, atUs);
    this.#state = "recording";
  }

  #checkSound(codec: AudioCodec): void {
    if (codec !== this.#audio.codec) {
      checkContainer(this.#options.format, { audio: codec });
      throw new FloeError("record/wrong-container", `Sound in ${codec} does not go on with ${this.#audio.codec}`, {
        fix: `Publish ${this.#audio.codec}.`,
      });
    }
  }

  #awaitKey(): void {
    this.#awaitsKey = this.#options.expectsVideo;
    this.#goesAlone = false;
    this.#wish.renew();
  }

  /** The muxer's index has a bound, also where key frames are asked for in vain. */
  #endFullFile(): void {
    if (this.#files.isFull) {
      this.#files.close();
      this.#awaitKey();
    }
  }

  #fail(error: FloeError): void {
    this.#preRoll.take();
    try {
      this.#files.close();
    } catch {
      // What hinders its completion is the same again, or less.
    }
    this.#state = "failed";
    this.#error = error;
    this.failed.emit(error);
  }
}
