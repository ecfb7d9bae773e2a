// A source while it is open: what it hands on encoded goes into packet rings as it is, frames are scaled and encoded
// once; every viewer shares the rings.
import type { Logger } from "../../../../core/diagnosis/logger.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import type { EncodedTrack } from "../../../../core/rtp/encoded-track.js";
import type { CrossingCounters } from "../../../../core/rtp/payload-writer.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { GraphReport } from "../../../../core/stream/graph-report.js";
import { AudioFrame, VideoFrame } from "../../../../core/stream/media-packet.js";
import { PacketStream } from "../../../../core/stream/packet-stream.js";
import type { Clock } from "../../../../core/time/clock.js";
import { DeadlineTimer } from "../../../../core/time/deadline-timer.js";
import type { Micros } from "../../../../core/time/units.js";
import type { StreamedCodecs } from "../../../../core/webrtc/negotiation-capabilities.js";
import type { AvSourcePacket, SourceHealth } from "../../../av/av-source.js";
import { H264Encoder } from "../../../av/h264-encoder.js";
import { loadNodeAv } from "../../../av/load-node-av.js";
import { OpusEncoder } from "../../../av/opus-encoder.js";
import { VideoScaler } from "../../../av/video-scaler.js";
import type { ServerConfig } from "../../config/server-config.js";
import { LiveTracks } from "./live-tracks.js";
import type { StreamMemory } from "./stream-memory.js";
import {
  type StreamSink,
  type StreamSource,
  type StreamSourceInfo,
  streamedCodecs,
  wantsFrames,
} from "./stream-source.js";

/** What a source is opened with. */
export type LiveSourceOptions = {
  readonly openSource: () => StreamSource | Promise<StreamSource>;
  readonly media: ServerConfig["media"];
  readonly memory: StreamMemory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sinks?: readonly StreamSink[];
};

/** One opening of a source. */
export class LiveSource {
  /** What viewers get it in. Stays, whatever becomes of the source: it was negotiated. */
  readonly codecs: StreamedCodecs;
  /** What viewers can get: video, sound, or both. */
  readonly tracks: readonly EncodedTrack[];
  /** No more will come: the file ended (undefined), or something broke. Told once. */
  readonly finished: Signal<FloeError | undefined> = new Signal();
  /** `info` or `health` is another. */
  readonly changed: Signal = new Signal();
  readonly #source: StreamSource;
  readonly #stream: PacketStream<AvSourcePacket>;
  readonly #tracks: LiveTracks;
  readonly #encoder: H264Encoder | undefined;
  readonly #keyFrameTimer: DeadlineTimer;
  readonly #listening: Disposable[] = [];
  readonly #logger: Logger;
  #isFinished = false;
  #error: FloeError | undefined;

  private constructor(source: StreamSource, { media, memory, clock, logger, sinks = [] }: LiveSourceOptions) {
    this.codecs = streamedCodecs(source.info);
    this.#source = source;
    this.#logger = logger;
    this.#tracks = new LiveTracks(this.codecs, { memory, clock });
    this.tracks = this.#tracks.all;
    const { video, audio } = this.#tracks;
    this.#keyFrameTimer = new DeadlineTimer(clock, () => {
      video?.keyFrames.tick(clock.nowUs());
      this.#keyFrameTimer.set(video?.keyFrames.deadlineUs);
    });
    const stream = new PacketStream<AvSourcePacket>({ name: "delivery", clock }).source(source);
    this.#stream = stream;
    // In the order of the sentence: taps on frames, encoders, rings, taps on what is encoded.
    this.#addSinks(sinks.filter(wantsFrames));
    if (source.emits.includes(VideoFrame) && video !== undefined) {
      const { width, height, fps, bitrate } = media.video;
      const claimedFps = source.info.video?.fps ?? 0;
      const scaler = new VideoScaler({ width, height, fps });
      const encoder = new H264Encoder({ bitrateBps: bitrate, fps: claimedFps > 0 ? Math.min(fps, claimedFps) : fps });
      stream.via(scaler).via(encoder);
      this.#encoder = encoder;
      // Stages that break between packets tell it themselves; one that throws at a packet breaks the stream.
      this.#failWith(scaler);
      this.#failWith(encoder);
    }
    if (source.emits.includes(AudioFrame) && audio !== undefined) {
      stream.via(new OpusEncoder({ channels: media.audio.channels, bitrateBps: media.audio.bitrate }));
    }
    if (video !== undefined) {
      stream.to(this.#tracks.videoSink(video));
    }
    if (audio !== undefined) {
      stream.to(this.#tracks.audioSink(audio));
    }
    this.#addSinks(sinks.filter((sink) => !wantsFrames(sink)));
    this.#chooseKeyFrameMaker();
    this.#follow(source);
  }

  /** Opens the source and starts it. Throws what `openSource` throws, or what is wrong with it; nothing stays open then. */
  static async open(options: LiveSourceOptions): Promise<LiveSource> {
    const source = await options.openSource();
    let live: LiveSource | undefined;
    try {
      if (source.emits.includes(VideoFrame) || source.emits.includes(AudioFrame)) {
        await loadNodeAv();
      }
      live = new LiveSource(source, options);
      await live.#stream.start();
      live.#throwIfFinished();
    } catch (error) {
      await (live === undefined ? source.close?.() : live.close());
      throw error;
    }
    const { name, passthrough } = source.info;
    options.logger.info("open", { name, passthrough: passthrough?.words });
    return live;
  }

  /** What the source is now. */
  get info(): StreamSourceInfo {
    return this.#source.info;
  }

  /** How the source is doing now. */
  get health(): SourceHealth {
    return this.#source.health ?? { kind: "ok" };
  }

  /** A viewer needs a key frame of this track: at most one is forced in 500 ms, where somebody can make one. */
  requestKeyFrame(track: EncodedTrack, nowUs: Micros): void {
    if (track.canForceKeyFrame) {
      track.keyFrames.request(nowUs);
      this.#keyFrameTimer.set(track.keyFrames.deadlineUs);
    }
  }

  /** Changes the video bitrate while running, bits a second; without effect on what passes through. */
  setBitrate(bitrateBps: number): void {
    this.#encoder?.setBitrate(bitrateBps);
  }

  /** The graph and the tracks, as plain JSON. */
  report(): LiveSourceReport {
    return {
      graph: this.#stream.report(),
      sourceCounters: this.#source.counters ?? {},
      foreignPackets: this.#tracks.counters.foreign,
      ...(this.#encoder === undefined ? {} : { encoder: this.#encoder.counters }),
      tracks: this.tracks.map((track) => ({
        kind: track.kind,
        encodingName: track.encodingName,
        ...track.counters,
        ...track.writer.crossings,
        ringSlots: track.ring.slots.slotCount,
        canForceKeyFrame: track.canForceKeyFrame,
        keyFramesRequested: track.keyFrames.requested,
        keyFramesForced: track.keyFrames.forced,
      })),
    };
  }

  /** Stops, flushes and frees everything. */
  async close(): Promise<void> {
    this.#isFinished = true;
    this.finished.clear();
    this.changed.clear();
    this.#keyFrameTimer[Symbol.dispose]();
    for (const listening of this.#listening.splice(0)) {
      listening[Symbol.dispose]();
    }
    await this.#stream.close();
  }

  #follow(source: StreamSource): void {
    this.#failWith(source);
    this.#failWith(this.#stream);
    const infoChanged = source.infoChanged?.on((info: StreamSourceInfo) => {
      this.#logger.info("changed", { name: info.name, passthrough: info.passthrough?.words });
      this.#chooseKeyFrameMaker();
      this.changed.emit();
    });
    const healthChanged = source.healthChanged?.on(() => this.changed.emit());
    const ended = source.ended?.on(() => this.#finish(undefined));
    this.#listening.push(...[infoChanged, healthChanged, ended].filter((listening) => listening !== undefined));
  }

  /** Our encoder makes key frames of what is decoded; of what passes through, the source does, or nobody. */
  #chooseKeyFrameMaker(): void {
    const source = this.#source;
    const encoder = source.info.video?.delivery === "decoded" ? this.#encoder : undefined;
    const maker = encoder ?? (source.requestKeyFrame === undefined ? undefined : source);
    this.#tracks.video?.setForceKeyFrame(maker && ((): void => maker.requestKeyFrame?.()));
  }

  /** Each sink on a branch of its own: behind a queue, and failing alone. */
  #addSinks(sinks: readonly StreamSink[]): void {
    for (const sink of sinks) {
      const name = sink.name === undefined || sink.name === "" ? "sink" : sink.name;
      const queue = wantsFrames(sink)
        ? ({ capacity: 4, whenFull: "drop-oldest" } as const)
        : ({ capacity: 512, whenFull: "drop-until-key" } as const);
      if (wantsFrames(sink) && !this.#source.emits.some((kind) => kind === VideoFrame || kind === AudioFrame)) {
        this.#logger.warn(`the sink "${name}" wants frames, and the source hands on encoded packets`);
        continue;
      }
      const branch = this.#stream
        .branch(name)
        .queue(queue)
        .to(sink as (packet: AvSourcePacket) => void);
      this.#listening.push(
        branch.failed.on((error) => this.#logger.warn(`the sink "${name}" broke and is left out`, { error })),
      );
    }
  }

  #failWith({ failed }: Pick<StreamSource, "failed">): void {
    if (failed !== undefined) {
      this.#listening.push(failed.on((error) => this.#finish(error)));
    }
  }

  #finish(error: Error | undefined): void {
    if (this.#isFinished) {
      return;
    }
    this.#isFinished = true;
    this.#error =
      error === undefined || error instanceof FloeError
        ? error
        : new FloeError("source/failed", `the source failed: ${error.message}`, { cause: error });
    this.finished.emit(this.#error);
  }

  /** For a source that ends or breaks while it starts: nobody has had time to listen. */
  #throwIfFinished(): void {
    if (this.#isFinished) {
      throw this.#error ?? new FloeError("source/ended", "the source ended before it began");
    }
  }
}

/** What a running source tells about itself. */
export type LiveSourceReport = {
  readonly graph: GraphReport;
  /** The source's own numbers. */
  readonly sourceCounters: object;
  /** Packets of a codec that no track is in: the source came back another. */
  readonly foreignPackets: number;
  /** Absent where nothing is encoded here. */
  readonly encoder?: H264Encoder["counters"];
  readonly tracks: readonly (EncodedTrack["counters"] &
    CrossingCounters & {
      readonly kind: "video" | "audio";
      readonly encodingName: string;
      readonly ringSlots: number;
      readonly canForceKeyFrame: boolean;
      readonly keyFramesRequested: number;
      readonly keyFramesForced: number;
    })[];
};
