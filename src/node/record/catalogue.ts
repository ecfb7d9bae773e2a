// What a folder's recordings are: found at the start, remembered beside their files, and let go when they are too old or too
// much.
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import { findRecordings } from "./found-recordings.js";
import { readInterrupted } from "./interrupted-recording.js";
import type { LiveRecording } from "./live-recording.js";
import type { RemovalReason } from "./recorder-event.js";
import type { RecordingFolder } from "./recording-folder.js";
import { isLiveState, type RecordingFacts, type RecordingInfo, recordingInfo } from "./recording-info.js";
import { expiredRecordings, type RetentionLimits } from "./retention.js";

/** One recording. */
export type CatalogueEntry = {
  /** As they were last told. */
  facts: RecordingFacts;
  live?: LiveRecording | undefined;
  /** What the disk remembers is older than the facts. */
  isUnsaved: boolean;
};

/** All recordings of a folder. */
export class Catalogue {
  readonly removed: Signal<{ readonly facts: RecordingFacts; readonly reason: RemovalReason }> = new Signal();
  readonly #folder: RecordingFolder;
  readonly #logger: Logger;
  readonly #entries = new Map<string, CatalogueEntry>();

  constructor(folder: RecordingFolder, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Those that are being made. */
  get live(): LiveRecording[] {
    return [...this.#entries.values()].flatMap(({ live }) => live ?? []);
  }

  /** All of them, the newest first. */
  list(): RecordingInfo[] {
    // Turned around first: of one moment the last one that came.
    return [...this.#entries.values()]
      .reverse()
      .map(infoOf)
      .sort((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
  }

  /** Throws FloeError `record/not-found`. */
  entry(id: string): CatalogueEntry {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      throw new FloeError("record/not-found", `there is no recording ${id.slice(0, 100)}`, {
        fix: "GET /api/recordings lists them.",
      });
    }
    return entry;
  }

  /** A new one. Throws FloeError `record/unwritable` or `record/disk-full`, and has forgotten it then. */
  add(facts: RecordingFacts): CatalogueEntry {
    this.#folder.save(facts);
    const entry: CatalogueEntry = { facts, isUnsaved: false };
    this.#entries.set(facts.id, entry);
    return entry;
  }

  /** Finds what is in the folder; answers those whose process was killed, which nobody has read yet. */
  async find(): Promise<RecordingFacts[]> {
    const found = await findRecordings(this.#folder.path);
    for (const { facts } of found) {
      this.#entries.set(facts.id, { facts, isUnsaved: false });
    }
    return found.filter(({ isUnread }) => isUnread).map(({ facts }) => facts);
  }

  /** Reads them, one file after the other; a broken one is shown with its error. Never rejects. */
  async read(unread: readonly RecordingFacts[], signal: AbortSignal): Promise<void> {
    for (const facts of unread) {
      const read = await readInterrupted(facts, this.#folder, { signal });
      const entry = this.#entries.get(facts.id);
      if (signal.aborted) {
        return;
      }
      if (entry !== undefined) {
        this.update(entry, read);
      }
    }
  }

  /** Remembers new facts. Never throws: what cannot be written now is written at the next sweep. */
  update(entry: CatalogueEntry, facts: RecordingFacts): void {
    entry.facts = facts;
    entry.isUnsaved = true;
    try {
      this.#folder.save(facts);
      entry.isUnsaved = false;
    } catch (error) {
      this.#warn("cannot remember the state of a recording", error);
    }
  }

  /** Deletes one with its files. Throws FloeError `record/live` or `record/unwritable`. */
  async remove({ facts }: CatalogueEntry, reason: RemovalReason): Promise<void> {
    if (isLiveState(facts.state)) {
      throw new FloeError("record/live", `${facts.id} is being recorded`, { fix: "Stop it first." });
    }
    await this.#folder.remove(facts);
    if (this.#entries.delete(facts.id)) {
      this.#logger.info("a recording was deleted", { recording: facts.id, reason });
      this.removed.emit({ facts, reason });
    }
  }

  /** Deletes what is beyond the limits, and remembers what could not be remembered. Never rejects. */
  async sweep(limits: RetentionLimits, nowMs: number): Promise<void> {
    for (const { id, reason } of expiredRecordings(this.list(), limits, nowMs)) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) {
        await this.remove(entry, reason).catch((error: unknown) => this.#warn("cannot delete a recording", error));
      }
    }
    for (const entry of this.#entries.values()) {
      if (entry.isUnsaved) {
        this.update(entry, entry.facts);
      }
    }
  }

  #warn(message: string, error: unknown): void {
    this.#logger.limited(message).warn(message, { error });
  }
}

/** What is told of it now. */
export function infoOf({ facts, live }: CatalogueEntry): RecordingInfo {
  return live?.info ?? recordingInfo(facts);
}
