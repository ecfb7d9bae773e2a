// One timeline for all streams of a sender: sound and picture that were made together get the same time (RFC 3550 6.4.1: sender
// reports tell where RTP time and wall time meet).
//
// Before a stream's first report its times follow its arrivals. The first report of any stream fixes where wall time lies on
// the timeline; the others are moved to fit, by 5 % of the time that passes at most, so that times go on growing.
import type { NtpTime } from "../../time/ntp.js";
import { type MediaMicros, type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import { timestampDistance } from "../sequence.js";

/** Reports of one stream that disagree by more: the sender's wall clock was set. */
const CLOCK_JUMP_US: Micros = milliseconds(30);
/** How far a stream's first report may move it, and a later one. What says more is a wall clock that was set in between. */
const MOST_FIRST_MOVE_US: Micros = milliseconds(2000);
const MOST_LATER_MOVE_US: Micros = milliseconds(500);
/** Timestamps that leave arrivals by more began anew. */
const TIMESTAMP_JUMP_US: Micros = milliseconds(10_000);
/** Behind an interruption timestamps that leave arrivals by more are of a source that began anew. */
const GOES_ON_US: Micros = milliseconds(1000);
const SLEW = 0.05;

/** Where the streams of one sender meet. */
export class MediaClock {
  /** Arrival of the first packet of all: media time 0. */
  #originUs: Micros | undefined;
  #reference: NtpTime | undefined;
  /** Wall time at media time 0, counted from `#reference`; undefined before the first report. */
  #zeroUs: number | undefined;

  /** A stream that shares this timeline. */
  stream(clockRateHz: number): StreamClock {
    return new StreamClock(this, clockRateHz);
  }

  /** @internal */
  arrivalUs(nowUs: Micros): MediaMicros {
    this.#originUs ??= nowUs;
    return nowUs - this.#originUs;
  }

  /** Wall time in microseconds from the first one heard, over the end of NTP's era. @internal */
  wallUs(ntp: NtpTime): number {
    this.#reference ??= ntp;
    const wholeSeconds = (ntp.seconds - this.#reference.seconds) | 0;
    return wholeSeconds * 1_000_000 + ((ntp.fraction - this.#reference.fraction) * 1_000_000) / 4_294_967_296;
  }

  /** The media time of a wall time; who asks first says what it is. @internal */
  mediaUs(wallUs: number, isUs: MediaMicros): MediaMicros {
    this.#zeroUs ??= wallUs - isUs;
    return wallUs - this.#zeroUs;
  }
}

/** One stream's timestamps on the sender's timeline. */
export class StreamClock {
  /** Steps of the sender's wall clock that its reports showed. */
  clockJumps = 0;
  /** Reports that were believed. */
  reports = 0;
  readonly #clock: MediaClock;
  readonly #clockRateHz: number;
  #last: RtpTicks | undefined;
  #lastArrivalUs: Micros = 0;
  #lastTimeUs: MediaMicros = Number.NEGATIVE_INFINITY;
  /** The line: `#baseUs` at `#ticks` 0, moved by `#moveUs`. */
  #baseUs: MediaMicros = 0;
  #ticks = 0;
  #moveUs: Micros = 0;
  #wantedUs: Micros = 0;
  #report: { readonly wallUs: number; readonly timestamp: RtpTicks } | undefined;
  /** What steps of the wall clock add up to: taken off, so that there is no step left. */
  #jumpsUs = 0;
  #isPlaced = false;

  /** @internal */
  constructor(clock: MediaClock, clockRateHz: number) {
    this.#clock = clock;
    this.#clockRateHz = clockRateHz;
  }

  /** How far this stream still has to move to be in sync; 0 when it is, or when nothing is known. */
  get outOfSyncUs(): Micros {
    return Math.round(this.#wantedUs - this.#moveUs);
  }

  /** Whether a sender report says where the stream lies. */
  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /**
   * The time of a packet that arrived at `arrivalUs`. Packets come in order. Media time 0 is the arrival of the sender's first packet
   * that was asked about: what was made before it has a time a little below 0.
   */
  timeUs(timestamp: RtpTicks, arrivalUs: Micros): MediaMicros {
    if (this.#last === timestamp) {
      return this.#lastTimeUs;
    }
    const step = this.#last === undefined ? 0 : timestampDistance(this.#last, timestamp);
    const stepUs = this.#toUs(step);
    if (this.#last === undefined || Math.abs(stepUs - (arrivalUs - this.#lastArrivalUs)) > TIMESTAMP_JUMP_US) {
      this.#begin(timestamp, arrivalUs);
    } else {
      this.#ticks += step;
      this.#slew(Math.abs(stepUs) * SLEW);
    }
    this.#last = timestamp;
    this.#lastArrivalUs = arrivalUs;
    this.#lastTimeUs = Math.round(this.#lineUs(0) + this.#moveUs);
    return this.#lastTimeUs;
  }

  /** A sender report of the stream came. One at wall time 0 is of a sender that has no clock (RFC 3550 6.4.1), and says nothing. */
  senderReport(ntp: NtpTime, timestamp: RtpTicks): void {
    if (ntp.seconds === 0 && ntp.fraction === 0) {
      return;
    }
    const wallUs = this.#clock.wallUs(ntp);
    const before = this.#report;
    if (before !== undefined) {
      const jumpUs = wallUs - before.wallUs - this.#toUs(timestampDistance(before.timestamp, timestamp));
      if (Math.abs(jumpUs) > CLOCK_JUMP_US) {
        this.#jumpsUs += jumpUs;
        this.clockJumps++;
      }
    }
    this.#report = { wallUs, timestamp };
    this.reports++;
    this.#place();
  }

  /** Another source goes on with this stream: its timestamps are others, its reports as well. */
  restart(): void {
    this.#last = undefined;
    this.#report = undefined;
  }

  /** The source numbers its packets anew, or thousands are lost: it goes on where it was, unless its timestamps say otherwise. */
  renumbered(timestamp: RtpTicks, arrivalUs: Micros): void {
    const stepUs = this.#last === undefined ? 0 : this.#toUs(timestampDistance(this.#last, timestamp));
    if (Math.abs(stepUs - (arrivalUs - this.#lastArrivalUs)) > GOES_ON_US) {
      this.restart();
    }
  }

  #begin(timestamp: RtpTicks, arrivalUs: Micros): void {
    const hasBegun = this.#last !== undefined;
    this.#ticks = 0;
    this.#last = timestamp;
    this.#moveUs = 0;
    this.#wantedUs = 0;
    this.#isPlaced = false;
    this.#baseUs = Math.max(this.#clock.arrivalUs(arrivalUs), this.#lastTimeUs);
    if (hasBegun) {
      this.#report = undefined;
    }
    this.#place();
    // Nothing was handed on from this line yet: it may begin where it belongs.
    this.#moveUs = Math.max(this.#wantedUs, this.#lastTimeUs - this.#baseUs);
  }

  /** Moves the line to where the newest report says that it is. */
  #place(): void {
    if (this.#report === undefined || this.#last === undefined) {
      return;
    }
    const { wallUs, timestamp } = this.#report;
    const lineUs = this.#lineUs(timestampDistance(this.#last, timestamp));
    const mediaUs = this.#clock.mediaUs(wallUs - this.#jumpsUs, lineUs + this.#moveUs);
    const wantedUs = mediaUs - lineUs;
    // Against what the reports before have said, which the line may still be on its way to.
    const [saidUs, mostUs] = this.#isPlaced ? [this.#wantedUs, MOST_LATER_MOVE_US] : [this.#moveUs, MOST_FIRST_MOVE_US];
    if (Math.abs(wantedUs - saidUs) > mostUs) {
      this.#jumpsUs += wantedUs - saidUs;
      this.clockJumps++;
    } else {
      this.#wantedUs = wantedUs;
    }
    this.#isPlaced = true;
  }

  #slew(mostUs: Micros): void {
    const missingUs = this.#wantedUs - this.#moveUs;
    this.#moveUs += Math.max(-mostUs, Math.min(mostUs, missingUs));
  }

  #lineUs(aheadTicks: number): MediaMicros {
    return this.#baseUs + this.#toUs(this.#ticks + aheadTicks);
  }

  #toUs(ticks: number): Micros {
    return (ticks * 1_000_000) / this.#clockRateHz;
  }
}
