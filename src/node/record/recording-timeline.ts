// Where packets belong in a recording: the media times of its tracks as one run that begins at 0, leaves out pauses, and stays
// even when the publisher's clock does not.
import { type MediaMicros, type Micros, seconds } from "../../core/time/units.js";
import type { RecordingGap } from "./recording-sink.js";

/** The tracks of a recording. */
export type TrackName = "video" | "audio";

/** Time without packets that counts as a gap. */
export const GAP_US: Micros = seconds(1);
const MAX_GAPS = 100;
/** A step back by more than this is another clock; less is disorder, and moves behind the packet before. */
const JUMP_BACK_US = seconds(1);
/** A step ahead by more than this, when nothing of the recording is near, is another clock; less is a gap. */
const JUMP_AHEAD_US = seconds(60);

/** What is known of one track. */
type Track = {
  /** Time in the recording less media time; undefined until a packet says. */
  offsetUs: Micros | undefined;
  /** Where its last packet began and ended, in the recording. */
  lastUs: Micros;
  endUs: Micros;
};

/** Times of one recording. */
export class RecordingTimeline {
  readonly #tracks: Readonly<Record<TrackName, Track>> = { video: noTrack(), audio: noTrack() };
  readonly #gaps: RecordingGap[] = [];
  #gapCount = 0;
  #isBegun = false;
  #endUs: Micros = 0;

  /** The end of what was recorded. */
  get endUs(): Micros {
    return this.#endUs;
  }

  /** At most 100 of them; `gapCount` counts all. */
  get gaps(): readonly RecordingGap[] {
    return this.#gaps;
  }

  get gapCount(): number {
    return this.#gapCount;
  }

  /** Media time `timeUs` goes on where the recording ended. Quiet when it goes on already. */
  begin(timeUs: MediaMicros): void {
    if (!this.#isBegun) {
      this.#isBegun = true;
      for (const track of Object.values(this.#tracks)) {
        track.offsetUs = this.#endUs - timeUs;
        track.lastUs = this.#endUs;
        track.endUs = this.#endUs;
      }
    }
  }

  /** What comes next has nothing to do with what came: its time is not part of the recording. */
  interrupt(): void {
    this.#isBegun = false;
  }

  /** Where a packet that was made at `timeUs` belongs. */
  place(name: TrackName, timeUs: MediaMicros): Micros {
    this.begin(timeUs);
    const track = this.#tracks[name];
    const atUs = timeUs + (track.offsetUs ?? 0);
    if (this.#fits(track, atUs)) {
      return atUs;
    }
    // The other track may have seen the jump before: then both are in sync again.
    const { offsetUs } = this.#tracks[name === "video" ? "audio" : "video"];
    const isShared = offsetUs !== undefined && this.#fits(track, timeUs + offsetUs);
    track.offsetUs = isShared ? offsetUs : this.#nextOf(track) - timeUs;
    if (!isShared) {
      this.#tell({ atUs: this.#endUs, durationUs: 0 });
    }
    return timeUs + (track.offsetUs ?? 0);
  }

  /** A packet was written where `place` said. */
  wrote(name: TrackName, atUs: Micros, durationUs: Micros): void {
    const track = this.#tracks[name];
    track.lastUs = atUs;
    track.endUs = atUs + durationUs;
    if (atUs - this.#endUs >= GAP_US) {
      this.#tell({ atUs: this.#endUs, durationUs: atUs - this.#endUs });
    }
    this.#endUs = Math.max(this.#endUs, track.endUs);
  }

  /** Where the next packet of a track is expected. */
  nextUs(name: TrackName): Micros {
    return this.#tracks[name].endUs;
  }

  #fits({ lastUs }: Track, atUs: Micros): boolean {
    return atUs >= lastUs - JUMP_BACK_US && atUs <= this.#endUs + JUMP_AHEAD_US;
  }

  /** Behind the track's own end; where it was silent for long, at the end of all. */
  #nextOf({ endUs }: Track): Micros {
    return this.#endUs - endUs < GAP_US ? endUs : this.#endUs;
  }

  #tell(gap: RecordingGap): void {
    this.#gapCount++;
    if (this.#gaps.length < MAX_GAPS) {
      this.#gaps.push(gap);
    }
  }
}

function noTrack(): Track {
  return { offsetUs: undefined, lastUs: 0, endUs: 0 };
}
