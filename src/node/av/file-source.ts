// A media file as a live source: read (and decoded, where it has to be) a little ahead, released on the beat of the
// monotonic clock, looped for ever or played once.
import { basename, resolve } from "node:path";
import type { FloeError } from "../../core/error/floe-error.js";
import { PacedRelease } from "../../core/media/paced-release.js";
import { Signal } from "../../core/signal/signal.js";
import type { Demand, Emit } from "../../core/stream/adapter.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { Clock } from "../../core/time/clock.js";
import type { Micros } from "../../core/time/units.js";
import { asFloeError } from "./av-error.js";
import type { AvSource, AvSourceCounters, AvSourceInfo, AvSourcePacket } from "./av-source.js";
import type { LanePacket } from "./media-lane.js";
import { MediaReader, type MediaReaderOptions } from "./media-reader.js";
import { checkSourceFile } from "./source-errors.js";

/**
 * Sound leaves so long before the picture of its time. Browsers show a picture as soon as it is there, but keep sound 40 ms
 * and more in their jitter buffer and 30 ms in the audio device; timestamps stay true for those that align by them.
 */
const SOUND_LEAD_US: Micros = 80_000;

/** Options of a file source. */
export type FileSourceOptions = MediaReaderOptions & { readonly path: string; readonly clock: Clock };

/** See AvSource. Media time continues over loops without a gap; `ended` comes when a file that is not looped is over. */
export class FileSource implements AvSource {
  readonly name = "file";
  readonly retention = "borrowed" as const;
  readonly emits: readonly PacketKind<AvSourcePacket>[] = [VideoFrame, AudioFrame, EncodedVideo, EncodedAudio];
  readonly infoChanged: Signal<AvSourceInfo> = new Signal();
  readonly ended: Signal = new Signal();
  readonly failed: Signal<FloeError> = new Signal();
  readonly #fileName: string;
  readonly #reader: MediaReader;
  readonly #clock: Clock;
  #release: PacedRelease<LanePacket> | undefined;
  #pumping: Promise<void> | undefined;
  #isClosed = false;
  #skippedBefore = 0;
  #rebasedBefore = 0;

  private constructor(reader: MediaReader, { path, clock }: FileSourceOptions) {
    this.#reader = reader;
    this.#clock = clock;
    this.#fileName = basename(path);
    reader.infoChanged.on(() => this.infoChanged.emit(this.info));
  }

  /**
   * Opens the file and the decoders that it needs. Throws FloeError `source/not-found`, `source/is-directory`,
   * `source/unreadable`, `source/no-media`, `source/unsupported-codec`, or `av/not-installed`.
   */
  static async open(options: FileSourceOptions): Promise<FileSource> {
    await checkSourceFile(options.path);
    return new FileSource(await MediaReader.open(resolve(options.path), options), options);
  }

  get info(): AvSourceInfo {
    return { name: this.#fileName, ...this.#reader.info };
  }

  get counters(): AvSourceCounters {
    return {
      skipped: this.#skippedBefore + (this.#release?.skipped ?? 0),
      rebased: this.#rebasedBefore + (this.#release?.rebased ?? 0),
      faults: this.#reader.faults,
      loops: this.#reader.passes,
      copiedBytes: this.#reader.copiedBytes,
    };
  }

  /** Pictures and pieces of sound that are read and wait for their time. */
  get buffered(): number {
    return this.#release?.depth ?? 0;
  }

  /** Begins, or goes on after `stop` a little behind where it was; with pictures that go through, at a key frame. */
  start(emit: Emit<AvSourcePacket>, demand?: Demand): void {
    const release = new PacedRelease<LanePacket>({
      clock: this.#clock,
      deliver: (packet) => this.#deliver(packet, emit),
      isSkippable: (packet) => VideoFrame.is(packet),
      leadUs: (packet) => (AudioFrame.is(packet) || EncodedAudio.is(packet) ? SOUND_LEAD_US : 0),
      isReady: () => demand?.ready ?? true,
    });
    release.ended.on(() => this.ended.emit());
    this.#release = release;
    this.#pumping = this.#pump(release, this.#pumping);
  }

  /** Stops; what was read ahead is thrown away. */
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

  #deliver(packet: LanePacket, emit: Emit<AvSourcePacket>): void {
    try {
      emit(packet);
    } catch (error) {
      // A stage behind that throws must not break the clock's callback.
      this.#fail(error);
    } finally {
      packet.release();
    }
  }

  /** Keeps the release filled, until it is closed or the file is over. Never rejects. */
  async #pump(release: PacedRelease<LanePacket>, previous: Promise<void> | undefined): Promise<void> {
    try {
      if (previous !== undefined) {
        await previous;
        this.#reader.resync();
      }
      while (this.#release === release) {
        if (!release.hasRoom) {
          await once(release.roomMade);
          continue;
        }
        const packet = await this.#reader.next();
        if (packet === undefined) {
          release.finish();
          return;
        }
        release.push(packet);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#release !== undefined) {
      this.#endRelease();
      this.failed.emit(asFloeError(error, `reading ${this.#fileName}`));
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
