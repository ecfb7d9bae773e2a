// How far sound and picture are apart where they come out of the browser's receivers: the test picture flashes and beeps
// at the same media time. The flash is timed when its frame is presented (requestVideoFrameCallback), the beep when its
// samples leave the audio jitter buffer (a Web Audio tap on the received track, mapped to the page's clock). What the
// screen and the loudspeaker add is not in it.
import { layOutPattern } from "../../src/core/media/test-pattern/pattern-layout.js";

/** A flash and its beep are nearer than this, or they are two different ones. */
const PAIR_WITHIN_MS = 400;
const FLASH_LUMA = 140;
const BEEP_LEVEL = 0.05;
/** Samples in one block of the tap: 5.3 ms at 48 kHz. */
const BLOCK = 256;

/** Watches one video element and its stream. */
export class SyncMeter {
  readonly #flashesMs: number[] = [];
  readonly #beepsMs: number[] = [];
  readonly #surface = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  #wasFlash = true;
  #wasBeep = true;

  /** Starts listening; the stream has sound already. */
  listen(stream: MediaStream): void {
    const context = new AudioContext({ latencyHint: "interactive" });
    // Deprecated and all that is needed: it runs on this thread, and each block says when it is played.
    const tap = context.createScriptProcessor(BLOCK, 1, 1);
    tap.onaudioprocess = (event) => {
      const samples = event.inputBuffer.getChannelData(0);
      const isBeep = samples.some((sample) => Math.abs(sample) > BEEP_LEVEL);
      if (isBeep && !this.#wasBeep) {
        const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
        this.#beepsMs.push(performanceTime + 1000 * (context.currentTime - contextTime));
      }
      this.#wasBeep = isBeep;
    };
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination);
  }

  /** A frame of `video` is presented now. */
  frame(video: HTMLVideoElement, nowMs: number): void {
    const { flash } = layOutPattern(video.videoWidth, video.videoHeight);
    this.#surface?.drawImage(video, flash.x + flash.width / 2, flash.y + flash.height / 2, 2, 2, 0, 0, 1, 1);
    const pixel = this.#surface?.getImageData(0, 0, 1, 1).data;
    const isFlash = pixel !== undefined && (pixel[0] + pixel[1] + pixel[2]) / 3 > FLASH_LUMA;
    if (isFlash && !this.#wasFlash) {
      this.#flashesMs.push(nowMs);
    }
    this.#wasFlash = isFlash;
  }

  /** For each flash with a beep: beep minus flash, so that positive is sound behind the picture. */
  offsetsMs(): number[] {
    return this.#flashesMs.flatMap((flashMs) => {
      const nearest = this.#beepsMs.reduce(
        (best, beepMs) => (Math.abs(beepMs - flashMs) < Math.abs(best - flashMs) ? beepMs : best),
        Number.POSITIVE_INFINITY,
      );
      return Math.abs(nearest - flashMs) < PAIR_WITHIN_MS ? [nearest - flashMs] : [];
    });
  }
}
