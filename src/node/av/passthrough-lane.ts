// Lanes of media that goes through as it is: access units and runs of sound, in the file's own pieces.
import type { MediaMicros } from "../../core/time/units.js";
import type { AvDelivery } from "./av-source.js";
import { type DemuxedTrack, type Demuxer, ticksToUs } from "./demuxer.js";
import { requireNodeAv } from "./load-node-av.js";
import type { AudioLane, LanePacket, LaneReading, Placer, VideoLane } from "./media-lane.js";
import { type EncodedSound, PassthroughAudio } from "./passthrough-audio.js";
import { PassthroughVideo } from "./passthrough-video.js";
import { VideoLine } from "./video-line.js";

/** Pictures as access units of H.264. */
export class PassthroughVideoLane implements VideoLane {
  readonly delivery: AvDelivery<"h264"> = { delivery: "passthrough", codec: "h264" };
  readonly copiedBytes = 0;
  /** The order of the pictures, which a decoding lane may take over. */
  readonly line: VideoLine;
  readonly #demuxer: Demuxer;
  #track: DemuxedTrack;
  #through: PassthroughVideo;
  #faultsBefore = 0;

  constructor(demuxer: Demuxer, track: DemuxedTrack) {
    this.#demuxer = demuxer;
    this.#track = track;
    this.#through = new PassthroughVideo(track);
    this.line = new VideoLine(track);
  }

  get faults(): number {
    return this.#faultsBefore + this.#through.counters.faults;
  }

  get unfit(): string | undefined {
    return this.#through.unfit;
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.#through.size;
  }

  get hasHead(): boolean {
    return this.line.hasHead;
  }

  get headUs(): MediaMicros {
    return this.line.headUs;
  }

  get endUs(): MediaMicros | undefined {
    return this.line.endUs;
  }

  async read(place: Placer): Promise<LaneReading> {
    const packet = await this.#demuxer.next("video");
    if (typeof packet === "string") {
      return packet;
    }
    const unit = this.#through.take(packet);
    if (unit !== undefined) {
      const { timeBase } = this.#track;
      const isTold = unit.ticks !== requireNodeAv().AV_NOPTS_VALUE;
      const fileUs = isTold ? ticksToUs(unit.ticks, timeBase) : undefined;
      this.line.put(unit, place(fileUs), ticksToUs(unit.durationTicks, timeBase));
    }
    return this.#through.unfit === undefined ? "read" : "unfit";
  }

  take(): LanePacket | undefined {
    return this.line.take();
  }

  rewind(track: DemuxedTrack): void {
    this.#faultsBefore = this.faults;
    this.#track = track;
    this.#through = new PassthroughVideo(track);
  }

  resync(): void {
    this.line.close();
    this.#through.restart();
  }

  close(): void {
    this.line.close();
  }
}

/** Sound as packets of Opus or G.711. */
export class PassthroughAudioLane implements AudioLane {
  readonly delivery: AvDelivery<"opus" | "pcmu" | "pcma">;
  readonly #demuxer: Demuxer;
  #through: PassthroughAudio;
  /** Read but not taken; only the first has its place. */
  readonly #waiting: { readonly sound: EncodedSound; readonly timeUs: MediaMicros }[] = [];
  #endUs: MediaMicros | undefined;
  #faultsBefore = 0;
  #copiedBefore = 0;

  constructor(demuxer: Demuxer, track: DemuxedTrack, codec: "opus" | "pcmu" | "pcma") {
    this.#demuxer = demuxer;
    this.#through = new PassthroughAudio(track, codec);
    this.delivery = { delivery: "passthrough", codec };
  }

  get faults(): number {
    return this.#faultsBefore + this.#through.counters.faults;
  }

  get copiedBytes(): number {
    return this.#copiedBefore + this.#through.counters.copiedBytes;
  }

  get hasHead(): boolean {
    return this.#waiting.length > 0;
  }

  get isStarted(): boolean {
    return this.#endUs !== undefined;
  }

  get nextUs(): MediaMicros {
    return this.#waiting[0]?.timeUs ?? this.#endUs ?? 0;
  }

  get endUs(): MediaMicros | undefined {
    return this.#endUs;
  }

  async read(place: Placer): Promise<LaneReading> {
    const packet = await this.#demuxer.next("audio");
    if (typeof packet === "string") {
      return packet;
    }
    let offsetUs = 0;
    let firstUs: MediaMicros | undefined;
    for (const sound of this.#through.take(packet)) {
      // One packet is one run: its pieces follow each other, whatever rounding says.
      firstUs ??= Math.max(place(sound.timeUs), this.#endUs ?? 0);
      this.#waiting.push({ sound, timeUs: firstUs + offsetUs });
      offsetUs += sound.durationUs;
    }
    return this.#through.isUnfit ? "unfit" : "read";
  }

  take(): LanePacket | undefined {
    const head = this.#waiting.shift();
    if (head === undefined) {
      return undefined;
    }
    this.#endUs = head.timeUs + head.sound.durationUs;
    return head.sound.place(head.timeUs);
  }

  /** A packet cannot be cut: one that crosses the end falls away, and the listener's decoder bridges the gap. */
  takeUntil(endUs: MediaMicros): LanePacket | undefined {
    const head = this.#waiting[0];
    if (head !== undefined && head.timeUs + head.sound.durationUs > endUs) {
      this.#waiting.shift();
      head.sound.free();
      return undefined;
    }
    return this.take();
  }

  takeSilenceUntil(_untilUs: MediaMicros): undefined {
    // Nothing on the wire is silence.
  }

  rewind(track: DemuxedTrack): void {
    this.#faultsBefore = this.faults;
    this.#copiedBefore = this.copiedBytes;
    this.#through = new PassthroughAudio(track, this.#through.codec);
  }

  resync(): void {
    this.close();
    this.#through.restart();
  }

  close(): void {
    for (const { sound } of this.#waiting.splice(0)) {
      sound.free();
    }
  }
}
