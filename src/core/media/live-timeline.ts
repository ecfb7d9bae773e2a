// The timeline of a live source: its own timestamps, moved onto our monotonic clock. A packet's place comes from the
// source's count, so the network's jitter is not in it; where the count lies on our clock comes from the packets that
// arrived with the least delay. One line over any number of connections.
import type { MediaMicros, Micros } from "../time/units.js";

/** How fast the line may follow a source whose clock runs slow: 250 µs a second, more than a crystal is off. */
const DRIFT_PER_SECOND = 250;
/** A step of a track's own count beyond this, which its arrival does not explain, is a jump of the source's clock. */
const JUMP_US: Micros = 1_000_000;
/** How far a packet's arrival may be off and still explain such a step: something was lost, the clock is right. */
const EXPLAINED_US: Micros = 500_000;
/** What comes ahead of its time tells nothing by its arrival: a step ahead is a jump when it is longer than this. */
const JUMP_AHEAD_US: Micros = 10_000_000;
/** After a jump of what comes ahead, the count goes on as if one picture had passed. */
const AFTER_JUMP_US: Micros = 40_000;
/** Later than this for as long as that, and the source lost time itself: the line moves with it. */
const LATE_US: Micros = 1_000_000;
const LATE_FOR_US: Micros = 10_000_000;
/** Encoded sound is counted, not measured; its count may be this far behind before a hole is left. */
const SOUND_TOLERANCE_US: Micros = 40_000;
/** Ahead, it may be by this share of a piece: then leaving one out brings it nearer. */
const SOUND_AHEAD_SHARE = 0.75;
/** Least time between two packets of one track. */
const LEAST_STEP_US: Micros = 1000;

/** The media of one source. */
export type LiveTrack = "video" | "audio";

/** What is known of one track: its newest count, what its jumps add up to, and where its last packet was placed. */
type Line = { seenUs: MediaMicros | undefined; correctionUs: Micros; placedUs: MediaMicros | undefined };

/** How packets come: `live`, as they happen; `ahead`, before their time, so that they have to be held back. */
export type LiveArrival = "live" | "ahead";

/** Places packets. Feed `observe` with every packet as it arrives, ask `place` for whatever came out of it. */
export class LiveTimeline {
  readonly #arrival: LiveArrival;
  readonly #lines: Record<LiveTrack, Line> = { video: newLine(), audio: newLine() };
  /** Monotonic time of media time 0. */
  #originUs: Micros | undefined;
  /** Media time minus the source's own count. */
  #offsetUs: Micros | undefined;
  #observedUs: Micros = 0;
  #nextSoundUs: MediaMicros | undefined;
  #lateSinceUs: Micros | undefined;
  #leastLateUs: Micros = 0;

  constructor({ arrival = "live" }: { readonly arrival?: LiveArrival } = {}) {
    this.#arrival = arrival;
  }

  /** A new connection, with a count of its own. The line goes on. */
  beginConnection(): void {
    this.#offsetUs = undefined;
    this.#lateSinceUs = undefined;
    for (const line of [this.#lines.video, this.#lines.audio]) {
      line.seenUs = undefined;
      line.correctionUs = 0;
    }
  }

  /** A packet whose count is `sourceUs` arrived at `nowUs`. */
  observe(track: LiveTrack, sourceUs: MediaMicros, nowUs: Micros): void {
    this.#originUs ??= nowUs;
    const line = this.#lines[track];
    const arrivalUs = nowUs - this.#originUs;
    this.#followJump(line, sourceUs, arrivalUs);
    line.seenUs = sourceUs;
    const arrivalOffsetUs = arrivalUs - sourceUs - line.correctionUs;
    if (this.#offsetUs === undefined) {
      this.#moveTo(arrivalOffsetUs, nowUs);
    } else if (this.#arrival === "live") {
      const crept = this.#offsetUs + ((nowUs - this.#observedUs) * DRIFT_PER_SECOND) / 1_000_000;
      this.#offsetUs = Math.min(arrivalOffsetUs, crept);
      this.#observedUs = nowUs;
      this.#followLateness(arrivalOffsetUs - this.#offsetUs, nowUs);
    } else if (arrivalOffsetUs - this.#offsetUs > LATE_US) {
      // Nothing was there in time: what follows is paced from here.
      this.#moveTo(arrivalOffsetUs, nowUs);
    }
  }

  /**
   * Media time of what the source counts as `sourceUs`, or, when it does not tell, what follows the last one by
   * `durationUs`. Later than the last one of the track, always.
   */
  place(track: LiveTrack, sourceUs: MediaMicros | undefined, durationUs: Micros): MediaMicros {
    const line = this.#lines[track];
    const lastUs = line.placedUs;
    const followingUs = lastUs === undefined ? 0 : lastUs + durationUs;
    const wantedUs =
      sourceUs === undefined || this.#offsetUs === undefined
        ? followingUs
        : Math.round(sourceUs + line.correctionUs + this.#offsetUs);
    line.placedUs = Math.max(wantedUs, lastUs === undefined ? 0 : lastUs + LEAST_STEP_US);
    return line.placedUs;
  }

  /**
   * Media time of a piece of encoded sound, which follows the last one to the microsecond as long as that is nearly true:
   * players take any other step for a loss. Undefined when its time is already full: leave it out.
   */
  placeSound(sourceUs: MediaMicros | undefined, durationUs: Micros): MediaMicros | undefined {
    const line = this.#lines.audio;
    const nextUs = this.#nextSoundUs;
    const wantedUs =
      sourceUs === undefined || this.#offsetUs === undefined
        ? (nextUs ?? 0)
        : Math.round(sourceUs + line.correctionUs + this.#offsetUs);
    if (nextUs !== undefined && wantedUs < nextUs - durationUs * SOUND_AHEAD_SHARE) {
      return undefined;
    }
    const isNext = nextUs !== undefined && wantedUs <= nextUs + SOUND_TOLERANCE_US;
    const timeUs = isNext ? nextUs : Math.max(0, wantedUs);
    this.#nextSoundUs = timeUs + durationUs;
    line.placedUs = timeUs;
    return timeUs;
  }

  /** When the packet that was last observed on this track is due on the monotonic clock; undefined before the first. */
  dueUs(track: LiveTrack): Micros | undefined {
    const { seenUs, correctionUs } = this.#lines[track];
    if (seenUs === undefined || this.#originUs === undefined || this.#offsetUs === undefined) {
      return undefined;
    }
    return this.#originUs + seenUs + correctionUs + this.#offsetUs;
  }

  /** One track's clock may be set while the other's goes on: each is corrected by itself. */
  #followJump(line: Line, sourceUs: MediaMicros, arrivalUs: Micros): void {
    if (line.seenUs === undefined || this.#offsetUs === undefined) {
      return;
    }
    const stepUs = sourceUs - line.seenUs;
    if (this.#arrival === "ahead") {
      if (stepUs < -JUMP_US || stepUs > JUMP_AHEAD_US) {
        line.correctionUs += AFTER_JUMP_US - stepUs;
      }
      return;
    }
    const lateUs = arrivalUs - sourceUs - line.correctionUs - this.#offsetUs;
    if (Math.abs(stepUs) > JUMP_US && Math.abs(lateUs) > EXPLAINED_US) {
      line.correctionUs += lateUs;
    }
  }

  #followLateness(lateUs: Micros, nowUs: Micros): void {
    if (lateUs <= LATE_US) {
      this.#lateSinceUs = undefined;
      return;
    }
    this.#leastLateUs = this.#lateSinceUs === undefined ? lateUs : Math.min(this.#leastLateUs, lateUs);
    this.#lateSinceUs ??= nowUs;
    if (nowUs - this.#lateSinceUs >= LATE_FOR_US) {
      this.#moveTo((this.#offsetUs ?? 0) + this.#leastLateUs, nowUs);
    }
  }

  #moveTo(offsetUs: Micros, nowUs: Micros): void {
    this.#offsetUs = offsetUs;
    this.#observedUs = nowUs;
    this.#lateSinceUs = undefined;
  }
}

function newLine(): Line {
  return { seenUs: undefined, correctionUs: 0, placedUs: undefined };
}
