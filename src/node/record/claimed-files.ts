// The files of one recording while it is made: each is taken before it is written, so that none that exists is overwritten.
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RecordedSegment } from "./recording-info.js";
import { segmentFileName } from "./recording-name.js";
import { systemFault } from "./write-fault.js";

/** How many names are tried when strangers' files have them. */
const MAX_TAKEN = 100;

/** Where segments go, and how large they are. */
export class ClaimedFiles {
  readonly #folder: string;
  readonly #id: string;
  readonly #extension: string;
  readonly #names: string[] = [];
  /** Sizes of those that are complete. */
  readonly #sizes: number[] = [];
  #nextNumber = 0;

  constructor(folder: string, id: string, extension: string) {
    this.#folder = folder;
    this.#id = id;
    this.#extension = extension;
  }

  /** How many there are. */
  get count(): number {
    return this.#names.length;
  }

  /** Whether somebody has deleted the newest one: what is still written into it is lost. */
  get isGone(): boolean {
    return this.#names.length > 0 && this.#sizeOf(this.#names.length - 1) === undefined;
  }

  /**
   * The path of the next segment, where an empty file is now. Where none can be made, the path all the same: whoever opens it
   * tells why. Throws FloeError `record/unwritable` when files of others have all names.
   */
  claim(): string {
    if (this.#names.length > 0) {
      this.#sizes[this.#names.length - 1] = this.#sizeOf(this.#names.length - 1) ?? 0;
    }
    const name = this.#freeName();
    this.#names.push(name);
    return join(this.#folder, name);
  }

  /** All of them; the newest one as it is on the disk now. */
  list(): RecordedSegment[] {
    return this.#names.map((fileName, index) => ({ fileName, bytes: this.#sizes[index] ?? this.#sizeOf(index) ?? 0 }));
  }

  /** No more is written: takes the sizes anew, and takes back what stayed empty. */
  settle(): void {
    for (let index = this.#names.length - 1; index >= 0; index--) {
      this.#sizes[index] = this.#sizeOf(index) ?? 0;
      if (this.#sizes[index] === 0) {
        rmSync(join(this.#folder, this.#names[index]), { force: true });
        this.#names.splice(index, 1);
        this.#sizes.splice(index, 1);
      }
    }
  }

  #freeName(): string {
    for (let tries = 0; ; tries++) {
      const name = segmentFileName(this.#id, this.#nextNumber++, this.#extension);
      try {
        closeSync(openSync(join(this.#folder, name), "wx"));
        return name;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
          return name;
        }
        if (tries === MAX_TAKEN) {
          throw systemFault(name, error);
        }
      }
    }
  }

  /** Undefined when it is not there, or cannot be looked at. */
  #sizeOf(index: number): number | undefined {
    try {
      return statSync(join(this.#folder, this.#names[index])).size;
    } catch {
      return undefined;
    }
  }
}
