// What every source of pictures and sound is, decoded or passed through as it comes.
import type { FloeError } from "../../core/error/floe-error.js";
import type { Signal } from "../../core/signal/signal.js";
import type { Source } from "../../core/stream/adapter.js";
import type {
  AudioFramePacket,
  EncodedAudioPacket,
  EncodedVideoPacket,
  VideoCodec,
  VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { Micros } from "../../core/time/units.js";

/** What a source emits: frames of what it decodes, encoded packets of what it passes through. */
export type AvSourcePacket = VideoFramePacket | AudioFramePacket | EncodedVideoPacket | EncodedAudioPacket;

/** How a medium comes: as frames of a codec that FFmpeg names, or encoded, in a codec that goes to browsers as it is. */
export type AvDelivery<Codec extends string> =
  | { readonly delivery: "decoded"; readonly codec: string }
  | { readonly delivery: "passthrough"; readonly codec: Codec };

/** The picture of a source. */
export type AvVideoInfo = {
  readonly width: number;
  readonly height: number;
  /** Pictures a second as the source claims, or 0. */
  readonly fps: number;
} & AvDelivery<VideoCodec>;

/** The sound of a source. */
export type AvAudioInfo = { readonly sampleRateHz: number; readonly channels: number } & AvDelivery<
  "opus" | "pcmu" | "pcma"
>;

/** What a source is and has, known as soon as it is open. */
export type AvSourceInfo = {
  /** For people: `test`, or the file's name. Without credentials. */
  readonly name: string;
  readonly video?: AvVideoInfo;
  readonly audio?: AvAudioInfo;
  /** What goes through untouched, and for people why the video does or does not: see core/media/passthrough.ts. */
  readonly passthrough: { readonly video: boolean; readonly audio: boolean; readonly words: string };
};

/** What a source had to leave out or repair, since it was opened. */
export type AvSourceCounters = {
  /** Pictures that were not emitted because their time was over. */
  readonly skipped: number;
  /** How often the pace started anew because pictures came too slowly. */
  readonly rebased: number;
  /** Packets that did not decode. */
  readonly faults: number;
  /** Passes of a looped file that are over. */
  readonly loops: number;
  /** Encoded bytes that had to be written once more on their way through: G.711 in pieces of another length than ours. */
  readonly copiedBytes?: number;
};

/** How a source that may go away and come back is doing. */
export type SourceHealth =
  | { readonly kind: "ok" }
  /** It is gone and is being opened again. `reason`: `code: sentence`, credentials masked. */
  | { readonly kind: "reconnecting"; readonly sinceUs: Micros; readonly attempt: number; readonly reason: string };

/**
 * An open source, paced in real time. Packets are lent (`borrowed`): clone what is needed after the call. Media time
 * is one line for picture and sound, starts near 0 and never steps back, not even over stop and start.
 */
export interface AvSource extends Source<AvSourcePacket> {
  readonly retention: "borrowed";
  /** Replaced when it changes, see `infoChanged`. */
  readonly info: AvSourceInfo;
  /** Pass-through ended (B-frames turned up while running), or the source came back another. Absent: it never changes. */
  readonly infoChanged?: Signal<AvSourceInfo>;
  /** Sources that may go away and come back (network, devices). Absent: always well until `ended` or `failed`. */
  readonly health?: SourceHealth;
  readonly healthChanged?: Signal<SourceHealth>;
  /** A finite source emitted its last packet. */
  readonly ended: Signal;
  /** The source broke; nothing more comes. */
  readonly failed: Signal<FloeError>;
  readonly counters: AvSourceCounters;
  close(): Promise<void>;
}
