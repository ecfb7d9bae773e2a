// What the tests of this room share: a folder that goes away, turns of the loop, and frames and sound to feed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { allocateSurface } from "../../../src/core/media/test-pattern/i420-surface.js";
import { TestPattern } from "../../../src/core/media/test-pattern/test-pattern.js";
import { PlainAudioFrame, PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";

/** A fresh folder, removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "floe-av-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Lets the loop run once: results of FFmpeg's threads arrive. */
export function nextTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/** Turns the loop until `condition` holds. The test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await nextTurn();
  }
}

/** Makes stamped pictures in plain memory: numbered from 0, at `fps`, captured at media time. */
export function pictureMaker(width = 320, height = 180, fps = 30): (index: number) => PlainVideoFrame {
  const pattern = new TestPattern({ width, height, label: "TEST" });
  const surface = allocateSurface(width, height);
  const state = pattern.prepare(surface);
  return (index) => {
    const timeUs = Math.round((index * 1_000_000) / fps);
    pattern.draw(surface, state, { index, timeUs, wallUs: timeUs });
    const { planes, strides } = surface;
    return new PlainVideoFrame({ width, height, format: "i420", planes, strides, timeUs });
  };
}

/** Sound in plain memory from a function of the time in seconds. */
export function soundOf(
  level: (seconds: number) => number,
  { timeUs, sampleCount, sampleRateHz = 48_000, channels = 2 }: SoundPlace,
): PlainAudioFrame {
  const samples = new Float32Array(sampleCount * channels);
  for (let i = 0; i < sampleCount; i++) {
    samples.fill(level(timeUs / 1_000_000 + i / sampleRateHz), i * channels, (i + 1) * channels);
  }
  const planes = [new Uint8Array(samples.buffer)];
  return new PlainAudioFrame({ sampleRateHz, channels, sampleCount, format: "f32", planes, timeUs });
}

/** Where a piece of sound is and what it is like. */
export type SoundPlace = {
  readonly timeUs: number;
  readonly sampleCount: number;
  readonly sampleRateHz?: number;
  readonly channels?: number;
};
