// Stage: raw pictures to H.264 access units (Annex B) through WebCodecs, with a bounded number of pictures in flight.
import type { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import type { Emit, Processor } from "../../core/stream/adapter.js";
import { PlainEncodedVideo } from "../../core/stream/encoded-packet.js";
import {
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame as VideoFrameKind,
  type VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import { type MediaMicros, type Micros, milliseconds } from "../../core/time/units.js";
import { codecError, requireWebCodecs } from "./codec-error.js";
import { withWebFrame } from "./web-video-frame.js";

/** Options of the encoder; the defaults are the house's. */
export type WebVideoEncoderOptions = {
  /** Bits per second. Default 2 Mb/s. */
  readonly bitrateBps?: number;
  /** Pictures a second that rate control plans with; the real times are the packets'. Default 30. */
  readonly fps?: number;
  /** A key frame at least this often. Default 2000 ms. */
  readonly keyFrameIntervalMs?: number;
  /** Pictures that may wait in the encoder; the newest beyond it is dropped. Default 4. */
  readonly maxInFlight?: number;
};

/** What the encoder did. */
export type WebVideoEncoderCounters = {
  encoded: number;
  keyFrames: number;
  /** Pictures that came while too many were in flight. */
  dropped: number;
  /** Configurations: one, and one more for each change of size. */
  opened: number;
};

/** The least level of H.264 (table A-1) for each number of macroblocks in a picture, and that of the largest pictures. */
const LEVELS: readonly (readonly [macroblocks: number, levelIdc: number])[] = [
  [1620, 30],
  [3600, 31],
  [5120, 32],
  [8192, 40],
  [8704, 42],
  [22_080, 50],
];
const HIGHEST_LEVEL_IDC = 52;

/**
 * A deferred stage: emits constrained baseline in order, given away, with parameter sets in every key frame. `stop` waits for
 * all pictures that came. A change of size begins a new coded sequence.
 */
export class WebVideoEncoder implements Processor<VideoFramePacket, EncodedVideoPacket> {
  readonly name = "video-encoder";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<VideoFramePacket>[] = [VideoFrameKind];
  readonly emits: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  /** The encoder broke (`codec/unsupported`, `codec/failed`); the next `process` throws the same error. */
  readonly failed: Signal<FloeError> = new Signal();
  readonly counters: WebVideoEncoderCounters = { encoded: 0, keyFrames: 0, dropped: 0, opened: 0 };
  readonly #bitrateBps: number;
  readonly #fps: number;
  readonly #keyFrameIntervalUs: Micros;
  readonly #maxInFlight: number;
  #encoder: VideoEncoder | undefined;
  #what = "encode";
  #width = 0;
  #height = 0;
  #keyUs: MediaMicros = Number.NEGATIVE_INFINITY;
  #isKeyRequested = true;
  #emit: Emit<EncodedVideoPacket> = () => {};
  #error: FloeError | undefined;

  constructor({
    bitrateBps = 2_000_000,
    fps = 30,
    keyFrameIntervalMs = 2000,
    maxInFlight = 4,
  }: WebVideoEncoderOptions = {}) {
    this.#bitrateBps = bitrateBps;
    this.#fps = fps;
    this.#keyFrameIntervalUs = milliseconds(keyFrameIntervalMs);
    this.#maxInFlight = maxInFlight;
  }

  /** Makes the next picture that is encoded a key frame. */
  requestKeyFrame(): void {
    this.#isKeyRequested = true;
  }

  /** Takes one picture: the browser's own, i420 or nv12. Throws `codec/no-webcodecs`, and what broke the encoder, if something did. */
  process(packet: VideoFramePacket, emit: Emit<EncodedVideoPacket>): void {
    if (this.#error !== undefined) {
      throw this.#error;
    }
    this.#emit = emit;
    const encoder = this.#opened(packet);
    if (encoder.encodeQueueSize >= this.#maxInFlight) {
      this.counters.dropped++;
      return;
    }
    const keyFrame = this.#isKeyRequested || packet.timeUs - this.#keyUs >= this.#keyFrameIntervalUs;
    if (keyFrame) {
      this.#isKeyRequested = false;
      this.#keyUs = packet.timeUs;
    }
    withWebFrame(packet, (frame) => encoder.encode(frame, { keyFrame }));
  }

  async stop(): Promise<void> {
    // What goes wrong meanwhile has been told by `failed`.
    await this.#encoder?.flush().catch(() => {});
    this.#isKeyRequested = true;
  }

  close(): void {
    if (this.#encoder !== undefined && this.#encoder.state !== "closed") {
      this.#encoder.close();
    }
    this.#encoder = undefined;
  }

  #opened({ width, height }: VideoFramePacket): VideoEncoder {
    if (this.#encoder !== undefined && width === this.#width && height === this.#height) {
      return this.#encoder;
    }
    requireWebCodecs();
    this.#encoder ??= new VideoEncoder({
      output: (chunk) => this.#handOn(chunk),
      error: (cause) => this.#fail(cause),
    });
    this.#width = width;
    this.#height = height;
    this.#isKeyRequested = true;
    this.counters.opened++;
    const config = configOf(width, height, this.#bitrateBps, this.#fps);
    this.#what = `encode ${config.codec} at ${config.width}x${config.height}`;
    this.#encoder.configure(config);
    return this.#encoder;
  }

  #handOn(chunk: EncodedVideoChunk): void {
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    const isKey = chunk.type === "key";
    this.counters.encoded++;
    this.counters.keyFrames += isKey ? 1 : 0;
    const durationUs = chunk.duration ?? 0;
    this.#emit(
      new PlainEncodedVideo({ codec: "h264", data, isKey, timeUs: chunk.timestamp, durationUs, ownsData: true }),
    );
  }

  #fail(cause: unknown): void {
    this.#error = codecError(this.#what, cause);
    this.failed.emit(this.#error);
  }
}

function configOf(width: number, height: number, bitrate: number, framerate: number): VideoEncoderConfig {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const levelIdc = LEVELS.find(([most]) => macroblocks <= most)?.[1] ?? HIGHEST_LEVEL_IDC;
  return {
    codec: `avc1.42e0${levelIdc.toString(16)}`,
    // 4:2:0 has no odd sizes.
    width: Math.max(2, width & ~1),
    height: Math.max(2, height & ~1),
    bitrate,
    framerate,
    latencyMode: "realtime",
    avc: { format: "annexb" },
  };
}
