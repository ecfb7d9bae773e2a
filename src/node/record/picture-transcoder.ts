// Encoded pictures of any size to H.264 of one size: decoded, scaled into a box, encoded. One picture at a time, on FFmpeg's threads.
import type { Frame } from "node-av/lib";
import type { FloeError } from "../../core/error/floe-error.js";
import type { VideoTarget } from "../../core/media/video-target.js";
import type { Signal } from "../../core/signal/signal.js";
import type { EncodedVideoPacket, VideoFramePacket } from "../../core/stream/media-packet.js";
import { H264Encoder } from "../av/h264-encoder.js";
import { Letterbox } from "../av/letterbox.js";
import { LiveDecoder } from "../av/live-decoder.js";
import { allocatePacket, freePacket } from "../av/live-handles.js";
import { requireNodeAv } from "../av/load-node-av.js";
import { NativeVideoFrame } from "../av/native-video-frame.js";
import { VideoScaler } from "../av/video-scaler.js";
import { wholePicture } from "./picture-format.js";

/** Pictures in the scaler and the encoder at once: never more than one, and one that is being handed over. */
const MAX_FRAMES = 4;

/** Calls must not overlap. */
export class PictureTranscoder {
  readonly #emit: (packet: EncodedVideoPacket) => void;
  readonly #scaler: VideoScaler;
  readonly #box: Letterbox;
  readonly #encoder: H264Encoder;
  #decoder: LiveDecoder | undefined;
  #codec: "h264" | "vp8" | undefined;
  #faults = 0;

  /** FFmpeg must be loaded. `emit` gets packets that are lent. */
  constructor({ width, height, fps, bitrateBps }: VideoTarget, emit: (packet: EncodedVideoPacket) => void) {
    this.#emit = emit;
    this.#scaler = new VideoScaler({ width, height, fps, mayEnlarge: true });
    this.#box = new Letterbox({ width, height, maxFrames: MAX_FRAMES });
    this.#encoder = new H264Encoder({ fps, bitrateBps });
  }

  /** The encoder or the scaler broke. */
  get failed(): readonly Signal<FloeError>[] {
    return [this.#encoder.failed, this.#scaler.failed];
  }

  /** Packets that could not be decoded. */
  get faults(): number {
    return this.#faults + (this.#decoder?.faults ?? 0);
  }

  /** Makes the next picture a key frame. */
  requestKeyFrame(): void {
    this.#encoder.requestKeyFrame();
  }

  /**
   * Decodes a picture (a key frame where the codec is another than before), and encodes what comes of it unless `isLeftOut`.
   * Answers how many pictures were left out. Throws FloeError `av/failed`.
   */
  async push(packet: EncodedVideoPacket & { readonly codec: "h264" | "vp8" }, isLeftOut: boolean): Promise<number> {
    const decoder = await this.#decoderFor(packet.codec);
    const { AV_PKT_FLAG_KEY } = requireNodeAv();
    const native = allocatePacket();
    const frames: Frame[] = [];
    try {
      const data = wholePicture(packet);
      native.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      native.pts = BigInt(packet.timeUs);
      native.dts = native.pts;
      native.flags = (packet.isKey ? AV_PKT_FLAG_KEY : 0) as typeof native.flags;
      await decoder.push(native, (frame) => frames.push(frame));
    } finally {
      freePacket(native);
    }
    return this.#encode(frames, isLeftOut);
  }

  /** Emits everything that came. The next picture begins with a key frame. */
  async drain(): Promise<void> {
    await this.#closeDecoder();
    await this.#encoder.stop();
  }

  /** Frees everything; what is under way is thrown away. */
  async close(): Promise<void> {
    this.#decoder?.close();
    this.#decoder = undefined;
    await this.#scaler.close();
    await this.#encoder.close();
    this.#box.close();
  }

  async #decoderFor(codec: "h264" | "vp8"): Promise<LiveDecoder> {
    if (this.#decoder === undefined || this.#codec !== codec) {
      await this.#closeDecoder();
      this.#codec = codec;
      this.#decoder = await LiveDecoder.openCodec(codec);
    }
    return this.#decoder;
  }

  async #closeDecoder(): Promise<void> {
    const decoder = this.#decoder;
    if (decoder !== undefined) {
      const frames: Frame[] = [];
      this.#decoder = undefined;
      await decoder.drain((frame) => frames.push(frame));
      this.#faults += decoder.faults;
      decoder.close();
      await this.#encode(frames, false);
    }
  }

  async #encode(frames: readonly Frame[], isLeftOut: boolean): Promise<number> {
    const pictures = frames.map((frame) => new NativeVideoFrame(frame, { timeUs: Number(frame.pts) }));
    try {
      for (const picture of isLeftOut ? [] : pictures) {
        this.#scaler.process(picture, this.#boxAndEncode);
        await this.#scaler.stop();
        await this.#encoder.idle();
      }
      return isLeftOut ? pictures.length : 0;
    } finally {
      for (const picture of pictures) {
        picture.release();
      }
    }
  }

  readonly #boxAndEncode = (scaled: VideoFramePacket): void => {
    const boxed = this.#box.put(scaled as NativeVideoFrame);
    try {
      this.#encoder.process(boxed, this.#handOn);
    } finally {
      boxed.release();
      scaled.release?.();
    }
  };

  readonly #handOn = (packet: EncodedVideoPacket): void => {
    this.#emit(packet);
    packet.release?.();
  };
}
