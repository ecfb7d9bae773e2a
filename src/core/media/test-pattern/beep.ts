// The sound of the test source: a soft beep at every whole second of media time, silence between.
import { FLASH_PERIOD_US, FLASH_US } from "./flash.js";

/** Pitch and loudness of the beep; the edges fade so that they do not click. */
const BEEP_HZ = 1000;
const BEEP_LEVEL = 0.25;
const FADE_SECONDS = 0.002;

/** Makes interleaved 32-bit float samples. The beep is made once. */
export class Beeper {
  readonly #channels: number;
  readonly #periodSamples: number;
  readonly #beep: Float32Array;

  constructor({ sampleRateHz, channels }: { readonly sampleRateHz: number; readonly channels: number }) {
    this.#channels = channels;
    this.#periodSamples = Math.round((FLASH_PERIOD_US * sampleRateHz) / 1_000_000);
    const length = Math.round((FLASH_US * sampleRateHz) / 1_000_000);
    const fade = FADE_SECONDS * sampleRateHz;
    this.#beep = Float32Array.from({ length }, (_, i) => {
      const level = BEEP_LEVEL * Math.min(1, i / fade, (length - 1 - i) / fade);
      return level * Math.sin((2 * Math.PI * BEEP_HZ * i) / sampleRateHz);
    });
  }

  /** Fills `samples` (interleaved, whole frames) with the sound that begins at sample `first` of the stream. */
  render(samples: Float32Array, first: number): void {
    const channels = this.#channels;
    const count = samples.length / channels;
    for (let i = 0; i < count; i++) {
      const position = (first + i) % this.#periodSamples;
      const level = position < this.#beep.length ? this.#beep[position] : 0;
      for (let channel = 0; channel < channels; channel++) {
        samples[i * channels + channel] = level;
      }
    }
  }
}
