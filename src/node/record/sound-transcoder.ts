// Opus to AAC, within the call.
import type { AudioTarget } from "../../core/media/audio-target.js";
import type { EncodedAudioPacket } from "../../core/stream/media-packet.js";
import { AacEncoder } from "../av/aac-encoder.js";
import { LiveDecoder } from "../av/live-decoder.js";
import { allocatePacket, freePacket } from "../av/live-handles.js";
import { NativeAudioFrame } from "../av/native-audio-frame.js";

/** A decoder and an encoder. Close it. */
export class SoundTranscoder {
  readonly #decoder: LiveDecoder;
  readonly #encoder: AacEncoder;
  readonly #emit: (packet: EncodedAudioPacket) => void;

  private constructor(decoder: LiveDecoder, target: AudioTarget, emit: (packet: EncodedAudioPacket) => void) {
    this.#decoder = decoder;
    this.#encoder = new AacEncoder(target);
    this.#emit = emit;
  }

  /** FFmpeg must be loaded. `emit` gets packets that are lent. Throws FloeError `av/failed`. */
  static async open(target: AudioTarget, emit: (packet: EncodedAudioPacket) => void): Promise<SoundTranscoder> {
    return new SoundTranscoder(await LiveDecoder.openCodec("opus"), target, emit);
  }

  /** Packets that could not be decoded: their time is silence. */
  get faults(): number {
    return this.#decoder.faults;
  }

  /** Throws FloeError `av/no-encoder` or `av/failed`. */
  push({ data, timeUs }: EncodedAudioPacket): void {
    const native = allocatePacket();
    try {
      native.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      this.#decoder.pushSync(native, (frame) => {
        const sound = new NativeAudioFrame(frame, { timeUs });
        try {
          this.#encoder.process(sound, this.#emit);
        } finally {
          sound.release();
        }
      });
    } finally {
      freePacket(native);
    }
  }

  /** Emits everything that came; the next sound begins anew. */
  drain(): void {
    this.#encoder.stop();
  }

  close(): void {
    this.#decoder.close();
    this.#encoder.close();
  }
}
