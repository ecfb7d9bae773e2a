// One direction of a hop: whole frames from one thread to the other, at most so many bytes under way. There are two kinds
// with the same rules: a ring in shared memory (ring-lane.ts), and messages (message-lane.ts).
import type { Chunk } from "./chunk-pool.js";
import type { FrameWriter } from "./frame.js";

/** The sending end of a lane. */
export interface LaneWriter {
  /** Frames that were sent since the lane was made. */
  readonly frames: number;
  /** Called when there may be room again, after `open` has found none. Never inside of the writer's own calls. */
  onRoom: () => void;
  /** A writer at the place of a frame of at most `maxBytes`, to be begun; undefined while there is no room for it. */
  open(maxBytes: number): FrameWriter | undefined;
  /** Ends the frame and sends it: the other side sees it at the end of this turn at the latest. Answers its length. */
  commit(): number;
  /** Lets the other side see everything now. */
  flush(): void;
  /** Ends it; nothing is sent or called any more. */
  close(): void;
}

/** The receiving end of a lane. */
export interface LaneReader {
  /** Whole frames in plain memory that nobody else writes to; undefined when there are none. */
  take(): Chunk | undefined;
  /** Asks to be called when there are frames again; false when there are some already, and then it does not call. */
  sleep(wake: () => void): boolean;
  /** Ends it; nothing is called any more. */
  close(): void;
}

/** About as many bytes lie together at the receiving end: what keeps one packet keeps its neighbours. */
export const TAKE_BYTES = 65_536;
