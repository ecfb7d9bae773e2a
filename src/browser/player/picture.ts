// The video element of a player: shows a stream, obeys the autoplay policy, and tells when the first picture is there.
import { Signal } from "../../core/signal/signal.js";

/** A video element that plays one live stream at a time. Owns the element's `srcObject`, `muted` and playback. */
export class Picture {
  /** The element. Style it and read from it; leave its source and sound to this class. */
  readonly video: HTMLVideoElement;
  /** The first frame (or, of a stream without video, the first sound) of the stream is presented. */
  readonly started: Signal = new Signal();
  /** `isSoundBlocked` changed. */
  readonly soundBlockedChanged: Signal<boolean> = new Signal();
  #isSoundBlocked = false;
  #wantsMuted = false;
  #awaitsFirst = false;
  #isGivenAgain = false;
  #frameCallback: number | undefined;

  constructor(video: HTMLVideoElement) {
    this.video = video;
    video.autoplay = true;
    video.playsInline = true;
    video.addEventListener("playing", () => this.#first());
  }

  /** Whether the browser refused sound without a gesture, so that the picture plays muted against the viewer's wish. */
  get isSoundBlocked(): boolean {
    return this.#isSoundBlocked;
  }

  /** Whether the viewer asked for silence. Unmuting inside a gesture (a click, a key) always works. */
  get muted(): boolean {
    return this.#wantsMuted;
  }

  set muted(muted: boolean) {
    this.#wantsMuted = muted;
    this.#applySound();
  }

  /** 0 (silent) to 1 (as loud as it comes); values outside are brought inside. */
  get volume(): number {
    return this.video.volume;
  }

  set volume(volume: number) {
    this.video.volume = Number.isFinite(volume) ? Math.min(1, Math.max(0, volume)) : 1;
  }

  /** Shows a stream from its first frame on. The same stream again changes nothing. */
  show(stream: MediaStream): void {
    if (this.video.srcObject === stream) {
      return;
    }
    this.#awaitsFirst = true;
    this.#isGivenAgain = false;
    this.video.srcObject = stream;
    this.#cancelFrameCallback();
    // In a hidden tab no frame is ever presented; the "playing" event covers that, and streams without video.
    this.#frameCallback = this.video.requestVideoFrameCallback?.(() => this.#first());
    this.#applySound();
  }

  /**
   * The stream has its tracks. Chromium never starts an element that was given an empty stream which then gets sound
   * alone, so such a stream is given once more.
   */
  tracksKnown(): void {
    const stream = this.video.srcObject;
    const isSoundAlone =
      stream instanceof MediaStream && stream.getAudioTracks().length > 0 && stream.getVideoTracks().length === 0;
    if (this.#awaitsFirst && isSoundAlone && !this.#isGivenAgain) {
      this.#isGivenAgain = true;
      this.video.srcObject = null;
      this.video.srcObject = stream;
      this.#applySound();
    }
  }

  /** Lets go of the stream; the element turns black. */
  clear(): void {
    this.#awaitsFirst = false;
    this.#cancelFrameCallback();
    if (this.video.srcObject !== null) {
      this.video.srcObject = null;
    }
    this.#setSoundBlocked(false);
  }

  #applySound(): void {
    this.#setSoundBlocked(false);
    this.video.muted = this.#wantsMuted;
    if (this.video.srcObject !== null) {
      void this.#play();
    }
  }

  /** Plays with sound if the browser lets us, muted if not. Both promises also end when the stream is replaced. */
  async #play(): Promise<void> {
    const stream = this.video.srcObject;
    const refused = await this.video.play().then(ok, isRefusal);
    if (refused && !this.video.muted && this.video.srcObject === stream) {
      this.video.muted = true;
      this.#setSoundBlocked(true);
      await this.video.play().then(ok, isRefusal);
    }
  }

  #first(): void {
    if (this.#awaitsFirst) {
      this.#awaitsFirst = false;
      this.started.emit();
    }
  }

  #cancelFrameCallback(): void {
    if (this.#frameCallback !== undefined) {
      this.video.cancelVideoFrameCallback(this.#frameCallback);
      this.#frameCallback = undefined;
    }
  }

  #setSoundBlocked(isBlocked: boolean): void {
    if (this.#isSoundBlocked !== isBlocked) {
      this.#isSoundBlocked = isBlocked;
      this.soundBlockedChanged.emit(isBlocked);
    }
  }
}

const ok = (): boolean => false;
const isRefusal = (reason: unknown): boolean => reason instanceof DOMException && reason.name === "NotAllowedError";
