// Kernel band-energies: what voice activity is told by, every 20 ms.
import { BandEnergies } from "floe";
import { digestBytes, digestText } from "../digest.js";
import { MIB } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

/** Samples of 20 ms at 48 kHz. */
export const VOICE_FRAME_SAMPLES = 960;
/** Frames that are worked through in turn. */
export const VOICE_FRAMES = 64;

/** Something between a voice and noise: a tone that swells three times a second, and whole numbers from a seed. */
export function voiceSamples(): Int16Array {
  const samples = new Int16Array(VOICE_FRAME_SAMPLES * VOICE_FRAMES);
  let state = 1;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // A parabola for a sine: nothing here may differ between engines.
    const phase = (i % 110) - 55;
    const tone = phase < 0 ? phase * (phase + 55) : phase * (55 - phase);
    const swell = Math.abs((i % 16_000) - 8000);
    samples[i] = ((tone * swell) >> 9) + ((state >>> 20) - 2048);
  }
  return samples;
}

/** The cases of kernel band-energies. */
export const voiceCases: readonly KernelCase[] = [
  {
    kernel: "band-energies",
    id: "voice band energies, 20 ms at 48 kHz",
    measures:
      "Takes 20 ms of sound down to the frequencies of speech, then a Fourier transform and the energy in six bands: what tells whether somebody speaks.",
    per: "frame",
    perCall: 1,
    arenaBytes: MIB,
    prepare: (side) => {
      const samples = voiceSamples();
      const bands = new BandEnergies({ ...side, maxFrames: 1 });
      const input = side.arena.reserve("bench sound", 2 * VOICE_FRAME_SAMPLES);
      const written = new Int16Array(side.arena.memory.bytes.buffer, input.address, VOICE_FRAME_SAMPLES);
      const frames = Array.from({ length: VOICE_FRAMES }, (_, i) =>
        samples.subarray(i * VOICE_FRAME_SAMPLES, (i + 1) * VOICE_FRAME_SAMPLES),
      );
      let frame = 0;
      return {
        // The copy of a frame into the arena is part of the work.
        run: () => {
          written.set(frames[frame]);
          frame = (frame + 1) % VOICE_FRAMES;
          bands.measure(input, 1);
        },
        digest: () => {
          const { buffer, byteOffset, byteLength } = bands.energies;
          return digestText(digestBytes(new Uint8Array(buffer, byteOffset, byteLength)));
        },
      };
    },
  },
];
