// The port that a hop needs of its runtime: a way to the other thread and back. Skins implement it over worker_threads
// and Worker; tests over a pair in memory.
import type { Clock } from "../../time/clock.js";

/** What a port tells its listener. */
export type HopListener = {
  /** Something came from the other side; it may be another's. */
  readonly message: (value: unknown) => void;
  /** The other side is gone and nothing comes any more. */
  readonly ended: (error: Error) => void;
};

/** One end of the way between two threads. Messages arrive in order, each in a turn of the event loop of its own. */
export interface HopPort {
  /** The time of this thread. */
  readonly clock: Clock;
  /** Whether the two sides can share memory. */
  readonly canShare: boolean;
  /** Sends a value to the other side; the buffers in `transfer` move. */
  post(value: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Listens until the answer is disposed. While it listens, the port keeps its thread alive. */
  listen(listener: HopListener): Disposable;
}
