// The built-in source: a moving test picture with a machine-readable stamp, and a beep at the flash. Drawn straight
// into pooled FFmpeg frames, on the beat of the monotonic clock.
import type { Frame } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import { Cadence } from "../../core/media/cadence.js";
import { refused } from "../../core/media/passthrough.js";
import { Beeper } from "../../core/media/test-pattern/beep.js";
import type { I420Surface } from "../../core/media/test-pattern/i420-surface.js";
import { type SurfaceState, TestPattern } from "../../core/media/test-pattern/test-pattern.js";
import type { VideoTarget } from "../../core/media/video-target.js";
import { Signal } from "../../core/signal/signal.js";
import type { Demand, Emit } from "../../core/stream/adapter.js";
import {
  AudioFrame,
  type AudioFramePacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { Clock } from "../../core/time/clock.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { asFloeError } from "./av-error.js";
import type { AvSource, AvSourceCounters, AvSourceInfo } from "./av-source.js";
import { FramePool } from "./frame-pool.js";
import { referenceFrame } from "./live-handles.js";
import { loadNodeAv, requireNodeAv } from "./load-node-av.js";
import { NativeAudioFrame } from "./native-audio-frame.js";
import { NativeVideoFrame } from "./native-video-frame.js";

/** Sound comes in pieces of 20 ms: what Opus takes. */
const AUDIO_PIECES_PER_SECOND = 50;
/** After a delay this many pieces of sound are caught up; a hole in the sound is worse than a burst. */
const AUDIO_CATCH_UP = 10;
/** Pictures that stages behind may hold at once. More, and the source skips instead of growing. */
const MAX_PICTURES = 16;
const MAX_SOUNDS = 64;

/** What a pooled picture remembers: where its pixels are, and what they show. */
type Canvas = { readonly surface: I420Surface; readonly state: SurfaceState };

/** Options of the test source. */
export type TestSourceOptions = {
  readonly video: VideoTarget;
  readonly audio: AudioTarget;
  readonly clock: Clock;
};

/** See AvSource. Never ends by itself. */
export class TestSource implements AvSource {
  readonly name = "test";
  readonly retention = "borrowed" as const;
  readonly emits: readonly PacketKind<VideoFramePacket | AudioFramePacket>[] = [VideoFrame, AudioFrame];
  readonly info: AvSourceInfo;
  readonly ended: Signal = new Signal();
  readonly failed: Signal<FloeError> = new Signal();
  readonly #clock: Clock;
  readonly #pattern: TestPattern;
  readonly #beeper: Beeper;
  readonly #pictures: FramePool<Canvas>;
  readonly #sounds: FramePool<Float32Array>;
  readonly #pieceSamples: number;
  readonly #video: Cadence;
  readonly #audio: Cadence;
  #originUs: Micros | undefined;
  #emit: Emit<VideoFramePacket | AudioFramePacket> | undefined;
  #demand: Demand | undefined;
  #timer: Disposable | undefined;
  #poolSkipped = 0;
  #unwanted = 0;

  private constructor({ video, audio, clock }: TestSourceOptions) {
    const { width, height, fps } = video;
    const { sampleRateHz, channels } = audio;
    this.#clock = clock;
    this.#pattern = new TestPattern({ width, height, label: `FLOE TEST ${width}X${height} ${fps} FPS` });
    this.#beeper = new Beeper({ sampleRateHz, channels });
    this.#pieceSamples = sampleRateHz / AUDIO_PIECES_PER_SECOND;
    this.#pictures = new FramePool({
      shape: { kind: "video", width, height, format: requireNodeAv().AV_PIX_FMT_YUV420P },
      maxFrames: MAX_PICTURES,
      remember: (frame) => this.#newCanvas(frame),
    });
    this.#sounds = new FramePool({
      shape: { kind: "audio", sampleRateHz, channels, sampleCount: this.#pieceSamples },
      maxFrames: MAX_SOUNDS,
      remember: (frame) => floatsOf(frame, this.#pieceSamples * channels),
    });
    this.#video = new Cadence({ perSecond: fps, maxCatchUp: 0 });
    this.#audio = new Cadence({ perSecond: AUDIO_PIECES_PER_SECOND, maxCatchUp: AUDIO_CATCH_UP });
    this.info = {
      name: "test",
      video: { width, height, fps, codec: "rawvideo", delivery: "decoded" },
      audio: { sampleRateHz, channels, codec: "pcm", delivery: "decoded" },
      passthrough: { video: false, audio: false, words: refused("the codec is rawvideo").words },
    };
  }

  /** Loads FFmpeg and prepares the picture. Throws FloeError `av/not-installed` or, for odd sizes, `source/bad-size`. */
  static async open(options: TestSourceOptions): Promise<TestSource> {
    const { width, height } = options.video;
    if (width % 2 !== 0 || height % 2 !== 0 || width < 16 || height < 16) {
      throw new FloeError("source/bad-size", `The test picture cannot be ${width}x${height}`, {
        fix: "Give an even width and height of at least 16 pixels.",
      });
    }
    await loadNodeAv();
    return new TestSource(options);
  }

  get counters(): AvSourceCounters {
    return { skipped: this.#video.skipped + this.#poolSkipped + this.#unwanted, rebased: 0, faults: 0, loops: 0 };
  }

  /** Begins, or goes on after `stop`: media time has gone on meanwhile. */
  start(emit: Emit<VideoFramePacket | AudioFramePacket>, demand?: Demand): void {
    const nowUs = this.#clock.nowUs();
    this.#emit = emit;
    this.#demand = demand;
    if (this.#originUs === undefined) {
      this.#originUs = nowUs;
    } else {
      this.#video.resumeAt(nowUs - this.#originUs);
      this.#audio.resumeAt(nowUs - this.#originUs);
    }
    this.#arm();
  }

  stop(): void {
    this.#emit = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  async close(): Promise<void> {
    this.stop();
    this.#pictures.close();
    this.#sounds.close();
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    const nextUs = Math.min(this.#video.nextUs, this.#audio.nextUs);
    this.#timer = this.#clock.schedule((this.#originUs ?? 0) + nextUs, this.#tick);
  }

  readonly #tick = (): void => {
    try {
      this.#emitDue(this.#clock.nowUs() - (this.#originUs ?? 0));
    } catch (error) {
      this.stop();
      this.failed.emit(asFloeError(error, "drawing the test picture"));
      return;
    }
    if (this.#emit !== undefined) {
      this.#arm();
    }
  };

  #emitDue(elapsedUs: MediaMicros): void {
    for (let piece = this.#audio.take(elapsedUs); piece !== undefined; piece = this.#audio.take(elapsedUs)) {
      this.#emitSound(piece);
    }
    for (let index = this.#video.take(elapsedUs); index !== undefined; index = this.#video.take(elapsedUs)) {
      this.#emitPicture(index);
    }
  }

  #emitPicture(index: number): void {
    if (this.#demand?.ready === false) {
      // A picture that nobody has room for is not drawn.
      this.#unwanted++;
      return;
    }
    const entry = this.#pictures.acquire();
    if (entry === undefined) {
      this.#poolSkipped++;
      return;
    }
    const timeUs = this.#video.timeUs(index);
    this.#pattern.draw(entry.memory.surface, entry.memory.state, { index, timeUs, wallUs: this.#clock.wallUs() });
    this.#lend(new NativeVideoFrame(referenceFrame(entry.frame), { timeUs }));
  }

  #emitSound(piece: number): void {
    const entry = this.#sounds.acquire();
    if (entry === undefined) {
      this.#poolSkipped++;
      return;
    }
    this.#beeper.render(entry.memory, piece * this.#pieceSamples);
    this.#lend(new NativeAudioFrame(referenceFrame(entry.frame), { timeUs: this.#audio.timeUs(piece) }));
  }

  #lend(packet: NativeVideoFrame | NativeAudioFrame): void {
    try {
      this.#emit?.(packet);
    } finally {
      packet.release();
    }
  }

  #newCanvas(frame: Frame): Canvas {
    const av = requireNodeAv();
    frame.colorRange = av.AVCOL_RANGE_MPEG;
    frame.colorSpace = av.AVCOL_SPC_BT709;
    frame.colorPrimaries = av.AVCOL_PRI_BT709;
    frame.colorTrc = av.AVCOL_TRC_BT709;
    const [y, u, v] = frame.data as Buffer[];
    const [yStride, uStride, vStride] = frame.linesize;
    const surface: I420Surface = {
      width: frame.width,
      height: frame.height,
      planes: [y, u, v],
      strides: [yStride, uStride, vStride],
    };
    return { surface, state: this.#pattern.prepare(surface) };
  }
}

/** The samples of an interleaved float frame, in place. */
function floatsOf(frame: Frame, length: number): Float32Array {
  const [bytes] = frame.data as Buffer[];
  return new Float32Array(bytes.buffer, bytes.byteOffset, length);
}
