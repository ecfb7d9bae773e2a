// The pictures of a file on the endless timeline: file times, durations and the order they must keep.
import type { MediaMicros, Micros } from "../../core/time/units.js";
import type { LanePacket } from "./media-lane.js";

/** A picture that has not got its place yet: a frame, or an access unit. `place` or `free` it, once. */
export type Picture = {
  place(place: { readonly timeUs: MediaMicros; readonly durationUs: Micros }): LanePacket;
  free(): void;
};

/** How long a picture is taken to last when neither the file nor the pictures before it tell. */
const FALLBACK_DURATION_US: Micros = 40_000;
/** Least time between two pictures whose times are equal or out of order. */
const LEAST_STEP_US: Micros = 1000;

/** Holds the next picture and remembers where the last one ended. */
export class VideoLine {
  readonly #nominalUs: Micros;
  #head: Picture | undefined;
  #headUs: MediaMicros = 0;
  #headDurationUs: Micros = 0;
  #lastUs: MediaMicros | undefined;
  #lastDurationUs: Micros;

  /** `fps` as the file claims; 0 when it does not. */
  constructor({ fps }: { readonly fps: number }) {
    this.#nominalUs = fps > 0 ? Math.round(1_000_000 / fps) : FALLBACK_DURATION_US;
    this.#lastDurationUs = this.#nominalUs;
  }

  /** Whether a picture is waiting. */
  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /** Time of the waiting picture. */
  get headUs(): MediaMicros {
    return this.#headUs;
  }

  /** Where the last picture that was taken ended, or undefined before the first. */
  get endUs(): MediaMicros | undefined {
    return this.#lastUs === undefined ? undefined : this.#lastUs + this.#lastDurationUs;
  }

  /** Takes a picture over; only when there is no head. `durationUs` is 0 when the file does not tell. */
  put(picture: Picture, timeUs: MediaMicros, durationUs: Micros): void {
    this.#head = picture;
    this.#headUs = this.#lastUs === undefined ? timeUs : Math.max(timeUs, this.#lastUs + LEAST_STEP_US);
    this.#headDurationUs = durationUs > 0 ? durationUs : this.#nominalUs;
  }

  /** Hands the waiting picture on. */
  take(): LanePacket | undefined {
    const packet = this.#head?.place({ timeUs: this.#headUs, durationUs: this.#headDurationUs });
    if (packet === undefined) {
      return undefined;
    }
    this.#head = undefined;
    this.#lastUs = this.#headUs;
    this.#lastDurationUs = this.#headDurationUs;
    return packet;
  }

  /** Frees the waiting picture. */
  close(): void {
    this.#head?.free();
    this.#head = undefined;
  }
}
