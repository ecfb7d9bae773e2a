// Decodes one stream of a demuxed file, frame by frame, on FFmpeg's threads.
import type { CodecContext, Frame } from "node-av/lib";
import { checkAv } from "./av-error.js";
import type { DemuxedTrack, Demuxer } from "./demuxer.js";
import { allocateFrame, contextClosed, contextOpened, freeFrame, freePacket } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** Pictures of more pixels than this are decoded on more than one thread. */
const LARGE_PICTURE = 1920 * 1088;
const LARGE_PICTURE_THREADS = 4;

/** An open decoder. Calls must not overlap. */
export class StreamDecoder {
  readonly #demuxer: Demuxer;
  readonly #track: DemuxedTrack;
  readonly #context: CodecContext;
  #isDraining = false;
  #isWaitingForKey: boolean;
  #faults = 0;

  private constructor(demuxer: Demuxer, track: DemuxedTrack, context: CodecContext, isWaitingForKey: boolean) {
    this.#demuxer = demuxer;
    this.#track = track;
    this.#context = context;
    this.#isWaitingForKey = isWaitingForKey;
  }

  /**
   * Opens the decoder for a track of `demuxer`. `fromKeyFrame`: the file is in the middle of something that cannot be
   * decoded without what came before; packets up to the next key frame are passed over. Throws FloeError `av/failed`.
   */
  static async open(
    demuxer: Demuxer,
    track: DemuxedTrack,
    { fromKeyFrame = false }: { readonly fromKeyFrame?: boolean } = {},
  ): Promise<StreamDecoder> {
    return new StreamDecoder(demuxer, track, await openContext(track), fromKeyFrame);
  }

  /** Packets that could not be decoded. */
  get faults(): number {
    return this.#faults;
  }

  /** The next frame, which the caller frees; `end` after the last one; `starved` as Demuxer.next says it. */
  async next(): Promise<Frame | "end" | "starved"> {
    const av = requireNodeAv();
    for (;;) {
      const frame = allocateFrame();
      // With one thread the work is done when a packet is sent; otherwise, or while draining, asking may take long.
      const received =
        this.#isDraining || this.#context.threadCount !== 1
          ? await this.#context.receiveFrame(frame)
          : this.#context.receiveFrameSync(frame);
      if (received >= 0) {
        return frame;
      }
      freeFrame(frame);
      if (received === av.AVERROR_EOF) {
        return "end";
      }
      if (received !== av.AVERROR_EAGAIN) {
        this.#faults++;
        if (this.#isDraining) {
          return "end";
        }
      }
      if ((await this.#feed()) === "starved") {
        return "starved";
      }
    }
  }

  async #feed(): Promise<"fed" | "starved"> {
    const packet = await this.#demuxer.next(this.#track.kind);
    if (packet === "starved") {
      return "starved";
    }
    if (packet === "end") {
      this.#isDraining = true;
      await this.#context.sendPacket(null);
      return "fed";
    }
    this.#isWaitingForKey &&= !packet.isKeyframe;
    if (this.#isWaitingForKey) {
      freePacket(packet);
      return "fed";
    }
    // A packet that does not decode is counted and passed over: the next key frame heals the picture.
    this.#faults += (await this.#context.sendPacket(packet)) < 0 ? 1 : 0;
    freePacket(packet);
    return "fed";
  }

  /** Forgets everything, for a demuxer that was rewound. */
  rewind(): void {
    this.#context.flushBuffers();
    this.#isDraining = false;
    this.#isWaitingForKey = false;
  }

  /** Frees the decoder. */
  close(): void {
    contextClosed();
    this.#context.freeContext();
  }
}

async function openContext(track: DemuxedTrack): Promise<CodecContext> {
  const av = requireNodeAv();
  const { codecParameters } = track;
  const codec = av.Codec.findDecoder(codecParameters.codecId);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  contextOpened();
  try {
    checkAv(context.parametersToContext(codecParameters), "setting up a decoder");
    context.pktTimebase = new av.Rational(track.timeBase.num, track.timeBase.den);
    const isLarge = codecParameters.width * codecParameters.height > LARGE_PICTURE;
    context.threadCount = isLarge ? LARGE_PICTURE_THREADS : 1;
    checkAv(await context.open2(codec), "opening a decoder");
    return context;
  } catch (error) {
    contextClosed();
    context.freeContext();
    throw error;
  }
}
