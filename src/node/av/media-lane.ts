// One medium of a file while it is read: packets go in at one end, placed on the endless timeline they wait at the
// other. Decoded and passed-through media differ inside of it only.
import type {
  AudioFramePacket,
  EncodedAudioPacket,
  EncodedVideoPacket,
  VideoFramePacket,
} from "../../core/stream/media-packet.js";
import type { MediaMicros } from "../../core/time/units.js";
import type { AvDelivery } from "./av-source.js";
import type { DemuxedTrack } from "./demuxer.js";

/** What leaves a lane; whoever gets it releases it. */
export type LanePacket = (VideoFramePacket | AudioFramePacket | EncodedVideoPacket | EncodedAudioPacket) & {
  release(): void;
};

/** Says where something belongs that the file puts at `fileUs`; undefined: the file does not tell. */
export type Placer = (fileUs: MediaMicros | undefined) => MediaMicros;

/**
 * What one reading gave: `read` (there may be a head now), `end` of the pass, `starved` (the other medium first), or
 * `unfit`: what came cannot be passed through, and the lane gives nothing any more.
 */
export type LaneReading = "read" | "end" | "starved" | "unfit";

/** The lane of either medium. Calls must not overlap. */
export interface MediaLane {
  /** Packets that could not be used. */
  readonly faults: number;
  /** Encoded bytes that were written once more on their way. */
  readonly copiedBytes: number;
  /** Whether something is waiting. */
  readonly hasHead: boolean;
  /** Where what was taken last ended; undefined before the first. */
  readonly endUs: MediaMicros | undefined;
  /** Reads what comes next; only when there is no head. */
  read(place: Placer): Promise<LaneReading>;
  /** Hands on what is waiting; undefined when it fell away, or came to be something in front of it. */
  take(): LanePacket | undefined;
  /** The file begins again, and `track` describes it. */
  rewind(track: DemuxedTrack): void;
  /** There was a hole: what could only be understood with what is missing falls away. */
  resync(): void;
  /** Frees what waits, and everything else. */
  close(): void;
}

/** The lane of the pictures. */
export interface VideoLane extends MediaLane {
  /** Why the lane reads `unfit`, completing "because …". */
  readonly unfit: string | undefined;
  /** What the pictures are and how they leave. */
  readonly delivery: AvDelivery<"h264">;
  /** The picture in pixels, when the stream itself tells another than the file. The same object until it changes. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** Time of the waiting picture. */
  readonly headUs: MediaMicros;
}

/** The lane of the sound. */
export interface AudioLane extends MediaLane {
  /** What the sound is and how it leaves. */
  readonly delivery: AvDelivery<"opus" | "pcmu" | "pcma">;
  /** Whether any sound has ever come. */
  readonly isStarted: boolean;
  /** Where the next sound belongs. */
  readonly nextUs: MediaMicros;
  /** As `take`, but nothing beyond `endUs`. */
  takeUntil(endUs: MediaMicros): LanePacket | undefined;
  /** The next piece of silence up to `untilUs`; undefined when none is missing, or none can be made. */
  takeSilenceUntil(untilUs: MediaMicros): LanePacket | undefined;
}
