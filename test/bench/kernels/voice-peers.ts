// Who else listens for voice: WebRTC's detector as its npm WASM has it (libfvad).
// @ts-expect-error: the package has no types.
import createFvad from "@echogarden/fvad-wasm";
import { VOICE_FRAME_SAMPLES, VOICE_FRAMES, voiceSamples } from "../../../examples/playground/src/bench/cases/voice.js";
import type { CasePeer } from "../../../examples/playground/src/bench/kernel-case.js";

/** What we call of the module; it has no types of its own. */
type Fvad = {
  readonly HEAP16: Int16Array;
  _malloc(bytes: number): number;
  _fvad_new(): number;
  _fvad_set_mode(handle: number, mode: number): number;
  _fvad_set_sample_rate(handle: number, hz: number): number;
  _fvad_process(handle: number, samples: number, count: number): number;
};

const fvad = (await createFvad()) as Fvad;

/** The peers of case `voice band energies, 20 ms at 48 kHz`. */
export const voicePeers: CasePeer[] = [
  {
    name: "libfvad's npm WASM",
    prepare: () => {
      const samples = voiceSamples();
      const frames = Array.from({ length: VOICE_FRAMES }, (_, i) =>
        samples.subarray(i * VOICE_FRAME_SAMPLES, (i + 1) * VOICE_FRAME_SAMPLES),
      );
      const handle = fvad._fvad_new();
      fvad._fvad_set_mode(handle, 2);
      fvad._fvad_set_sample_rate(handle, 48_000);
      const at = fvad._malloc(2 * VOICE_FRAME_SAMPLES);
      let frame = 0;
      return {
        run: () => {
          fvad.HEAP16.set(frames[frame], at >> 1);
          frame = (frame + 1) % VOICE_FRAMES;
          fvad._fvad_process(handle, at, VOICE_FRAME_SAMPLES);
        },
      };
    },
  },
];
