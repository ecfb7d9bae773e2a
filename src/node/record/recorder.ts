// The recordings of a folder: begins new ones, knows the finished ones, keeps room on the disk, and lets old ones go.
import { join } from "node:path";
import { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import type { VideoTarget } from "../../core/media/video-target.js";
import { Signal } from "../../core/signal/signal.js";
import type { AudioCodec, VideoCodec } from "../../core/stream/media-packet.js";
import type { Clock } from "../../core/time/clock.js";
import { seconds } from "../../core/time/units.js";
import { asFloeError } from "../av/av-error.js";
import { loadNodeAv } from "../av/load-node-av.js";
import { Catalogue, type CatalogueEntry, infoOf } from "./catalogue.js";
import { ClaimedFiles } from "./claimed-files.js";
import { checkContainer, type RecordingFormat } from "./container.js";
import { LiveRecording, type LiveRecordingOwner } from "./live-recording.js";
import type { RecorderEvent } from "./recorder-event.js";
import { Recording, type RecordingOptions } from "./recording.js";
import { RecordingFolder } from "./recording-folder.js";
import type { RecordingFacts, RecordingInfo } from "./recording-info.js";
import type { RecordingSink } from "./recording-sink.js";
import type { RetentionLimits } from "./retention.js";
import { TranscodedRecording } from "./transcoded-recording.js";

/** Where and how recordings are made, and how long they stay. */
export type RecorderOptions = RetentionLimits & {
  /** Made when it is not there. One recorder a folder. */
  readonly folder: string;
  /** Default mp4. */
  readonly format?: RecordingFormat;
  /** What all recordings are transcoded to. Default: nothing, they are written as they come. */
  readonly transcodeTo?: { readonly video: VideoTarget; readonly audio: AudioTarget } | undefined;
  /** A new file at the first key frame after so many seconds. Default: never. */
  readonly segmentSeconds?: number | undefined;
  /** A new file at the first key frame after so many bytes. Default: never. */
  readonly segmentBytes?: number | undefined;
  /** Below so many free bytes on the disk no recording begins, and those that run end. Default 256 MiB. */
  readonly minFreeBytes?: number;
  readonly clock: Clock;
  readonly logger?: Logger;
};

/** Whom to record, and what was agreed with that one. */
export type BeginRecording = {
  /** A name from outside; the files are called after it. */
  readonly peer: string;
  /** Absent when there will be no picture. At least one of the two. */
  readonly video?: VideoCodec | undefined;
  readonly audio?: AudioCodec | undefined;
};

/** A file of a recording. */
export type RecordedFile = { readonly path: string; readonly fileName: string; readonly info: RecordingInfo };

/** Recordings that a folder may hold before no further one begins: what has no limit of age or size ends somewhere. */
const MAX_RECORDINGS = 10_000;
const DEFAULT_MIN_FREE_BYTES = 268_435_456;
/** How often what is too old or too much is looked for, beside at each end. */
const SWEEP_EVERY_US = seconds(60);
const MAX_PEER_LENGTH = 256;

/** Owns a folder of recordings. */
export class Recorder {
  /** Happenings. `recording-failed` is the alarm: a recording has ended by itself, and the others go on. */
  readonly happened: Signal<RecorderEvent> = new Signal();
  readonly #options: RecorderOptions;
  readonly #folder: RecordingFolder;
  readonly #logger: Logger;
  readonly #catalogue: Catalogue;
  readonly #closing = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  #sweeping: Promise<void> = Promise.resolve();
  #timer: Disposable | undefined;

  private constructor(options: RecorderOptions, folder: RecordingFolder) {
    this.#options = options;
    this.#folder = folder;
    this.#logger = options.logger ?? Logger.silent();
    this.#catalogue = new Catalogue(folder, this.#logger);
    this.#catalogue.removed.on(({ facts: { id, peer }, reason }) =>
      this.#tell({ event: "recording-removed", id, peer, reason }),
    );
  }

  /**
   * Opens the folder and finds what is there. What killed processes left behind is read in the background. Throws FloeError
   * `record/unwritable`, `record/disk-full` or `av/not-installed`.
   */
  static async open(options: RecorderOptions): Promise<Recorder> {
    await loadNodeAv();
    const recorder = new Recorder(options, await RecordingFolder.open(options.folder));
    const unread = await recorder.#catalogue.find();
    recorder.#reading = recorder.#catalogue.read(unread, recorder.#closing.signal);
    recorder.#sweepAgainAndAgain();
    return recorder;
  }

  /** Where recordings are, absolute. */
  get folder(): string {
    return this.#folder.path;
  }

  /** Why none can begin now for want of room; undefined when one can. */
  get spaceFault(): FloeError | undefined {
    try {
      this.#requireSpace();
      return undefined;
    } catch (error) {
      return asFloeError(error, "looking for room on the disk");
    }
  }

  /**
   * Begins a recording; its file is made with the first key frame, or of sound alone where none comes within five seconds. Throws
   * FloeError `record/no-media`, `record/wrong-container`, `record/no-space`, `record/disk-full`, `record/unwritable`,
   * `record/too-many` or `record/closed`.
   */
  async begin({ peer, video, audio }: BeginRecording): Promise<LiveRecording> {
    const { format = "mp4", transcodeTo } = this.#options;
    this.#requireOpen();
    if (video === undefined && audio === undefined) {
      throw new FloeError("record/no-media", "there is neither a picture nor sound to record", {
        fix: "Publish H.264 or VP8, or Opus, or both.",
      });
    }
    checkContainer(format, transcodeTo === undefined ? { video, audio } : { video: "h264", audio: "aac" });
    if (this.#catalogue.size >= MAX_RECORDINGS) {
      throw new FloeError("record/too-many", `there are ${MAX_RECORDINGS} recordings in the folder`, {
        fix: "Delete some, or set media.record.maxAgeHours or media.record.maxTotalBytes.",
      });
    }
    this.#requireSpace();
    const startedMs = this.#wallMs();
    const start = {
      id: this.#folder.freeId(peer, startedMs, (id) => this.#catalogue.has(id)),
      peer: peer.slice(0, MAX_PEER_LENGTH),
      startedAt: new Date(startedMs).toISOString(),
      format,
      isAudioOnly: video === undefined,
    };
    const entry = this.#catalogue.add(newFacts(start));
    try {
      const files = new ClaimedFiles(this.#folder.path, start.id, format);
      const sink = await this.#openSink(files, {
        expectsVideo: video !== undefined,
        expectsAudio: audio !== undefined,
      });
      entry.live = new LiveRecording(start, files, sink, this.#ownerOf(entry));
      if (this.#closing.signal.aborted) {
        await entry.live.end();
      }
      this.#requireOpen();
      return entry.live;
    } catch (error) {
      await this.#forget(entry);
      throw error;
    }
  }

  /** All of them, the newest first. */
  list(): RecordingInfo[] {
    return this.#catalogue.list();
  }

  /** One of them; undefined when there is none of that id. */
  find(id: string): RecordingInfo | undefined {
    return this.#catalogue.has(id) ? this.get(id) : undefined;
  }

  /** One of them. Throws FloeError `record/not-found`. */
  get(id: string): RecordingInfo {
    return infoOf(this.#catalogue.entry(id));
  }

  /** The file of a segment, from 0. Throws FloeError `record/not-found`, or `record/empty` when nothing is written yet. */
  fileOf(id: string, segment = 0): RecordedFile {
    const info = this.get(id);
    const file = info.segments[segment];
    if (file !== undefined) {
      return { path: join(this.#folder.path, file.fileName), fileName: file.fileName, info };
    }
    throw info.segments.length === 0
      ? new FloeError("record/empty", `nothing of ${id} has been written`, {
          fix: info.isLive ? "Ask again when its state is recording." : "Its error says why.",
        })
      : new FloeError("record/not-found", `${id} has no segment ${segment}`, {
          fix: `Its segments are 0 to ${info.segments.length - 1}.`,
        });
  }

  /** Writes nothing until `resume`. Throws FloeError `record/not-found` or `record/not-live`, like the next two. */
  pause(id: string): RecordingInfo {
    const live = this.#live(id);
    live.sink.pause();
    return live.info;
  }

  /** Goes on with the next key frame, or with sound alone where none comes. */
  resume(id: string): RecordingInfo {
    const live = this.#live(id);
    live.sink.resume();
    return live.info;
  }

  /** Ends it, whoever publishes; resolves when its files are complete. */
  async stop(id: string): Promise<RecordingInfo> {
    return await this.#live(id).end();
  }

  /** Deletes its files. Throws FloeError `record/not-found`, `record/live` or `record/unwritable`. */
  async remove(id: string): Promise<void> {
    await this.#catalogue.remove(this.#catalogue.entry(id), "asked");
  }

  /** Lets go what is too old or too much. Happens by itself at the start, at each end, and each minute. Never rejects. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(() => this.#catalogue.sweep(this.#options, this.#wallMs()));
    return this.#sweeping;
  }

  /** Resolves when everything that killed processes left behind has been read. Never rejects. */
  get settled(): Promise<void> {
    return this.#reading;
  }

  /** Ends what is being recorded, and resolves when all files are complete. A second call is quiet. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.#catalogue.live.map((live) => live.end()));
    await Promise.all([this.#reading, this.#sweeping]);
    this.happened.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openSink(
    files: ClaimedFiles,
    media: { readonly expectsVideo: boolean; readonly expectsAudio: boolean },
  ): Promise<RecordingSink> {
    const { format = "mp4", segmentSeconds, segmentBytes, transcodeTo } = this.#options;
    const options: RecordingOptions = {
      format,
      pathOf: () => files.claim(),
      ...media,
      ...(segmentSeconds === undefined ? {} : { segmentUs: seconds(segmentSeconds) }),
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
    };
    return transcodeTo === undefined
      ? Recording.open(options)
      : TranscodedRecording.open({ ...options, videoTarget: transcodeTo.video, audioTarget: transcodeTo.audio });
  }

  #ownerOf(entry: CatalogueEntry): LiveRecordingOwner {
    return {
      changed: (live) => this.#changed(entry, live),
      ended: (live, error) => this.#ended(entry, live, error),
      look: () => this.spaceFault,
      wallMs: () => this.#wallMs(),
      plain: (words) => this.#folder.withoutPath(words),
      listenerThrew: ({ id }, error) =>
        this.#logger.error("a listener of a recording's end threw", { recording: id, error }),
    };
  }

  /** A listener that throws does not end the recording in whose writing it was called. */
  #tell(event: RecorderEvent): void {
    try {
      this.happened.emit(event);
    } catch (error) {
      this.#logger.error("a listener of recordings threw", { error, event: event.event });
    }
  }

  #changed(entry: CatalogueEntry, live: LiveRecording): void {
    const before = entry.facts;
    this.#catalogue.update(entry, live.facts());
    for (const event of eventsOf(before, entry.facts)) {
      this.#tell({ event, id: live.id, peer: live.peer, recording: live.info });
    }
  }

  #ended(entry: CatalogueEntry, live: LiveRecording, error: FloeError | undefined): void {
    const { id, peer } = live;
    const before = entry.facts;
    const facts = live.facts();
    entry.live = undefined;
    if (error === undefined && facts.segments.length === 0) {
      // Nobody sent anything: there is nothing to keep.
      entry.facts = facts;
      this.#sweeping = this.#sweeping.then(() => this.#forget(entry));
      return;
    }
    this.#catalogue.update(entry, facts);
    const recording = infoOf(entry);
    if (hasBegun(before, facts)) {
      this.#tell({ event: "recording-started", id, peer, recording });
    }
    if (error === undefined) {
      this.#tell({ event: "recording-ended", id, peer, recording });
    } else {
      const { code, message } = facts.error ?? error;
      this.#logger.error("a recording has ended by itself", { recording: id, error });
      this.#tell({ event: "recording-failed", id, peer, code, message, recording });
    }
    void this.sweep();
  }

  async #forget(entry: CatalogueEntry): Promise<void> {
    entry.facts = { ...entry.facts, state: "finished" };
    await this.#catalogue.remove(entry, "empty").catch((error: unknown) => {
      this.#logger.warn("cannot delete an empty recording", { error });
    });
  }

  #sweepAgainAndAgain(): void {
    const { clock } = this.#options;
    void this.sweep();
    this.#timer = clock.schedule(clock.nowUs() + SWEEP_EVERY_US, () => this.#sweepAgainAndAgain());
  }

  #requireSpace(): void {
    this.#folder.requireSpace(this.#options.minFreeBytes ?? DEFAULT_MIN_FREE_BYTES);
  }

  #live(id: string): LiveRecording {
    const { live } = this.#catalogue.entry(id);
    if (live === undefined) {
      throw new FloeError("record/not-live", `${id} is not being recorded`, { fix: "It has ended." });
    }
    return live;
  }

  /** Throws FloeError `record/closed`. */
  #requireOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new FloeError("record/closed", "the recorder is closed", { fix: "Open another one." });
    }
  }

  #wallMs(): number {
    return Math.floor(this.#options.clock.wallUs() / 1000);
  }
}

function newFacts(start: Pick<RecordingFacts, "id" | "peer" | "startedAt" | "format" | "isAudioOnly">): RecordingFacts {
  return { ...start, state: "waiting", isInterrupted: false, durationMs: 0, segments: [], gaps: [], gapCount: 0 };
}

/** What is told of a change while a recording is made. */
function eventsOf(before: RecordingFacts, now: RecordingFacts): RecordingEvent[] {
  const events: RecordingEvent[] = hasBegun(before, now) ? ["recording-started"] : [];
  if ((before.state === "paused") !== (now.state === "paused")) {
    events.push(now.state === "paused" ? "recording-paused" : "recording-resumed");
  }
  return events;
}

/** Also in a pause and at the end: sound that waited is written then. */
function hasBegun(before: RecordingFacts, now: RecordingFacts): boolean {
  return before.segments.length === 0 && now.segments.length > 0;
}

type RecordingEvent = "recording-started" | "recording-paused" | "recording-resumed";
