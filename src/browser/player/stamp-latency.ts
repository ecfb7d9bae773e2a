// End-to-end latency from the picture itself: the age of the stamps in the frames that are presented. A picture
// without a stamp says nothing, and soon costs next to nothing.
import { stampAgeMs } from "../../core/media/stamp.js";
import { StampReader } from "./stamp-reader.js";

/** A stamped picture is read this often at most: a dozen readings in the window, four a second. */
const READ_EVERY_MS = 240;
/** So many frames without a stamp in a row, and only an occasional frame is tried. */
const MISSES_UNTIL_RARE = 20;
const RARE_EVERY_MS = 2000;
/** Readings older than this say nothing about now. */
const WINDOW_MS = 3000;
/** A delay outside of this is not a delay: the two clocks differ. The lower end allows for clocks rounded apart. */
const PLAUSIBLE_MS = { min: -20, max: 60_000 };

/** What the stamps of the last three seconds say. */
export type LatencyReading =
  /** Median of the readings: from capture to presentation, milliseconds of wall time. */
  | { readonly kind: "measured"; readonly medianMs: number; readonly readings: number }
  /** There are stamps, but sender and viewer do not share a clock; `medianMs` is off by their difference. */
  | { readonly kind: "clocks-differ"; readonly medianMs: number; readonly readings: number }
  /** No stamp was seen: not a test picture, a hidden tab, or nothing playing. */
  | { readonly kind: "none" };

/** Reads stamps from a video element while it runs. */
export class StampLatency {
  readonly #video: HTMLVideoElement;
  readonly #reader = new StampReader();
  readonly #readings: { readonly atMs: number; readonly ageMs: number }[] = [];
  #callback: number | undefined;
  #lastTryMs = Number.NEGATIVE_INFINITY;
  #misses = 0;
  /** Counts stops: a reading that began before one is not kept after it. */
  #run = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** Starts reading. Needs requestVideoFrameCallback; where a browser lacks it, every reading is "none". */
  start(): void {
    if (this.#callback === undefined) {
      this.#misses = 0;
      this.#lastTryMs = Number.NEGATIVE_INFINITY;
      this.#next();
    }
  }

  /** Stops, and forgets the readings. */
  stop(): void {
    if (this.#callback !== undefined) {
      this.#video.cancelVideoFrameCallback(this.#callback);
      this.#callback = undefined;
    }
    this.#run++;
    this.#readings.length = 0;
  }

  /** What the last three seconds say. */
  read(): LatencyReading {
    const sinceMs = performance.now() - WINDOW_MS;
    while (this.#readings.length > 0 && this.#readings[0].atMs < sinceMs) {
      this.#readings.shift();
    }
    const ages = this.#readings.map((reading) => reading.ageMs).sort((a, b) => a - b);
    if (ages.length === 0) {
      return { kind: "none" };
    }
    const medianMs = ages[ages.length >> 1];
    const isPlausible = medianMs >= PLAUSIBLE_MS.min && medianMs <= PLAUSIBLE_MS.max;
    return { kind: isPlausible ? "measured" : "clocks-differ", medianMs, readings: ages.length };
  }

  #next(): void {
    this.#callback = this.#video.requestVideoFrameCallback?.((nowMs) => {
      this.#next();
      this.#frame(nowMs);
    });
  }

  #frame(nowMs: number): void {
    const everyMs = this.#misses < MISSES_UNTIL_RARE ? READ_EVERY_MS : RARE_EVERY_MS;
    if (nowMs - this.#lastTryMs < everyMs) {
      return;
    }
    this.#lastTryMs = nowMs;
    // Taken before the pixels are read: reading them must not count as latency.
    const wallMs = Date.now();
    void this.#read(wallMs, this.#run);
  }

  async #read(wallMs: number, run: number): Promise<void> {
    const stamp = await this.#reader.readVideo(this.#video);
    if (run !== this.#run) {
      return;
    }
    if (stamp === undefined) {
      this.#misses++;
    } else {
      this.#misses = 0;
      this.#readings.push({ atMs: performance.now(), ageMs: stampAgeMs(stamp, wallMs) });
    }
  }
}
