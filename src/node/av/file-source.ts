// A media file as a live source: decoded a little ahead, released on the beat of the monotonic clock, looped for ever
// or played once.
import { basename, resolve } from "node:path";
import type { FloeError } from "../../core/error/floe-error.js";
import { PacedRelease } from "../../core/media/paced-release.js";
import { Signal } from "../../core/signal/signal.js";
import type { Emit } from "../../core/stream/adapter.js";
import {
  AudioFrame,
  type AudioFramePacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { Clock } from "../../core/time/clock.js";
import { asFloeError } from "./av-error.js";
import type { AvSource, AvSourceCounters, AvSourceInfo } from "./av-source.js";
import { MediaReader } from "./media-reader.js";
import type { NativeAudioFrame } from "./native-audio-frame.js";
import type { NativeVideoFrame } from "./native-video-frame.js";
import { checkSourceFile } from "./source-errors.js";

type MediaFrame = NativeVideoFrame | NativeAudioFrame;

/** Options of a file source. */
export type FileSourceOptions = {
  readonly path: string;
  /** Whether the file begins again at its end. */
  readonly loop: boolean;
  readonly clock: Clock;
};

/** See AvSource. Media time continues over loops without a gap; `ended` comes when a file that is not looped is over. */
export class FileSource implements AvSource {
  readonly name = "file";
  readonly retention = "borrowed" as const;
  readonly emits: readonly PacketKind<VideoFramePacket | AudioFramePacket>[] = [VideoFrame, AudioFrame];
  readonly info: AvSourceInfo;
  readonly ended: Signal = new Signal();
  readonly failed: Signal<FloeError> = new Signal();
  readonly #reader: MediaReader;
  readonly #clock: Clock;
  #release: PacedRelease<MediaFrame> | undefined;
  #pumping: Promise<void> | undefined;
  #isClosed = false;
  #skippedBefore = 0;
  #rebasedBefore = 0;

  private constructor(reader: MediaReader, { path, clock }: FileSourceOptions) {
    this.#reader = reader;
    this.#clock = clock;
    this.info = { name: basename(path), ...reader.info };
  }

  /**
   * Opens the file and its decoders. Throws FloeError `source/not-found`, `source/is-directory`, `source/unreadable`,
   * `source/no-media`, or `av/not-installed`.
   */
  static async open(options: FileSourceOptions): Promise<FileSource> {
    await checkSourceFile(options.path);
    return new FileSource(await MediaReader.open(resolve(options.path), options), options);
  }

  get counters(): AvSourceCounters {
    return {
      skipped: this.#skippedBefore + (this.#release?.skipped ?? 0),
      rebased: this.#rebasedBefore + (this.#release?.rebased ?? 0),
      faults: this.#reader.faults,
      loops: this.#reader.passes,
    };
  }

  /** Pictures and pieces of sound that are decoded and wait for their time. */
  get buffered(): number {
    return this.#release?.depth ?? 0;
  }

  /** Begins, or goes on after `stop` a little behind where it was. */
  start(emit: Emit<VideoFramePacket | AudioFramePacket>): void {
    const release = new PacedRelease<MediaFrame>({
      clock: this.#clock,
      deliver: (frame) => this.#deliver(frame, emit),
      isSkippable: (frame) => VideoFrame.is(frame),
    });
    release.ended.on(() => this.ended.emit());
    this.#release = release;
    this.#pumping = this.#pump(release, this.#pumping);
  }

  /** Stops; what was decoded ahead is thrown away. */
  async stop(): Promise<void> {
    this.#endRelease();
    await this.#pumping;
  }

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#reader.interrupt();
    await this.stop();
    await this.#reader.close();
  }

  #endRelease(): void {
    this.#skippedBefore += this.#release?.skipped ?? 0;
    this.#rebasedBefore += this.#release?.rebased ?? 0;
    this.#release?.close();
    this.#release = undefined;
  }

  #deliver(frame: MediaFrame, emit: Emit<VideoFramePacket | AudioFramePacket>): void {
    try {
      emit(frame);
    } catch (error) {
      // A stage behind that throws must not break the clock's callback.
      this.#fail(error);
    } finally {
      frame.release();
    }
  }

  /** Keeps the release filled, until it is closed or the file is over. Never rejects. */
  async #pump(release: PacedRelease<MediaFrame>, previous: Promise<void> | undefined): Promise<void> {
    await previous;
    try {
      while (this.#release === release) {
        if (!release.hasRoom) {
          await once(release.roomMade);
          continue;
        }
        const frame = await this.#reader.next();
        if (frame === undefined) {
          release.finish();
          return;
        }
        release.push(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#release !== undefined) {
      this.#endRelease();
      this.failed.emit(asFloeError(error, `reading ${this.info.name}`));
    }
  }
}

function once(signal: Signal): Promise<void> {
  return new Promise((done) => {
    const listening = signal.on(() => {
      listening[Symbol.dispose]();
      done();
    });
  });
}
