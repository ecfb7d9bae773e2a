// What one timed packet went through, from the door to the last sink: one span for each node that had or kept it.
import type { MediaMicros, Micros } from "../time/units.js";

/**
 * A piece of a packet's way. `work`: a call, with what it called inside (`selfUs` is without); `wait`: in a queue; `through`:
 * with a stage that works after the call, or beyond a hop.
 */
export type FrameSpan = {
  readonly node: string;
  readonly doing: "work" | "wait" | "through";
  readonly startUs: Micros;
  readonly durationUs: Micros;
  readonly selfUs: Micros;
};

/** A timed packet under way. Several may hold it: the call that it is in, queues and stages that keep what became of it. */
export class FrameTrace {
  readonly source: string;
  /** Which packet of its source it is, from 1. */
  readonly frame: number;
  readonly timeUs: MediaMicros;
  readonly startUs: Micros;
  readonly spans: FrameSpan[] = [];
  endUs: Micros = 0;
  /** A queue or a stage let go of it. */
  isLost = false;
  #holders = 1;

  constructor(source: string, frame: number, timeUs: MediaMicros, startUs: Micros) {
    this.source = source;
    this.frame = frame;
    this.timeUs = timeUs;
    this.startUs = startUs;
  }

  /** One more holds it. */
  hold(): void {
    this.#holders++;
  }

  /** One lets go. True for the last one. */
  leave(): boolean {
    return --this.#holders === 0;
  }
}
