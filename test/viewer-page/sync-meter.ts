// How far sound and picture are apart where they come out of the browser's receivers: the test picture flashes and beeps
// at the same media time. The flash is timed when its frame is presented (requestVideoFrameCallback), the beep when its
// samples leave the audio jitter buffer (MediaStreamTrackProcessor on the received track, 10 ms at a time). What the
// screen and the loudspeaker add is not in it.
import { layOutPattern } from "../../src/core/media/test-pattern/pattern-layout.js";

/** A flash and its beep are nearer than this, or they are two different ones. */
const PAIR_WITHIN_MS = 400;
const FLASH_LUMA = 140;
const BEEP_LEVEL = 0.05;
/** Chromium's, not yet in the compiler's library. */
declare class MediaStreamTrackProcessor {
  constructor(init: { readonly track: MediaStreamTrack });
  readonly readable: ReadableStream<AudioData>;
}

/** Watches one video element and its stream. */
export class SyncMeter {
  readonly #flashesMs: number[] = [];
  readonly #beepsMs: number[] = [];
  readonly #surface = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  #wasFlash = true;
  #wasBeep = true;

  /** Listens to the stream's sound until it ends. */
  async listen(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const samples = new Float32Array(4800);
    for (let read = await reader.read(); read.value !== undefined; read = await reader.read()) {
      const nowMs = performance.now();
      const data = read.value;
      data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const first = samples.subarray(0, data.numberOfFrames).findIndex((sample) => Math.abs(sample) > BEEP_LEVEL);
      if (first >= 0 && !this.#wasBeep) {
        this.#beepsMs.push(nowMs + (1000 * (first - data.numberOfFrames)) / data.sampleRate);
      }
      this.#wasBeep = first >= 0;
      data.close();
    }
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
