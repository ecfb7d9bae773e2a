// A media file that is written as its packets come, by FFmpeg's muxers (node-av's low-level API). Nothing is encoded.
import { statSync, truncateSync } from "node:fs";
import type { FormatContext, Packet, Stream } from "node-av/lib";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { checkAv } from "../av/av-error.js";
import { allocatePacket, contextClosed, contextOpened, freePacket } from "../av/live-handles.js";
import { loadNodeAv, requireNodeAv } from "../av/load-node-av.js";
import { setAvOptions } from "../av/set-options.js";
import type { Container } from "./container.js";
import { addAudio, addVideo, type MuxedTracks } from "./muxed-tracks.js";
import { writeFault } from "./write-fault.js";

/** One packet of a file. */
export type MuxedPacket = {
  readonly data: Uint8Array;
  /** From the file's beginning; earlier than the last one of its track moves behind it. */
  readonly timeUs: MediaMicros;
  /** 0 when unknown. */
  readonly durationUs: Micros;
  readonly isKey: boolean;
};

/** An open file. Writes are synchronous: a packet takes some fifty microseconds, and what is written survives a kill. */
export class MuxedFile {
  readonly path: string;
  readonly #format: FormatContext;
  readonly #packet: Packet;
  readonly #video: Track | undefined;
  readonly #audio: Track | undefined;
  #isOpen = false;
  /** A write failed: what lies behind the last whole one is of no use, and neither is an ending. */
  #isBroken = false;
  /** What was written whole; of a closed file its length. */
  #bytes = 0;

  private constructor(path: string, format: FormatContext, { video, audio }: MuxedTracks) {
    this.path = path;
    this.#format = format;
    this.#video = video === undefined ? undefined : new Track(addVideo(format, video));
    this.#audio = audio === undefined ? undefined : new Track(addAudio(format, audio));
    this.#packet = allocatePacket();
  }

  /**
   * Makes the file; one of that name is replaced. Throws FloeError `record/unwritable`, `record/disk-full`, `av/failed`,
   * `av/not-installed`.
   */
  static async open(path: string, container: Container, tracks: MuxedTracks): Promise<MuxedFile> {
    await loadNodeAv();
    return MuxedFile.openNow(path, container, tracks);
  }

  /** The same, when FFmpeg is loaded already; throws FloeError `av/not-loaded` when it is not. */
  static openNow(path: string, { muxer, options }: Container, tracks: MuxedTracks): MuxedFile {
    const file = MuxedFile.#prepare(path, muxer, tracks);
    try {
      setAvOptions(file.#format, options);
      file.#begin();
      return file;
    } catch (error) {
      file.#free();
      throw error;
    }
  }

  static #prepare(path: string, muxer: string, tracks: MuxedTracks): MuxedFile {
    const { FormatContext } = requireNodeAv();
    const format = new FormatContext();
    checkAv(format.allocOutputContext2(null, muxer, path), `preparing ${muxer}`);
    contextOpened();
    try {
      return new MuxedFile(path, format, tracks);
    } catch (error) {
      format.freeContext();
      contextClosed();
      throw error;
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes a picture. Throws FloeError `record/disk-full` or `record/unwritable`: then close it. */
  writeVideo(packet: MuxedPacket): void {
    this.#write(this.#video, packet);
  }

  /** Writes a piece of sound; the same. */
  writeAudio(packet: MuxedPacket): void {
    this.#write(this.#audio, packet);
  }

  /**
   * Completes the file. One that broke, and one that cannot be completed, ends with what was written whole: it plays as after a
   * kill. Throws FloeError `record/disk-full` or `record/unwritable` in the latter case. A second call is quiet.
   */
  close(): void {
    if (!this.#isOpen) {
      return;
    }
    const ended = this.#isBroken ? 0 : this.#format.writeTrailerSync();
    this.#isOpen = false;
    this.#format.closeOutputSync();
    this.#free();
    if (!this.#isBroken && ended >= 0) {
      this.#bytes = lengthOf(this.path) ?? this.#bytes;
      return;
    }
    cutTo(this.path, this.#bytes);
    if (!this.#isBroken) {
      throw writeFault(this.path, ended);
    }
  }

  #begin(): void {
    const opened = this.#format.openOutputSync();
    if (opened < 0) {
      throw writeFault(this.path, opened);
    }
    this.#isOpen = true;
    const begun = this.#format.writeHeaderSync();
    if (begun < 0) {
      this.#isOpen = false;
      this.#format.closeOutputSync();
      throw writeFault(this.path, begun);
    }
    this.#bytes = Number(this.#format.pbBytes);
  }

  #write(track: Track | undefined, { data, timeUs, durationUs, isKey }: MuxedPacket): void {
    if (track === undefined || !this.#isOpen) {
      return;
    }
    const packet = this.#packet;
    const { AV_PKT_FLAG_KEY } = requireNodeAv();
    packet.alloc();
    packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    packet.streamIndex = track.index;
    packet.pts = track.next(timeUs);
    packet.dts = packet.pts;
    packet.duration = track.ticks(durationUs);
    packet.flags = (isKey ? AV_PKT_FLAG_KEY : 0) as typeof packet.flags;
    // Not interleaved by FFmpeg: it would hold one track back for seconds while the other is silent.
    const written = this.#format.writeFrameSync(packet);
    packet.unref();
    if (written < 0) {
      this.#isBroken = true;
      throw writeFault(this.path, written);
    }
    this.#bytes = Number(this.#format.pbBytes);
  }

  #free(): void {
    freePacket(this.#packet);
    this.#format.freeContext();
    contextClosed();
  }
}

/** A stream of the file, and the clock that the muxer has given it. */
class Track {
  readonly #stream: Stream;
  #last = -1n;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get index(): number {
    return this.#stream.index;
  }

  /** Microseconds in the track's ticks. */
  ticks(us: Micros): bigint {
    const { num, den } = this.#stream.timeBase;
    return BigInt(Math.round((us * den) / (num * 1_000_000)));
  }

  /** The next time, later than the one before. */
  next(timeUs: MediaMicros): bigint {
    const ticks = this.ticks(Math.max(0, timeUs));
    this.#last = ticks > this.#last ? ticks : this.#last + 1n;
    return this.#last;
  }
}

/** Undefined when the file is gone. */
function lengthOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Takes off what lies behind `length`: half a fragment that nobody can play. */
function cutTo(path: string, length: number): void {
  try {
    if ((lengthOf(path) ?? 0) > length) {
      truncateSync(path, length);
    }
  } catch {
    // It plays with the rest of a fragment too, with an error at its very end.
  }
}
