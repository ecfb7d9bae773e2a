// A media file that is written as its packets come, by FFmpeg's muxers (node-av's low-level API). Nothing is encoded.
import type { FormatContext, Packet, Stream } from "node-av/lib";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { checkAv } from "../av/av-error.js";
import { allocatePacket, contextClosed, contextOpened, freePacket } from "../av/live-handles.js";
import { loadNodeAv, requireNodeAv } from "../av/load-node-av.js";
import { setAvOptions } from "../av/set-options.js";
import type { Container } from "./container.js";
import { opusHead } from "./opus-head.js";
import { writeFault } from "./write-fault.js";

/** The picture of a file. */
export type MuxedVideo = {
  readonly codec: "h264" | "vp8";
  /** Of the first picture; later ones may differ. */
  readonly width: number;
  readonly height: number;
  /** h264: the first picture's parameter sets, Annex B. */
  readonly parameterSets?: Uint8Array | undefined;
};

/** The media of a file. At least one of the two. */
export type MuxedTracks = {
  readonly video?: MuxedVideo | undefined;
  readonly audio?: { readonly codec: "opus" } | undefined;
};

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
  /** When it is closed. */
  #bytes = 0;

  private constructor(path: string, format: FormatContext, { video, audio }: MuxedTracks) {
    this.path = path;
    this.#format = format;
    this.#packet = allocatePacket();
    this.#video = video === undefined ? undefined : new Track(addVideo(format, video));
    this.#audio = audio === undefined ? undefined : new Track(addAudio(format));
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
    const { FormatContext } = requireNodeAv();
    const format = new FormatContext();
    checkAv(format.allocOutputContext2(null, muxer, path), `preparing ${muxer}`);
    contextOpened();
    const file = new MuxedFile(path, format, tracks);
    try {
      setAvOptions(format, options);
      file.#begin();
      return file;
    } catch (error) {
      file.#free();
      throw error;
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#isOpen ? Number(this.#format.pbBytes) : this.#bytes;
  }

  /** Writes a picture. Throws FloeError `record/disk-full` or `record/unwritable`; the file then ends with the picture before. */
  writeVideo(packet: MuxedPacket): void {
    this.#write(this.#video, packet);
  }

  /** Writes a piece of sound; the same. */
  writeAudio(packet: MuxedPacket): void {
    this.#write(this.#audio, packet);
  }

  /** Completes the file. One that cannot be completed plays as far as it was written. Never throws; a second call is quiet. */
  close(): void {
    if (this.#isOpen) {
      this.#format.writeTrailerSync();
      this.#bytes = Number(this.#format.pbBytes);
      this.#isOpen = false;
      this.#format.closeOutputSync();
      this.#free();
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
      throw writeFault(this.path, written);
    }
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

const VIDEO_TICKS_HZ = 90_000;
const OPUS_HZ = 48_000;
const OPUS_FRAME_SAMPLES = 960;

function addVideo(format: FormatContext, { codec, width, height, parameterSets }: MuxedVideo): Stream {
  const av = requireNodeAv();
  const stream = format.newStream(null);
  const { codecpar } = stream;
  codecpar.codecType = av.AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = codec === "h264" ? av.AV_CODEC_ID_H264 : av.AV_CODEC_ID_VP8;
  codecpar.width = width;
  codecpar.height = height;
  codecpar.format = av.AV_PIX_FMT_YUV420P;
  if (parameterSets !== undefined) {
    codecpar.extradata = Buffer.from(parameterSets);
  }
  if (codec === "h264" && format.oformat?.name === "mp4") {
    // Parameter sets stay in the samples, because they may change (ISO/IEC 14496-15 5.4.2.1).
    codecpar.codecTag = "avc3";
  }
  stream.timeBase = new av.Rational(1, VIDEO_TICKS_HZ);
  return stream;
}

function addAudio(format: FormatContext): Stream {
  const av = requireNodeAv();
  const stream = format.newStream(null);
  const { codecpar } = stream;
  codecpar.codecType = av.AVMEDIA_TYPE_AUDIO;
  codecpar.codecId = av.AV_CODEC_ID_OPUS;
  codecpar.sampleRate = OPUS_HZ;
  codecpar.frameSize = OPUS_FRAME_SAMPLES;
  codecpar.channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
  codecpar.extradata = Buffer.from(opusHead());
  stream.timeBase = new av.Rational(1, OPUS_HZ);
  return stream;
}
