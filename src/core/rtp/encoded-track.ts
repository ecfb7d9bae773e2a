// One encoded stream, written once and watched by any number of viewers: its packet ring, its place in time, and the
// one door through which viewers ask for key frames.
import { FloeError } from "../error/floe-error.js";
import { Signal } from "../signal/signal.js";
import type { MediaMicros, Micros } from "../time/units.js";
import { KeyFrameGate } from "./key-frame-gate.js";
import type { MediaAnchor } from "./media-anchor.js";
import type { PacketRing } from "./packet-ring.js";
import type { PayloadWriter } from "./payload-writer.js";

/** What a track is made of. */
export type EncodedTrackOptions = {
  readonly kind: "video" | "audio";
  /** The encoding name of its rtpmap: `H264`, `opus`. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  readonly ring: PacketRing;
  readonly writer: PayloadWriter;
  /** Shared by all tracks of one source. */
  readonly anchor: MediaAnchor;
  /** Asks the encoder for a key frame; left out while nobody can make one (pass-through), see `setForceKeyFrame`. */
  readonly forceKeyFrame?: (() => void) | undefined;
};

/** The encode-once side of a fan-out. */
export class EncodedTrack {
  readonly kind: "video" | "audio";
  readonly encodingName: string;
  readonly clockRateHz: number;
  readonly ring: PacketRing;
  readonly writer: PayloadWriter;
  readonly anchor: MediaAnchor;
  /** Rate limit in front of the encoder. */
  readonly keyFrames: KeyFrameGate;
  /** A frame is in the ring, since `nowUs`. */
  readonly frameWritten: Signal<Micros> = new Signal();
  readonly counters = { frames: 0, keyFrames: 0, bytes: 0, dropped: 0 };
  #forceKeyFrame: (() => void) | undefined;

  constructor(options: EncodedTrackOptions) {
    this.kind = options.kind;
    this.encodingName = options.encodingName;
    this.clockRateHz = options.clockRateHz;
    this.ring = options.ring;
    this.writer = options.writer;
    this.anchor = options.anchor;
    this.#forceKeyFrame = options.forceKeyFrame;
    this.keyFrames = new KeyFrameGate(() => this.#forceKeyFrame?.());
  }

  /** Whether somebody can make a key frame when asked, now: it changes when a source begins or stops to be encoded here. */
  get canForceKeyFrame(): boolean {
    return this.#forceKeyFrame !== undefined;
  }

  /** Says who makes key frames from now on; undefined for nobody. */
  setForceKeyFrame(forceKeyFrame: (() => void) | undefined): void {
    this.#forceKeyFrame = forceKeyFrame;
  }

  /**
   * Takes one encoded frame (an access unit, an Opus packet), captured at `timeUs`, and what belongs in front of it. The
   * bytes are free again on return. A frame over the writer's limit is dropped and counted.
   */
  write(data: Uint8Array, timeUs: MediaMicros, nowUs: Micros, inFront?: Uint8Array): void {
    this.anchor.observe(timeUs, nowUs);
    let packetCount: number;
    let isKey: boolean;
    try {
      ({ packetCount, isKey } = this.writer.write(data, this.ring.nextIndex, inFront));
    } catch (error) {
      if (!(error instanceof FloeError)) {
        throw error;
      }
      this.counters.dropped++;
      return;
    }
    if (packetCount === 0) {
      return;
    }
    this.ring.commit(packetCount, timeUs, isKey);
    this.counters.frames++;
    this.counters.bytes += data.length + (inFront === undefined ? 0 : inFront.length);
    if (isKey) {
      this.counters.keyFrames++;
      this.keyFrames.keyFrameWritten();
    }
    this.frameWritten.emit(nowUs);
  }
}
