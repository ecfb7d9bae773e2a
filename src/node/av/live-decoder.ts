// Decodes one stream of a live source: packets are pushed as they arrive, frames come out with the least delay.
import type { CodecContext, Frame, Packet } from "node-av/lib";
import { checkAv } from "./av-error.js";
import type { DemuxedTrack } from "./demuxer.js";
import { allocateFrame, contextClosed, contextOpened, freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** Pictures of more pixels than this are decoded on more than one thread. */
const LARGE_PICTURE = 1920 * 1088;
const LARGE_PICTURE_THREADS = 4;

/** An open decoder. Calls must not overlap. */
export class LiveDecoder {
  readonly #context: CodecContext;
  #faults = 0;
  #isClosed = false;

  private constructor(context: CodecContext) {
    this.#context = context;
  }

  /** Opens the decoder of a track. Throws FloeError `av/failed`. */
  static async open(track: DemuxedTrack): Promise<LiveDecoder> {
    const av = requireNodeAv();
    const { codecParameters } = track;
    const codec = av.Codec.findDecoder(codecParameters.codecId);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    contextOpened();
    const decoder = new LiveDecoder(context);
    try {
      checkAv(context.parametersToContext(codecParameters), "setting up a decoder");
      context.pktTimebase = new av.Rational(track.timeBase.num, track.timeBase.den);
      context.setFlags(av.AV_CODEC_FLAG_LOW_DELAY);
      // Threads that share a picture add no delay; those that take a picture each would.
      const isLarge = codecParameters.width * codecParameters.height > LARGE_PICTURE;
      context.threadType = av.FF_THREAD_SLICE;
      context.threadCount = isLarge ? LARGE_PICTURE_THREADS : 1;
      checkAv(await context.open2(codec), "opening a decoder");
      return decoder;
    } catch (error) {
      decoder.close();
      throw error;
    }
  }

  /** Packets that could not be decoded. */
  get faults(): number {
    return this.#faults;
  }

  /** Decodes one packet, which stays the caller's, and gives every frame that is ready to `take`, which owns it. */
  async push(packet: Packet, take: (frame: Frame) => void): Promise<void> {
    if ((await this.#context.sendPacket(packet)) < 0) {
      // Counted and passed over: the next key frame heals the picture.
      this.#faults++;
    }
    while (!this.#isClosed) {
      const frame = allocateFrame();
      if (this.#context.receiveFrameSync(frame) < 0) {
        freeFrame(frame);
        return;
      }
      take(frame);
    }
  }

  /** Frees the decoder; no `push` may be pending. */
  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      contextClosed();
      this.#context.freeContext();
    }
  }
}
