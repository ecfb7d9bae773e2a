// How far sound and picture are apart: the test picture flashes and beeps at the same media time.
//
// The flash counts when its frame is expected to be visible (requestVideoFrameCallback, expectedDisplayTime), the beep
// when its first sample leaves the audio jitter buffer (the time that Chromium gives the samples of a received track).
// How long the samples then take to the loudspeaker is in the browser's statistics and for the caller to add.
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
  #flashesMs: number[] = [];
  #beepsMs: number[] = [];
  readonly #luma: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** The samples' clock has the pace of the page's and an origin of its own: the quickest reading tells where it lies. */
  #audioOriginMs = Number.POSITIVE_INFINITY;
  #framesPresented = 0;
  #wasFlash = true;
  #wasBeep = true;

  /** Listens to the stream's sound until it ends. */
  async listen(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const samples = new Float32Array(4800);
    for (let read = await reader.read(); read.value !== undefined; read = await reader.read()) {
      const { timestamp, numberOfFrames, sampleRate } = read.value;
      this.#audioOriginMs = Math.min(this.#audioOriginMs, performance.now() - timestamp / 1000);
      read.value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      read.value.close();
      const first = samples.subarray(0, numberOfFrames).findIndex((sample) => Math.abs(sample) > BEEP_LEVEL);
      if (first >= 0 && !this.#wasBeep) {
        this.#beepsMs.push(timestamp / 1000 + (1000 * first) / sampleRate);
      }
      this.#wasBeep = first >= 0;
    }
  }

  /** A frame of `video` is presented: call it from the frame's callback. A flash whose frame before was missed is left out. */
  async frame(video: HTMLVideoElement, metadata: VideoFrameCallbackMetadata): Promise<void> {
    const isNext = metadata.presentedFrames === this.#framesPresented + 1;
    this.#framesPresented = metadata.presentedFrames;
    const isFlash = await this.#isFlash(video);
    if (isFlash && !this.#wasFlash && isNext) {
      this.#flashesMs.push(metadata.expectedDisplayTime);
    }
    this.#wasFlash = isFlash;
  }

  /** For each flash with a beep since the last call: beep minus flash, so that positive is sound behind the picture. */
  takeOffsetsMs(): number[] {
    const beepsMs = this.#beepsMs.map((beepMs) => beepMs + this.#audioOriginMs);
    const offsetsMs = this.#flashesMs.flatMap((flashMs) => {
      const nearest = beepsMs.reduce(
        (best, beepMs) => (Math.abs(beepMs - flashMs) < Math.abs(best - flashMs) ? beepMs : best),
        Number.POSITIVE_INFINITY,
      );
      return Math.abs(nearest - flashMs) < PAIR_WITHIN_MS ? [nearest - flashMs] : [];
    });
    this.#flashesMs = [];
    this.#beepsMs = [];
    return offsetsMs;
  }

  /** Whether the frame that is shown now has its flash lit: two pixels of it, without drawing the whole picture. */
  async #isFlash(video: HTMLVideoElement): Promise<boolean> {
    const { flash } = layOutPattern(video.videoWidth, video.videoHeight);
    const middle = (from: number, length: number): number => 2 * Math.round((from + length / 2) / 2);
    const rect = { x: middle(flash.x, flash.width), y: middle(flash.y, flash.height), width: 2, height: 2 };
    const frame = new VideoFrame(video);
    try {
      const [{ offset }] = await frame.copyTo(this.#luma, { rect });
      return this.#luma[offset] > FLASH_LUMA;
    } catch {
      // A frame may be lost with its decoder while it is copied.
      return this.#wasFlash;
    } finally {
      frame.close();
    }
  }
}
