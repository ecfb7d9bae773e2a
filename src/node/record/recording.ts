// One recording: a sink for encoded pictures and sound that writes them as they came, from the first key frame on, into one file
// or into segments.
import type { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { type MediaMicros, type Micros, milliseconds, seconds } from "../../core/time/units.js";
import { asFloeError } from "../av/av-error.js";
import { loadNodeAv } from "../av/load-node-av.js";
import { checkContainer, containerOf, type RecordingFormat } from "./container.js";
import { MuxedFile } from "./muxed-file.js";
import { pictureFormat } from "./picture-format.js";
import { PreRoll } from "./pre-roll.js";
import type { RecordingGap, RecordingReport, RecordingSink, RecordingState } from "./recording-sink.js";

/** How a recording is made. */
export type RecordingOptions = {
  readonly format: RecordingFormat;
  /** Where segment `index` (from 0) goes. */
  readonly pathOf: (index: number) => string;
  /** Whether pictures will come: then the file begins with the first key frame. */
  readonly expectsVideo: boolean;
  /** Whether sound will come. */
  readonly expectsAudio: boolean;
  /** A new segment at the first key frame behind so much time. Default: never. */
  readonly segmentUs?: Micros;
  /** A new segment at the first key frame behind so many bytes. Default: never. */
  readonly segmentBytes?: number;
  /** Sound that is kept while the first key frame is awaited. Default 5 s. */
  readonly preRollUs?: Micros;
};

const PRE_ROLL_BYTES = 1_048_576;
/** Time without packets that counts as a gap. */
const GAP_US = seconds(1);
const MAX_GAPS = 100;
/** How long a key frame is awaited before it is asked for again. */
const ASK_AGAIN_US = milliseconds(500);

/** Takes encoded packets of one picture and one sound; write in the order of arrival. */
export class Recording implements RecordingSink {
  readonly name = "recording";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<EncodedVideoPacket | EncodedAudioPacket>[] = [EncodedVideo, EncodedAudio];
  /** The publisher should make a key frame: nothing is written without. */
  readonly keyFrameNeeded: Signal = new Signal();
  /** It ended by itself: the disk is full, or the file cannot be written. What was written plays. */
  readonly failed: Signal<FloeError> = new Signal();
  readonly #options: RecordingOptions;
  readonly #preRoll: PreRoll;
  readonly #files: string[] = [];
  readonly #gaps: RecordingGap[] = [];
  #state: RecordingState = "waiting";
  #file: MuxedFile | undefined;
  /** Bytes of the segments that are complete. */
  #closedBytes = 0;
  /** Media time that is 0 in the recording; moves behind pauses. */
  #originUs: MediaMicros | undefined;
  /** Where the file that is written begins, in the recording. */
  #segmentStartUs: Micros = 0;
  /** The end of what was written, in the recording. */
  #endUs: Micros = 0;
  #awaitsKey: boolean;
  #askedUs: MediaMicros = Number.NEGATIVE_INFINITY;
  #lastPictureUs: MediaMicros | undefined;
  #video: { codec: string; width: number; height: number } | undefined;
  #pictures = 0;
  #sounds = 0;
  #skipped = 0;
  #gapCount = 0;
  #error: FloeError | undefined;

  private constructor(options: RecordingOptions) {
    this.#options = options;
    this.#preRoll = new PreRoll({ maxUs: options.preRollUs ?? seconds(5), maxBytes: PRE_ROLL_BYTES });
    this.#awaitsKey = options.expectsVideo;
  }

  /** Throws FloeError `av/not-installed`. No file is made before there is something to write. */
  static async open(options: RecordingOptions): Promise<Recording> {
    await loadNodeAv();
    return new Recording(options);
  }

  get state(): RecordingState {
    return this.#state;
  }

  /** A snapshot. */
  report(): RecordingReport {
    const { format, expectsAudio } = this.#options;
    return {
      state: this.#state,
      format,
      files: [...this.#files],
      durationUs: this.#endUs,
      bytes: this.#closedBytes + (this.#file?.bytes ?? 0),
      ...(this.#video === undefined ? {} : { video: { ...this.#video, pictures: this.#pictures } }),
      ...(expectsAudio ? { audio: { codec: "opus", packets: this.#sounds } } : {}),
      gaps: [...this.#gaps],
      gapCount: this.#gapCount,
      skippedPictures: this.#skipped,
      ...(this.#error === undefined ? {} : { error: { code: this.#error.code, message: whatAndFix(this.#error) } }),
    };
  }

  /** Never throws: what goes wrong ends the recording and is told by `failed`. */
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

  /** Writes nothing until `resume`. The time between is not in the recording. */
  pause(): void {
    if (this.#state === "waiting" || this.#state === "recording") {
      this.#state = "paused";
      this.#preRoll.take();
    }
  }

  /** Goes on with the next key frame, or sound where there are no pictures. */
  resume(): void {
    if (this.#state === "paused") {
      this.#state = this.#file === undefined ? "waiting" : "recording";
      this.#awaitsKey = this.#options.expectsVideo;
      this.#originUs = undefined;
      this.#askedUs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Completes the file, before it returns. A second call is quiet. */
  close(): Promise<void> {
    if (this.#state !== "ended" && this.#state !== "failed") {
      this.#state = "ended";
      this.#closeFile();
    }
    return Promise.resolve();
  }

  #writePicture(packet: EncodedVideoPacket): void {
    const { timeUs, isKey } = packet;
    if (isKey && this.#begins(timeUs)) {
      this.#beginWith(packet);
    }
    if (this.#awaitsKey) {
      this.#skipped++;
      this.#askForKey(timeUs);
      return;
    }
    const atUs = this.#place(timeUs);
    const lengthUs = packet.durationUs || (this.#lastPictureUs === undefined ? 0 : timeUs - this.#lastPictureUs);
    this.#lastPictureUs = timeUs;
    this.#file?.writeVideo({
      data: wholePicture(packet),
      timeUs: atUs - this.#segmentStartUs,
      durationUs: lengthUs,
      isKey,
    });
    this.#pictures++;
    this.#reached(atUs, atUs + lengthUs);
  }

  #writeSound(packet: EncodedAudioPacket): void {
    if (this.#awaitsKey) {
      this.#preRoll.keep(packet);
      return;
    }
    if (this.#file === undefined) {
      this.#open({}, packet.timeUs);
    }
    this.#putSound(packet.data, this.#place(packet.timeUs), packet.durationUs);
  }

  #putSound(data: Uint8Array, atUs: Micros, durationUs: Micros): void {
    this.#file?.writeAudio({ data, timeUs: atUs - this.#segmentStartUs, durationUs, isKey: true });
    this.#sounds++;
    this.#reached(atUs, atUs + durationUs);
  }

  /** Whether a key frame at this time begins something: the recording, what comes behind a pause, or a segment. */
  #begins(timeUs: MediaMicros): boolean {
    const { segmentUs = Number.POSITIVE_INFINITY, segmentBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#awaitsKey || this.#file === undefined) {
      return true;
    }
    return this.#place(timeUs) - this.#segmentStartUs >= segmentUs || this.#file.bytes >= segmentBytes;
  }

  #beginWith(packet: EncodedVideoPacket): void {
    const video = pictureFormat(packet);
    if (video === undefined) {
      return;
    }
    const isPaused = this.#awaitsKey && this.#file !== undefined;
    this.#awaitsKey = false;
    this.#lastPictureUs = undefined;
    this.#video = { codec: video.codec, width: video.width, height: video.height };
    const startUs = Math.min(packet.timeUs, this.#preRoll.startUs ?? packet.timeUs);
    if (!isPaused) {
      this.#open({ video }, startUs);
    }
    this.#originUs ??= startUs - this.#endUs;
    for (const { data, timeUs, durationUs } of this.#preRoll.take()) {
      this.#putSound(data, this.#place(timeUs), durationUs);
    }
  }

  #open({ video }: { readonly video?: NonNullable<ReturnType<typeof pictureFormat>> }, startUs: MediaMicros): void {
    const { format, expectsAudio, pathOf } = this.#options;
    const audio = expectsAudio ? ({ codec: "opus" } as const) : undefined;
    checkContainer(format, { video: video?.codec, audio: audio?.codec });
    this.#closeFile();
    this.#originUs ??= startUs - this.#endUs;
    this.#segmentStartUs = this.#files.length === 0 ? 0 : startUs - this.#originUs;
    const path = pathOf(this.#files.length);
    this.#file = MuxedFile.openNow(path, containerOf(format), { video, audio });
    this.#files.push(path);
    this.#state = "recording";
  }

  #closeFile(): void {
    this.#file?.close();
    this.#closedBytes += this.#file?.bytes ?? 0;
    this.#file = undefined;
  }

  /** Media time as time of the recording. */
  #place(timeUs: MediaMicros): Micros {
    this.#originUs ??= timeUs - this.#endUs;
    return timeUs - this.#originUs;
  }

  #reached(fromUs: Micros, endUs: Micros): void {
    if (fromUs - this.#endUs >= GAP_US && this.#pictures + this.#sounds > 1) {
      this.#gapCount++;
      if (this.#gaps.length < MAX_GAPS) {
        this.#gaps.push({ atUs: this.#endUs, durationUs: fromUs - this.#endUs });
      }
    }
    this.#endUs = Math.max(this.#endUs, endUs);
  }

  #askForKey(timeUs: MediaMicros): void {
    if (timeUs - this.#askedUs >= ASK_AGAIN_US) {
      this.#askedUs = timeUs;
      this.keyFrameNeeded.emit();
    }
  }

  #fail(error: FloeError): void {
    this.#state = "failed";
    this.#error = error;
    this.#closeFile();
    this.failed.emit(error);
  }
}

function whatAndFix(error: FloeError): string {
  return error.toString().slice(`${error.code}: `.length);
}

/** Parameter sets that the packet carries beside its data belong in front of them. */
function wholePicture({ data, parameterSets, isKey }: EncodedVideoPacket): Uint8Array {
  if (!isKey || parameterSets === undefined) {
    return data;
  }
  const whole = new Uint8Array(parameterSets.byteLength + data.byteLength);
  whole.set(parameterSets);
  whole.set(data, parameterSets.byteLength);
  return whole;
}
