// When the published picture flashes and the published sound beeps, by the times that the browser gives what its devices capture.

const FLASH_LUMA = 150;
const BEEP_LEVEL = 0.05;

/** Chromium's, not yet in the compiler's library. */
declare class MediaStreamTrackProcessor<T> {
  constructor(init: { readonly track: MediaStreamTrack });
  readonly readable: ReadableStream<T>;
}

/** Milliseconds on the page's clock. */
export type Captured = { readonly flashesMs: readonly number[]; readonly beepsMs: readonly number[] };

/** Listens to both tracks of a stream until they end. */
export class CaptureMeter {
  readonly #flashesMs: number[] = [];
  readonly #beepsMs: number[] = [];
  /** Pictures and sound have clocks of one pace with origins of their own: the quickest delivery tells where each lies. */
  #videoOriginMs = Number.POSITIVE_INFINITY;
  #audioOriginMs = Number.POSITIVE_INFINITY;

  constructor(stream: MediaStream) {
    void this.#watch(stream.getVideoTracks()[0]);
    void this.#listen(stream.getAudioTracks()[0]);
  }

  /** What was seen and heard so far. */
  get captured(): Captured {
    return {
      flashesMs: this.#flashesMs.map((atMs) => atMs + this.#videoOriginMs),
      beepsMs: this.#beepsMs.map((atMs) => atMs + this.#audioOriginMs),
    };
  }

  async #watch(track: MediaStreamTrack): Promise<void> {
    const reader = new MediaStreamTrackProcessor<VideoFrame>({ track }).readable.getReader();
    let wasFlash = true;
    for (let read = await reader.read(); read.value !== undefined; read = await reader.read()) {
      const frame = read.value;
      const atMs = frame.timestamp / 1000;
      this.#videoOriginMs = Math.min(this.#videoOriginMs, performance.now() - atMs);
      const picture = new Uint8Array(frame.allocationSize());
      const [luma] = await frame.copyTo(picture);
      const middle = luma.offset + luma.stride * (frame.codedHeight >> 1) + (frame.codedWidth >> 1);
      const isFlash = picture[middle] > FLASH_LUMA;
      if (isFlash && !wasFlash) {
        this.#flashesMs.push(atMs);
      }
      wasFlash = isFlash;
      frame.close();
    }
  }

  async #listen(track: MediaStreamTrack): Promise<void> {
    const reader = new MediaStreamTrackProcessor<AudioData>({ track }).readable.getReader();
    const samples = new Float32Array(4800);
    let wasBeep = true;
    for (let read = await reader.read(); read.value !== undefined; read = await reader.read()) {
      const { timestamp, numberOfFrames, sampleRate } = read.value;
      const atMs = timestamp / 1000;
      this.#audioOriginMs = Math.min(this.#audioOriginMs, performance.now() - atMs);
      read.value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      read.value.close();
      const first = samples.subarray(0, numberOfFrames).findIndex((sample) => Math.abs(sample) > BEEP_LEVEL);
      if (first >= 0 && !wasBeep) {
        this.#beepsMs.push(atMs + (1000 * first) / sampleRate);
      }
      wasBeep = first >= 0;
    }
  }
}
