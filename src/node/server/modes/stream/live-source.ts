// A source while it is open: read, scaled and encoded once, into packet rings that every viewer shares.

import type { Logger } from "../../../../core/diagnosis/logger.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import type { AudioTarget } from "../../../../core/media/audio-target.js";
import type { SourceNoun } from "../../../../core/media/source-noun.js";
import { H264PayloadWriter } from "../../../../core/payload/h264/h264-payload-writer.js";
import { opusPayloadWriter } from "../../../../core/payload/opus/opus-payload.js";
import { EncodedTrack } from "../../../../core/rtp/encoded-track.js";
import { MediaAnchor } from "../../../../core/rtp/media-anchor.js";
import { PacketRing } from "../../../../core/rtp/packet-ring.js";
import type { CrossingCounters } from "../../../../core/rtp/payload-writer.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { GraphReport } from "../../../../core/stream/graph-report.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../../../core/stream/media-packet.js";
import { PacketStream } from "../../../../core/stream/packet-stream.js";
import type { Clock } from "../../../../core/time/clock.js";
import { DeadlineTimer } from "../../../../core/time/deadline-timer.js";
import type { Micros } from "../../../../core/time/units.js";
import type { AvSource, AvSourceInfo } from "../../../av/av-source.js";
import { H264Encoder } from "../../../av/h264-encoder.js";
import { openSource } from "../../../av/open-source.js";
import { OpusEncoder } from "../../../av/opus-encoder.js";
import { VideoScaler } from "../../../av/video-scaler.js";
import type { ServerConfig } from "../../config/server-config.js";
import type { StreamMemory } from "./stream-memory.js";

/** What a source is opened with. */
export type LiveSourceOptions = {
  readonly noun: SourceNoun;
  readonly media: ServerConfig["media"];
  readonly memory: StreamMemory;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** One opening of a source. */
export class LiveSource {
  readonly info: AvSourceInfo;
  /** What viewers can get: video, sound, or both. */
  readonly tracks: readonly EncodedTrack[];
  /** No more will come: the file ended (undefined), or something broke. Told once. */
  readonly finished: Signal<FloeError | undefined> = new Signal();
  readonly #source: AvSource;
  readonly #stream: PacketStream<EncodedVideoPacket | EncodedAudioPacket>;
  readonly #encoder: H264Encoder;
  readonly #keyFrameTimer: DeadlineTimer;
  #isFinished = false;

  private constructor(source: AvSource, { media, memory, clock }: LiveSourceOptions) {
    this.#source = source;
    this.info = source.info;
    const { width, height, fps, bitrate } = media.video;
    const scaler = new VideoScaler({ width, height, fps });
    this.#encoder = new H264Encoder({ bitrateBps: bitrate, fps: Math.min(fps, source.info.video?.fps ?? fps) });
    const opus = new OpusEncoder({ ...audioTarget(media) });
    const anchor = new MediaAnchor();
    const { info } = source;
    const video = info.video === undefined ? undefined : videoTrack(memory, anchor, this.#encoder);
    const audio = info.audio === undefined ? undefined : audioTrack(memory, anchor);
    this.tracks = [video, audio].filter((track) => track !== undefined);
    this.#keyFrameTimer = new DeadlineTimer(clock, () => {
      video?.keyFrames.tick(clock.nowUs());
      this.#keyFrameTimer.set(video?.keyFrames.deadlineUs);
    });
    this.#stream = new PacketStream({ name: "delivery", clock, timedOneIn: 1 })
      .source(source)
      .via(scaler)
      .via(this.#encoder)
      .via(opus)
      .to({
        name: "video-ring",
        accepts: [EncodedVideo],
        write: ({ data, timeUs }) => video?.write(data, timeUs, clock.nowUs()),
      })
      .to({
        name: "audio-ring",
        accepts: [EncodedAudio],
        write: ({ data, timeUs }) => audio?.write(data, timeUs, clock.nowUs()),
      });
    source.ended.on(() => this.#finish(undefined));
    // Stages that break between packets tell it themselves; one that throws at a packet breaks the stream.
    for (const failed of [source.failed, scaler.failed, this.#encoder.failed, this.#stream.failed]) {
      failed.on((error: Error) => this.#finish(error));
    }
  }

  /** Opens the source and starts it. Throws what `openSource` throws; nothing stays open then. */
  static async open(options: LiveSourceOptions): Promise<LiveSource> {
    const { noun, media, clock, logger } = options;
    const { width, height, fps, bitrate } = media.video;
    const source = await openSource(noun, {
      video: { width, height, fps, bitrateBps: bitrate },
      audio: audioTarget(media),
      loop: media.loop,
      clock,
      logger,
    });
    const live = new LiveSource(source, options);
    try {
      await live.#stream.start();
    } catch (error) {
      await live.close();
      throw error;
    }
    return live;
  }

  /** A viewer needs a key frame of this track: at most one is forced in 500 ms. */
  requestKeyFrame(track: EncodedTrack, nowUs: Micros): void {
    track.keyFrames.request(nowUs);
    this.#keyFrameTimer.set(track.keyFrames.deadlineUs);
  }

  /** Changes the video bitrate while running, bits a second. */
  setBitrate(bitrateBps: number): void {
    this.#encoder.setBitrate(bitrateBps);
  }

  /** The graph and the tracks, as plain JSON. */
  report(): LiveSourceReport {
    return {
      graph: this.#stream.report(),
      source: this.#source.counters,
      encoder: this.#encoder.counters,
      tracks: this.tracks.map(({ kind, encodingName, counters, writer, ring, keyFrames }) => ({
        kind,
        encodingName,
        ...counters,
        ...writer.crossings,
        ringSlots: ring.slots.slotCount,
        keyFramesRequested: keyFrames.requested,
        keyFramesForced: keyFrames.forced,
      })),
    };
  }

  /** Stops, flushes and frees everything. */
  async close(): Promise<void> {
    this.#isFinished = true;
    this.finished.clear();
    this.#keyFrameTimer[Symbol.dispose]();
    await this.#stream.close();
  }

  #finish(error: Error | undefined): void {
    if (this.#isFinished) {
      return;
    }
    this.#isFinished = true;
    this.finished.emit(
      error === undefined || error instanceof FloeError
        ? error
        : new FloeError("source/failed", `the source failed: ${error.message}`, { cause: error }),
    );
  }
}

/** What a running source tells about itself. */
export type LiveSourceReport = {
  readonly graph: GraphReport;
  readonly source: AvSource["counters"];
  readonly encoder: H264Encoder["counters"];
  readonly tracks: readonly (EncodedTrack["counters"] &
    CrossingCounters & {
      readonly kind: "video" | "audio";
      readonly encodingName: string;
      readonly ringSlots: number;
      readonly keyFramesRequested: number;
      readonly keyFramesForced: number;
    })[];
};

function audioTarget({ audio }: ServerConfig["media"]): AudioTarget {
  return { sampleRateHz: audio.sampleRate, channels: audio.channels, bitrateBps: audio.bitrate };
}

function videoTrack(memory: StreamMemory, anchor: MediaAnchor, encoder: H264Encoder): EncodedTrack {
  return new EncodedTrack({
    kind: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    ring: new PacketRing(memory.videoSlots),
    writer: new H264PayloadWriter(memory.packetizer),
    anchor,
    forceKeyFrame: () => encoder.requestKeyFrame(),
  });
}

function audioTrack(memory: StreamMemory, anchor: MediaAnchor): EncodedTrack {
  return new EncodedTrack({
    kind: "audio",
    encodingName: "opus",
    clockRateHz: 48_000,
    ring: new PacketRing(memory.audioSlots),
    writer: opusPayloadWriter(memory.audioSlots),
    anchor,
  });
}
