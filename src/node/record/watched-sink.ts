// A recording's sink with somebody who watches over it: hears of each change, looks at the disk now and then, and may end it.
import type { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { type MediaMicros, type Micros, seconds } from "../../core/time/units.js";
import type { RecordingReport, RecordingSink, RecordingState } from "./recording-sink.js";

type Media = EncodedVideoPacket | EncodedAudioPacket;

/** How often the disk is looked at, in written media. */
const LOOK_EVERY_US: Micros = seconds(2);

/** Who watches. */
export type SinkWatch = {
  /** Its state is another one, or a segment more was begun. */
  readonly changed: () => void;
  /** So much was written that something should be looked at; the answer ends the recording. */
  readonly look: () => FloeError | undefined;
  /** How many segments have been begun. */
  readonly segmentCount: () => number;
};

/** The same sink for whoever writes. */
export class WatchedSink implements RecordingSink {
  readonly name = "recording";
  readonly retention: "borrowed" | "cloned" | "retained";
  readonly accepts: readonly PacketKind<Media>[];
  readonly keyFrameNeeded: Signal;
  readonly drained: Signal;
  readonly failed: Signal<FloeError> = new Signal();
  readonly #sink: RecordingSink;
  readonly #watch: SinkWatch;
  #seenState: RecordingState;
  #seenSegments = 0;
  #lookedUs: MediaMicros = Number.NEGATIVE_INFINITY;
  /** What the watch has ended it for. */
  #error: FloeError | undefined;

  constructor(sink: RecordingSink, watch: SinkWatch) {
    this.#sink = sink;
    this.#watch = watch;
    this.#seenState = sink.state;
    this.retention = sink.retention ?? "borrowed";
    this.accepts = sink.accepts ?? [EncodedVideo, EncodedAudio];
    this.keyFrameNeeded = sink.keyFrameNeeded;
    this.drained = sink.drained ?? new Signal();
    sink.failed.on((error) => this.failed.emit(error));
  }

  get state(): RecordingState {
    return this.#error === undefined ? this.#sink.state : "failed";
  }

  get ready(): boolean {
    return this.#sink.ready ?? true;
  }

  report(): RecordingReport {
    const report = this.#sink.report();
    const error = this.#error;
    return error === undefined
      ? report
      : { ...report, state: "failed", error: { code: error.code, message: words(error) } };
  }

  write(packet: Media): void {
    this.#sink.write(packet);
    this.#tellChange();
    if (Math.abs(packet.timeUs - this.#lookedUs) >= LOOK_EVERY_US && this.state === "recording") {
      this.#lookedUs = packet.timeUs;
      const error = this.#watch.look();
      if (error !== undefined) {
        this.#error = error;
        void this.#sink.close();
        this.failed.emit(error);
      }
    }
  }

  pause(): void {
    this.#sink.pause();
    this.#tellChange();
  }

  resume(): void {
    this.#sink.resume();
    this.#tellChange();
  }

  async close(): Promise<void> {
    await this.#sink.close();
    this.#tellChange();
  }

  #tellChange(): void {
    const { state } = this;
    const segments = this.#watch.segmentCount();
    if (state !== this.#seenState || segments !== this.#seenSegments) {
      this.#seenState = state;
      this.#seenSegments = segments;
      this.#watch.changed();
    }
  }
}

/** An error without its code. */
function words(error: FloeError): string {
  return error.toString().slice(`${error.code}: `.length);
}
