// One recording of a fixed size: what comes is decoded, and written as H.264 and AAC. In front of an ordinary recording, which does
// all that has to do with time and files.
import { FloeError } from "../../core/error/floe-error.js";
import { type AudioTarget, defaultAudioTarget } from "../../core/media/audio-target.js";
import { defaultVideoTarget, type VideoTarget } from "../../core/media/video-target.js";
import { Signal } from "../../core/signal/signal.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { AsyncLane } from "../av/async-lane.js";
import { asFloeError } from "../av/av-error.js";
import { checkContainer } from "./container.js";
import { KeyFrameWish } from "./key-frame-wish.js";
import { pictureFormat } from "./picture-format.js";
import { PictureTranscoder } from "./picture-transcoder.js";
import { Recording, type RecordingOptions } from "./recording.js";
import { fault, type RecordingReport, type RecordingSink, type RecordingState } from "./recording-sink.js";
import { SoundTranscoder } from "./sound-transcoder.js";

/** How a recording is transcoded. */
export type TranscodedRecordingOptions = Omit<RecordingOptions, "audio" | "isFixed"> & {
  /** What pictures become: exactly of this size, in black where their aspect is another. Default 1280x720 at 30, 2 Mb/s. */
  readonly videoTarget?: VideoTarget;
  /** What sound becomes. Default 48 kHz stereo, 128 kb/s. */
  readonly audioTarget?: AudioTarget;
};

/** Pictures that may wait. */
const LATE_PICTURES = 15;
/** When more wait for so many pictures on end, this is no burst: they are decoded and left out until fewer wait. */
const PATIENCE_PICTURES = 60;
/** With so many, or so many bytes, nothing more is taken until a key frame comes. */
const MOST_PICTURES = 150;
const MOST_BYTES = 16 * 1_048_576;
/** Packets of both kinds. */
const MOST_PACKETS = 600;

/** `run`: how often the recording was resumed when it came. */
type Job = { readonly packet: EncodedVideoPacket | EncodedAudioPacket; readonly run: number };

/**
 * Takes H.264, VP8 and Opus. Pictures keep their times; those above the target's rate are left out. A machine that cannot keep up
 * leaves out pictures, and counts them: see `droppedPictures`.
 */
export class TranscodedRecording implements RecordingSink {
  readonly name = "transcoded-recording";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<EncodedVideoPacket | EncodedAudioPacket>[] = [EncodedVideo, EncodedAudio];
  readonly failed: Signal<FloeError> = new Signal();
  /** Room again for more without a loss. */
  readonly drained: Signal = new Signal();
  readonly #wish = new KeyFrameWish();
  readonly #recording: Recording;
  readonly #pictures: PictureTranscoder;
  readonly #sound: SoundTranscoder | undefined;
  readonly #lane: AsyncLane<Job>;
  #state: "open" | "paused" | "closing" | "ended" | "failed" = "open";
  #run = 0;
  #writtenRun = 0;
  #awaitsKey = true;
  #codec: TranscodedCodec | undefined;
  #waitingPictures = 0;
  #waitingBytes = 0;
  /** Pictures since so many wait. */
  #latePictures = 0;
  #isFull = false;
  #skipped = 0;
  #droppedPictures = 0;
  #droppedSounds = 0;
  #error: FloeError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(recording: Recording, sound: SoundTranscoder | undefined, target: VideoTarget) {
    this.#recording = recording;
    this.#sound = sound;
    this.#pictures = new PictureTranscoder(target, (packet) => recording.write(packet));
    for (const failed of [recording.failed, ...this.#pictures.failed]) {
      failed.on((error) => this.#fail(error));
    }
    recording.keyFrameNeeded.on(() => this.#pictures.requestKeyFrame());
    this.#lane = new AsyncLane({
      capacity: MOST_PACKETS,
      run: (job) => this.#transcode(job),
      discard: ({ packet }) => packet.release?.(),
      failed: (error) => this.#fail(asFloeError(error, "transcoding")),
    });
  }

  /**
   * Throws FloeError `record/wrong-container` for a format that does not take H.264 and AAC, `av/not-installed`, `av/failed`. No file
   * is made before there is something to write.
   */
  static async open(options: TranscodedRecordingOptions): Promise<TranscodedRecording> {
    const { videoTarget = defaultVideoTarget, audioTarget = defaultAudioTarget, ...rest } = options;
    checkContainer(rest.format, { video: "h264", audio: "aac" });
    const { sampleRateHz, channels } = audioTarget;
    const recording = await Recording.open({ ...rest, audio: { codec: "aac", sampleRateHz, channels }, isFixed: true });
    const sound = rest.expectsAudio
      ? await SoundTranscoder.open(audioTarget, (packet) => recording.write(packet))
      : undefined;
    return new TranscodedRecording(recording, sound, videoTarget);
  }

  get keyFrameNeeded(): Signal {
    return this.#wish.told;
  }

  get state(): RecordingState {
    const state = this.#state;
    return state === "open" || state === "closing" ? this.#recording.state : state;
  }

  /** False while more would be left out. */
  get ready(): boolean {
    return this.#waitingPictures < LATE_PICTURES && this.#lane.depth < MOST_PACKETS / 2;
  }

  report(): RecordingReport {
    const report = this.#recording.report();
    return {
      ...report,
      state: this.state,
      skippedPictures: report.skippedPictures + this.#skipped,
      droppedPictures: this.#droppedPictures + this.#pictures.faults,
      droppedSounds: this.#droppedSounds + (this.#sound?.faults ?? 0),
      ...(this.#error === undefined ? {} : { error: fault(this.#error) }),
    };
  }

  write(packet: EncodedVideoPacket | EncodedAudioPacket): void {
    if (this.#state !== "open") {
      return;
    }
    try {
      if (EncodedVideo.is(packet)) {
        this.#takePicture(packet);
      } else if (this.#sound !== undefined) {
        this.#takeSound(packet);
      }
      this.#isFull ||= !this.ready;
    } catch (error) {
      this.#fail(asFloeError(error, "transcoding"));
    }
  }

  pause(): void {
    if (this.#state === "open") {
      this.#state = "paused";
    }
  }

  resume(): void {
    if (this.#state === "paused") {
      this.#state = "open";
      this.#run++;
      this.#awaitsKey = true;
      this.#wish.renew();
    }
  }

  /** Encodes what has come and completes the files. */
  close(): Promise<void> {
    this.#closing ??= this.#state === "failed" ? this.#free() : this.#finish();
    return this.#closing;
  }

  #takePicture(packet: EncodedVideoPacket): void {
    const { codec, isKey, timeUs } = packet;
    if (!isTranscoded(codec)) {
      throw unsupported(codec);
    }
    this.#awaitsKey ||= codec !== this.#codec;
    if (this.#awaitsKey && isKey && pictureFormat(packet) !== undefined) {
      this.#awaitsKey = false;
      this.#codec = codec;
    }
    if (this.#awaitsKey) {
      this.#skipped++;
      this.#wish.tell(timeUs);
      return;
    }
    if (this.#waitingPictures >= MOST_PICTURES || !this.#push(packet)) {
      this.#droppedPictures++;
      this.#awaitsKey = true;
      this.#wish.tell(timeUs);
      return;
    }
    this.#waitingPictures++;
  }

  #takeSound(packet: EncodedAudioPacket): void {
    if (packet.codec !== "opus") {
      throw unsupported(packet.codec);
    }
    this.#droppedSounds += this.#push(packet) ? 0 : 1;
  }

  #push(packet: EncodedVideoPacket | EncodedAudioPacket): boolean {
    if (this.#waitingBytes + packet.byteLength > MOST_BYTES || this.#lane.depth >= MOST_PACKETS) {
      return false;
    }
    const job = { packet: packet.clone() as typeof packet, run: this.#run };
    this.#waitingBytes += packet.byteLength;
    if (!this.#lane.push(job)) {
      this.#waitingBytes -= packet.byteLength;
      job.packet.release?.();
      return false;
    }
    return true;
  }

  async #transcode({ packet, run }: Job): Promise<void> {
    const isPicture = EncodedVideo.is(packet);
    try {
      if (run !== this.#writtenRun) {
        this.#writtenRun = run;
        await this.#drain();
        this.#recording.pause();
        this.#recording.resume();
      }
      if (isPicture) {
        const leftOut = await this.#pictures.push(packet as TranscodedPicture, this.#isLate());
        this.#droppedPictures += leftOut;
      } else {
        this.#sound?.push(packet as EncodedAudioPacket);
      }
    } finally {
      this.#waitingPictures -= isPicture ? 1 : 0;
      this.#waitingBytes -= packet.byteLength;
      packet.release?.();
      this.#tellRoom();
    }
  }

  /** Whether the machine cannot keep up, and not only now. */
  #isLate(): boolean {
    const isMany = this.#waitingPictures > LATE_PICTURES;
    this.#latePictures = this.#waitingPictures > 1 ? this.#latePictures + (isMany ? 1 : 0) : 0;
    return isMany && this.#latePictures > PATIENCE_PICTURES;
  }

  #tellRoom(): void {
    if (this.#isFull && this.ready) {
      this.#isFull = false;
      this.drained.emit();
    }
  }

  async #drain(): Promise<void> {
    this.#sound?.drain();
    await this.#pictures.drain();
  }

  async #finish(): Promise<void> {
    this.#state = "closing";
    await this.#lane.idle();
    try {
      await this.#drain();
    } catch (error) {
      this.#fail(asFloeError(error, "transcoding"));
    }
    await this.#recording.close();
    if (this.#error === undefined) {
      this.#state = "ended";
    }
    await this.#free();
  }

  async #free(): Promise<void> {
    await this.#lane.close();
    await this.#pictures.close();
    this.#sound?.close();
  }

  /** What is written already plays; the rest is thrown away. */
  #fail(error: FloeError): void {
    if (this.#error === undefined && this.#state !== "ended") {
      this.#error = error;
      this.#state = "failed";
      void this.#recording.close();
      this.#closing ??= this.#free();
      this.failed.emit(error);
    }
  }
}

type TranscodedCodec = "h264" | "vp8";
type TranscodedPicture = EncodedVideoPacket & { readonly codec: TranscodedCodec };

function isTranscoded(codec: string): codec is TranscodedCodec {
  return codec === "h264" || codec === "vp8";
}

function unsupported(codec: string): FloeError {
  return new FloeError("record/unsupported-codec", `A recording is not transcoded from ${codec}`, {
    fix: "Publish H.264 or VP8 with Opus.",
  });
}
