// The folder of a recorder: names in it, room on its disk, and what is remembered beside the recordings.
import { existsSync, statfsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { FloeError } from "../../core/error/floe-error.js";
import { RECORDING_FORMATS } from "./container.js";
import type { RecordingFacts } from "./recording-info.js";
import { recordingId, segmentFileName } from "./recording-name.js";
import { sidecarPath, writeSidecar } from "./sidecar.js";
import { systemFault } from "./write-fault.js";

/** A folder that can be written. */
export class RecordingFolder {
  /** Absolute. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder when it is not there, and tries to write. Throws FloeError `record/unwritable` or `record/disk-full`. */
  static async open(path: string): Promise<RecordingFolder> {
    const folder = new RecordingFolder(resolve(path));
    const trial = join(folder.path, `.floe-trial-${process.pid}`);
    try {
      await makeFolder(folder.path);
      await writeFile(trial, "");
      await rm(trial, { force: true });
    } catch (error) {
      throw systemFault(`the folder ${folder.path}`, error);
    }
    return folder;
  }

  /** An id that no file has: at the same millisecond the next one gets the millisecond behind. */
  freeId(peer: string, startedMs: number, isKnown: (id: string) => boolean): string {
    for (let ms = Math.floor(startedMs); ; ms++) {
      const id = recordingId({ peer, startedMs: ms });
      const names = [`${id}.json`, ...RECORDING_FORMATS.map((format) => segmentFileName(id, 0, format))];
      if (!isKnown(id) && !names.some((name) => existsSync(join(this.path, name)))) {
        return id;
      }
    }
  }

  /** Throws FloeError `record/no-space` when less than `minFreeBytes` may still be written here, `record/unwritable` when it is gone. */
  requireSpace(minFreeBytes: number): void {
    let free: number;
    try {
      const { bavail, bsize } = statfsSync(this.path);
      free = bavail * bsize;
    } catch (error) {
      throw systemFault(`the folder ${this.path}`, error);
    }
    if (free < minFreeBytes) {
      throw new FloeError(
        "record/no-space",
        `the disk of the recordings has ${free} bytes left, less than the ${minFreeBytes} that stay free`,
        { fix: "Make room there, or lower media.record.minFreeBytes." },
      );
    }
  }

  /** Remembers the facts. Throws FloeError `record/unwritable` or `record/disk-full`. */
  save(facts: RecordingFacts): void {
    try {
      writeSidecar(this.path, facts);
    } catch (error) {
      throw systemFault(`what belongs to ${facts.id}`, error);
    }
  }

  /** Deletes the files of a recording; what is remembered goes last. Throws FloeError `record/unwritable`. */
  async remove({ id, segments }: Pick<RecordingFacts, "id" | "segments">): Promise<void> {
    try {
      for (const { fileName } of segments) {
        await rm(join(this.path, fileName), { force: true });
      }
      await rm(sidecarPath(this.path, id), { force: true });
    } catch (error) {
      throw systemFault(`what belongs to ${id}`, error);
    }
  }

  /** Words without the folder in them: pages read them. */
  withoutPath(words: string): string {
    return words.replaceAll(`${this.path}${sep}`, "").replaceAll(this.path, "of the recordings");
  }
}

/** Level by level: where a folder that exists takes no other (below /proc), Node's own `recursive` tries for ever. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) {
    return;
  }
  await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") {
      throw error;
    }
  });
}
