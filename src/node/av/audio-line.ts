// The sound of a file as one unbroken run of samples: holes become silence, overlaps are cut, and a pass ends exactly
// at the sample where the next one begins.
import type { Frame } from "node-av/lib";
import { AudioAligner } from "../../core/media/audio-aligner.js";
import type { MediaMicros } from "../../core/time/units.js";
import { silentFrame, sliceFrame } from "./audio-pieces.js";
import { freeFrame, referenceFrame } from "./live-handles.js";
import { NativeAudioFrame } from "./native-audio-frame.js";

/** Timestamps of some containers are whole milliseconds: a difference below this is rounding. */
const ROUNDING_US = 3000;
/** Silence is made in pieces of this length. */
const SILENCE_MS = 20;

/** Turns decoded frames with file times into contiguous packets. Owns one frame that is next in line. */
export class AudioLine {
  #aligner: AudioAligner | undefined;
  /** A tiny frame of the file's own sound: what silence has to look like. */
  #sample: Frame | undefined;
  #head: Frame | undefined;
  #headUs: MediaMicros = 0;

  /** Whether a decoded frame is waiting. */
  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /** Whether any sound has ever come. */
  get isStarted(): boolean {
    return this.#aligner !== undefined;
  }

  /** Where the next sample belongs; 0 before the first. */
  get nextUs(): MediaMicros {
    return this.#aligner?.nextUs ?? 0;
  }

  /** Takes the next decoded frame over; only when there is no head. `passUs`: where the present pass began. */
  put(frame: Frame, timeUs: MediaMicros, passUs: MediaMicros): void {
    if (this.#sample === undefined || !isAlike(this.#sample, frame)) {
      this.#beginRun(frame, this.#aligner?.nextUs ?? passUs);
    }
    this.#head = frame;
    this.#headUs = timeUs;
  }

  /** The next packet from the head: silence in front of it, or the head itself; undefined when it fell away. */
  take(): NativeAudioFrame | undefined {
    const head = this.#head;
    const aligner = this.#aligner;
    if (head === undefined || aligner === undefined) {
      return undefined;
    }
    const alignment = aligner.align(this.#headUs);
    if (alignment.kind === "fill") {
      return this.takeSilence(alignment.sampleCount);
    }
    this.#head = undefined;
    const dropped = alignment.kind === "drop" ? Math.min(alignment.sampleCount, head.nbSamples) : 0;
    if (dropped === 0) {
      return this.#emit(head);
    }
    return this.#emitSlice(head, dropped, head.nbSamples - dropped);
  }

  /** As `take`, but nothing beyond `endUs`: what crosses it is cut, what lies behind it falls away. */
  takeUntil(endUs: MediaMicros): NativeAudioFrame | undefined {
    const head = this.#head;
    const room = this.samplesUntil(endUs);
    if (head !== undefined && room <= 0) {
      this.dropHead();
      return undefined;
    }
    const packet = this.take();
    if (packet === undefined || packet.sampleCount <= room) {
      return packet;
    }
    this.#aligner?.advance(room - packet.sampleCount);
    const cut = new NativeAudioFrame(sliceFrame(packet.avFrame, 0, room), packet);
    packet.release();
    return cut;
  }

  /** Samples from the next one to `timeUs`. */
  samplesUntil(timeUs: MediaMicros): number {
    return this.#aligner?.samplesUntil(timeUs) ?? 0;
  }

  /** The next piece of silence, of at most `sampleCount` samples (> 0). */
  takeSilence(sampleCount: number): NativeAudioFrame {
    const sample = this.#sample as Frame;
    const piece = Math.round((sample.sampleRate * SILENCE_MS) / 1000);
    return this.#emit(silentFrame(sample, Math.min(sampleCount, piece)));
  }

  /** Frees the head, if there is one. */
  dropHead(): void {
    if (this.#head !== undefined) {
      freeFrame(this.#head);
      this.#head = undefined;
    }
  }

  /** Frees everything. */
  close(): void {
    this.dropHead();
    if (this.#sample !== undefined) {
      freeFrame(this.#sample);
      this.#sample = undefined;
    }
  }

  /** Sound of another shape (a broadcast that changes, damage) is a new count that goes on where the old one was. */
  #beginRun(frame: Frame, atUs: MediaMicros): void {
    this.#aligner = new AudioAligner({
      sampleRateHz: frame.sampleRate,
      toleranceUs: ROUNDING_US,
      maxRepairUs: Number.MAX_SAFE_INTEGER,
    });
    this.#aligner.restartAt(atUs);
    if (this.#sample !== undefined) {
      freeFrame(this.#sample);
    }
    this.#sample = referenceFrame(frame);
  }

  #emitSlice(frame: Frame, from: number, sampleCount: number): NativeAudioFrame | undefined {
    try {
      return sampleCount === 0 ? undefined : this.#emit(sliceFrame(frame, from, sampleCount));
    } finally {
      freeFrame(frame);
    }
  }

  #emit(frame: Frame): NativeAudioFrame {
    const packet = new NativeAudioFrame(frame, { timeUs: this.nextUs });
    this.#aligner?.advance(packet.sampleCount);
    return packet;
  }
}

function isAlike(one: Frame, other: Frame): boolean {
  return one.sampleRate === other.sampleRate && one.format === other.format && one.channels === other.channels;
}
