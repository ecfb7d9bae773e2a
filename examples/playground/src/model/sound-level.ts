// How loud the microphone is: a level to be looked at, and whether nothing comes at all.
import { signal } from "@preact/signals";

/** What the meter shows as nothing. */
const SILENCE_DB = -100;
/** Of the last moment, in dB of full scale: at most 0, -100 for nothing. */
export const levelDb = signal(SILENCE_DB);
/** Nothing has come for so long that somebody should look. */
export const isSilent = signal(false);

/** What the meter begins with. */
const METER_DB = -60;
const LOOK_MS = 80;
const QUIET_MS = 4000;
/** Below the noise of any microphone that is switched on. */
const DEAD_DB = -85;

/** The share of the meter that is filled, 0..1. */
export function meterShare(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / METER_DB));
}

/** The level of samples between -1 and 1: their root mean square. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  const power = samples.length === 0 ? 0 : sum / samples.length;
  return power === 0 ? SILENCE_DB : Math.max(SILENCE_DB, 10 * Math.log10(power));
}

/** Measures the sound of a stream until it is told to stop. Nothing is played. */
export function followLevel(stream: MediaStream): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heardMs = performance.now();
  // A page that nobody has touched yet measures nothing: its first click sets that right.
  const wake = (): void => void context.resume().catch(() => {});
  wake();
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const db = levelOf(samples);
    const nowMs = performance.now();
    if (db > DEAD_DB || context.state !== "running" || document.visibilityState !== "visible") {
      heardMs = nowMs;
    }
    levelDb.value = db;
    isSilent.value = nowMs - heardMs > QUIET_MS;
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    removeEventListener("pointerdown", wake);
    removeEventListener("keydown", wake);
    source.disconnect();
    void context.close();
    levelDb.value = SILENCE_DB;
    isSilent.value = false;
  };
}
