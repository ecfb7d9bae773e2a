// One recording while it is made, as the recorder hands it out.
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import type { ClaimedFiles } from "./claimed-files.js";
import { type RecordingFacts, type RecordingInfo, recordingInfo } from "./recording-info.js";
import type { RecordingReport, RecordingSink } from "./recording-sink.js";
import { WatchedSink } from "./watched-sink.js";

/** What does not change while it is made. */
export type RecordingStart = Pick<RecordingFacts, "id" | "peer" | "startedAt" | "format" | "isAudioOnly">;

/** What the recorder does for its recordings. */
export type LiveRecordingOwner = {
  /** The state is another one, or a segment more was begun. */
  readonly changed: (live: LiveRecording) => void;
  /** Its files are complete. */
  readonly ended: (live: LiveRecording, error: FloeError | undefined) => void;
  /** Whether there is still room; the answer ends the recording. */
  readonly look: () => FloeError | undefined;
  readonly wallMs: () => number;
  /** Takes what nobody else should read out of an error's words. */
  readonly plain: (words: string) => string;
  /** A listener of a recording's end threw. */
  readonly listenerThrew: (live: LiveRecording, error: unknown) => void;
};

/** A recording that is made. Write what its publisher sends into `sink`, and `end` it when the publisher is gone. */
export class LiveRecording {
  readonly id: string;
  readonly peer: string;
  readonly sink: RecordingSink;
  /** It is over: ended here, by whoever stopped it, or by the error that comes along. Then nothing more is written. */
  readonly ended: Signal<FloeError | undefined> = new Signal();
  readonly #start: RecordingStart;
  readonly #files: ClaimedFiles;
  readonly #owner: LiveRecordingOwner;
  #ending: Promise<RecordingInfo> | undefined;
  #endedAt: string | undefined;

  constructor(start: RecordingStart, files: ClaimedFiles, sink: RecordingSink, owner: LiveRecordingOwner) {
    this.id = start.id;
    this.peer = start.peer;
    this.#start = start;
    this.#files = files;
    this.#owner = owner;
    this.sink = new WatchedSink(sink, {
      changed: () => {
        if (this.#ending === undefined) {
          owner.changed(this);
        }
      },
      look: () => (files.isGone ? deleted(this.id) : owner.look()),
      segmentCount: () => files.count,
    });
    this.sink.failed.on((error) => void this.#endOnce(error));
  }

  /** What is known of it now. */
  get info(): RecordingInfo {
    return recordingInfo(this.facts());
  }

  /** Completes its files. The same promise each time; never rejects. */
  end(): Promise<RecordingInfo> {
    return this.#endOnce(undefined);
  }

  /** What is to be remembered of it now. */
  facts(): RecordingFacts {
    const report = this.sink.report();
    const { state, durationUs, video, audio, gaps, gapCount, error } = report;
    return {
      ...this.#start,
      state: state === "ended" ? "finished" : state,
      isInterrupted: false,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      durationMs: toMs(durationUs),
      segments: this.#files.list(),
      ...(video === undefined
        ? {}
        : { video: { codec: video.codec, width: video.width, height: video.height, frames: video.pictures } }),
      ...(audio === undefined ? {} : { audio }),
      gaps: gaps.map(({ atUs, durationUs }) => ({ atMs: toMs(atUs), durationMs: toMs(durationUs) })),
      gapCount,
      ...leftOut(report),
      ...(error === undefined ? {} : { error: { code: error.code, message: this.#owner.plain(error.message) } }),
    };
  }

  #endOnce(error: FloeError | undefined): Promise<RecordingInfo> {
    this.#ending ??= this.#end(error);
    return this.#ending;
  }

  async #end(error: FloeError | undefined): Promise<RecordingInfo> {
    await this.sink.close();
    this.#files.settle();
    this.#endedAt = new Date(this.#owner.wallMs()).toISOString();
    this.#owner.ended(this, error);
    try {
      this.ended.emit(error);
    } catch (thrown) {
      this.#owner.listenerThrew(this, thrown);
    }
    return this.info;
  }
}

function deleted(id: string): FloeError {
  return new FloeError("record/unwritable", `somebody has deleted the file of ${id} while it was written`, {
    fix: "Stop a recording before you delete its files.",
  });
}

/** What is not in the file, where there is such. */
function leftOut({
  skippedPictures,
  droppedPictures,
  droppedSounds,
}: RecordingReport): Pick<RecordingFacts, "skippedPictures" | "droppedPictures" | "droppedSounds"> {
  return {
    ...(skippedPictures > 0 ? { skippedPictures } : {}),
    ...(droppedPictures > 0 ? { droppedPictures } : {}),
    ...(droppedSounds > 0 ? { droppedSounds } : {}),
  };
}

function toMs(us: number): number {
  return Math.round(us / 1000);
}
