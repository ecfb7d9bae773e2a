// The files of a recording: one, or one behind the other where a length was set.
import { FloeError } from "../../core/error/floe-error.js";
import type { Micros } from "../../core/time/units.js";
import type { Container } from "./container.js";
import { MuxedFile } from "./muxed-file.js";
import type { MuxedTracks, MuxedVideo } from "./muxed-tracks.js";

/** Where segments go and when they end. */
export type SegmentOptions = {
  readonly container: Container;
  /** Where segment `index` (from 0) goes. */
  readonly pathOf: (index: number) => string;
  /** A new segment behind so much time, and behind so many bytes. */
  readonly segmentUs: Micros;
  readonly segmentBytes: number;
  /** And behind so many packets. */
  readonly maxPackets: number;
  /** The last of so many files goes on until it is full. At most `MAX_FILES`. */
  readonly maxFiles: number;
};

/** One packet, placed in the recording. */
export type PlacedPacket = {
  readonly data: Uint8Array;
  readonly atUs: Micros;
  readonly durationUs: Micros;
  readonly isKey: boolean;
};

/** Files of one recording: a publisher whose clock runs wild, or a very short `segmentUs`, fills neither folder nor list. */
export const MAX_FILES = 10_000;
/** How far a file may go beyond its packets while a key frame is awaited: by a quarter. */
const PATIENCE = 1.25;

/** Written one at a time. */
export class SegmentFiles {
  readonly paths: string[] = [];
  readonly #options: SegmentOptions;
  #file: MuxedFile | undefined;
  #videoCodec: MuxedVideo["codec"] | undefined;
  /** Where the open file begins, in the recording. */
  #startUs: Micros = 0;
  #packets = 0;
  /** Bytes of the files that are closed. */
  #closedBytes = 0;

  constructor(options: SegmentOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Of the open file's picture; undefined where it has none, and where no file is open. */
  get videoCodec(): MuxedVideo["codec"] | undefined {
    return this.#videoCodec;
  }

  get #maxFiles(): number {
    return Math.min(MAX_FILES, this.#options.maxFiles);
  }

  /** Of all files. */
  get bytes(): number {
    return this.#closedBytes + (this.#file?.bytes ?? 0);
  }

  /** Whether what is made at `atUs` belongs into the next file. */
  isDue(atUs: Micros): boolean {
    const { segmentUs, segmentBytes, maxPackets } = this.#options;
    const file = this.#file;
    return (
      file !== undefined &&
      this.paths.length < this.#maxFiles &&
      (atUs - this.#startUs >= segmentUs || file.bytes >= segmentBytes || this.#packets >= maxPackets)
    );
  }

  /** Whether the open file must not grow any more. */
  get isFull(): boolean {
    return this.#file !== undefined && this.#packets >= this.#options.maxPackets * PATIENCE;
  }

  /** Begins the next file; the one before is completed. Throws FloeError as MuxedFile does, and `record/too-many-files`. */
  open(tracks: MuxedTracks, atUs: Micros): void {
    this.close();
    if (this.paths.length >= this.#maxFiles) {
      throw new FloeError("record/too-many-files", `the recording has ${this.paths.length} files`, {
        fix: "Set media.record.segmentSeconds or segmentBytes to more, or publish anew.",
      });
    }
    const { container, pathOf } = this.#options;
    const path = pathOf(this.paths.length);
    this.#startUs = this.paths.length === 0 ? 0 : atUs;
    this.#packets = 0;
    this.#file = MuxedFile.openNow(path, container, tracks);
    this.#videoCodec = tracks.video?.codec;
    this.paths.push(path);
  }

  /** Throws FloeError `record/disk-full` or `record/unwritable`. */
  writeVideo(packet: PlacedPacket): void {
    this.#packets++;
    this.#file?.writeVideo({ ...packet, timeUs: packet.atUs - this.#startUs });
  }

  /** The same. */
  writeAudio(packet: PlacedPacket): void {
    this.#packets++;
    this.#file?.writeAudio({ ...packet, timeUs: packet.atUs - this.#startUs });
  }

  /** Completes the open file; throws what hindered it. Either way none is open then. */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#videoCodec = undefined;
    try {
      file?.close();
    } finally {
      this.#closedBytes += file?.bytes ?? 0;
    }
  }
}
