// The clock port: what a driver needs of time. Skins implement it; tests bring a manual one.
import type { Micros, WallMicros } from "./units.js";

/** A source of time. Given at construction to graphs and drivers; machines get `nowUs` as an argument instead. */
export interface Clock {
  /** Monotonic now, integer microseconds. */
  nowUs(): Micros;
  /** Wall now, integer microseconds since 1970. For stamps that people and peers read, never for timing. */
  wallUs(): WallMicros;
  /** Runs `task` once, at or soon after `atUs` (monotonic). Disposing before then cancels it; after, it does nothing. */
  schedule(atUs: Micros, task: () => void): Disposable;
}
