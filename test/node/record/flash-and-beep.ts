// When the test picture flashes and its sound beeps, in a file that was recorded of both.
import { TestPattern } from "../../../src/core/media/test-pattern/test-pattern.js";
import { playBack } from "./play-back.js";

/** Between the flash (white) and the patch without (dark). */
const BRIGHT = 128;
const LOUD = 0.05;
/** Flashes and beeps are a second apart, and shorter than half of it. */
const APART_S = 0.5;

/** Onsets, seconds. The picture fills the whole of the file's. */
export async function flashesAndBeeps(path: string): Promise<{ readonly flashes: number[]; readonly beeps: number[] }> {
  const flashes: number[] = [];
  const beeps: number[] = [];
  const tell = (onsets: number[], atS: number): void => {
    if (atS - (onsets.at(-1) ?? -1) > APART_S) {
      onsets.push(atS);
    }
  };
  let area: TestPattern["flashArea"] | undefined;
  await playBack(path, (kind, frame, timeS) => {
    const [plane] = (frame.extendedData ?? frame.data) as Buffer[];
    if (kind === "video") {
      area ??= new TestPattern({ width: frame.width, height: frame.height, label: "" }).flashArea;
      const row = area.y + (area.height >> 1);
      if (plane[row * frame.linesize[0] + area.x + (area.width >> 1)] > BRIGHT) {
        tell(flashes, timeS);
      }
      return;
    }
    const samples = new Float32Array(plane.buffer, plane.byteOffset, frame.nbSamples);
    const loud = samples.findIndex((sample) => Math.abs(sample) > LOUD);
    if (loud >= 0) {
      tell(beeps, timeS + loud / frame.sampleRate);
    }
  });
  return { flashes, beeps };
}
