// What every source of raw pictures and sound is.
import type { FloeError } from "../../core/error/floe-error.js";
import type { Signal } from "../../core/signal/signal.js";
import type { Source } from "../../core/stream/adapter.js";
import type { AudioFramePacket, VideoFramePacket } from "../../core/stream/media-packet.js";

/** What a source is and has, known as soon as it is open. */
export type AvSourceInfo = {
  /** For people: `test`, or the file's name. */
  readonly name: string;
  readonly video?: { readonly width: number; readonly height: number; readonly fps: number; readonly codec: string };
  readonly audio?: { readonly sampleRateHz: number; readonly channels: number; readonly codec: string };
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
};

/**
 * An open source, paced in real time. Packets are lent (`borrowed`): clone what is needed after the call. Media time
 * is one line for picture and sound, starts near 0 and never steps back, not even over stop and start.
 */
export interface AvSource extends Source<VideoFramePacket | AudioFramePacket> {
  readonly retention: "borrowed";
  readonly info: AvSourceInfo;
  /** A finite source emitted its last packet. */
  readonly ended: Signal;
  /** The source broke; nothing more comes. */
  readonly failed: Signal<FloeError>;
  readonly counters: AvSourceCounters;
  close(): Promise<void>;
}
