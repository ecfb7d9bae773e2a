// Decodes one live stream: packets are pushed as they arrive, frames come out with the least delay.
import type { CodecContext, Frame, Packet } from "node-av/lib";
import { checkAv } from "./av-error.js";
import type { DemuxedTrack } from "./demuxer.js";
import { allocateFrame, contextClosed, contextOpened, freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { setAvOptions } from "./set-options.js";

/** Pictures of more pixels than this are decoded on more than one thread. */
const LARGE_PICTURE = 1920 * 1088;
const LARGE_PICTURE_THREADS = 4;
/** What a packet may claim: a picture of more would take 50 MB and more for itself. */
const MAX_PIXELS = 4096 * 2176;

type CodecId = DemuxedTrack["codecParameters"]["codecId"];
type Setup = { readonly isLarge: boolean; readonly timeBase: { readonly num: number; readonly den: number } };

/** An open decoder. Calls must not overlap. */
export class LiveDecoder {
  readonly #context: CodecContext;
  #faults = 0;
  #isClosed = false;

  private constructor(context: CodecContext) {
    this.#context = context;
  }

  /** Opens the decoder of a track. Throws FloeError `av/failed`. */
  static open({ codecParameters, timeBase }: DemuxedTrack): Promise<LiveDecoder> {
    const isLarge = codecParameters.width * codecParameters.height > LARGE_PICTURE;
    return LiveDecoder.#open(codecParameters.codecId, { isLarge, timeBase }, (context) => {
      checkAv(context.parametersToContext(codecParameters), "setting up a decoder");
    });
  }

  /**
   * Opens the decoder of media that tell in their packets what they are. Times of packets and frames are microseconds. Pictures above
   * 4096x2176 are refused. Throws FloeError `av/failed`.
   */
  static openCodec(codec: "h264" | "vp8" | "opus"): Promise<LiveDecoder> {
    const av = requireNodeAv();
    const codecId = { h264: av.AV_CODEC_ID_H264, vp8: av.AV_CODEC_ID_VP8, opus: av.AV_CODEC_ID_OPUS }[codec];
    return LiveDecoder.#open(codecId, { isLarge: false, timeBase: { num: 1, den: 1_000_000 } }, (context) => {
      setAvOptions(context, codec === "opus" ? {} : { max_pixels: `${MAX_PIXELS}` });
    });
  }

  static async #open(codecId: CodecId, { isLarge, timeBase }: Setup, setUp: (context: CodecContext) => void) {
    const av = requireNodeAv();
    const codec = av.Codec.findDecoder(codecId);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    contextOpened();
    const decoder = new LiveDecoder(context);
    try {
      setUp(context);
      context.pktTimebase = new av.Rational(timeBase.num, timeBase.den);
      context.setFlags(av.AV_CODEC_FLAG_LOW_DELAY);
      // Threads that share a picture add no delay; those that take a picture each would.
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
    this.#sent(await this.#context.sendPacket(packet), take);
  }

  /** The same within the call, for sound: it takes less than a hop to another thread. */
  pushSync(packet: Packet, take: (frame: Frame) => void): void {
    this.#sent(this.#context.sendPacketSync(packet), take);
  }

  /** Gives what the decoder held back; nothing can be pushed any more. */
  async drain(take: (frame: Frame) => void): Promise<void> {
    await this.#context.sendPacket(null);
    this.#sent(0, take);
  }

  #sent(code: number, take: (frame: Frame) => void): void {
    // Counted and passed over: the next key frame heals the picture.
    this.#faults += code < 0 ? 1 : 0;
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
