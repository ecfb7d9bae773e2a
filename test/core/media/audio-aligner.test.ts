import { describe, expect, test } from "vitest";
import { AudioAligner } from "../../../src/core/media/audio-aligner.js";

const BLOCK = 960;
const BLOCK_US = 20_000;

test("the first block sets the anchor, and times are the counter's", () => {
  const aligner = new AudioAligner({ sampleRateHz: 48_000 });
  expect(aligner.nextUs).toBeUndefined();
  expect(aligner.align(5000)).toEqual({ kind: "append" });
  aligner.advance(BLOCK);
  expect(aligner.nextUs).toBe(25_000);
});

test("a rate that does not divide a microsecond does not drift", () => {
  const aligner = new AudioAligner({ sampleRateHz: 44_100 });
  aligner.align(0);
  for (let i = 0; i < 44_100; i++) {
    aligner.advance(1024);
  }
  expect(aligner.nextUs).toBe(1_024_000_000);
});

describe("holes and overlaps", () => {
  function aligned(offsetUs: number) {
    const aligner = new AudioAligner({ sampleRateHz: 48_000 });
    aligner.align(0);
    aligner.advance(BLOCK);
    return { alignment: aligner.align(BLOCK_US + offsetUs), aligner };
  }

  test("jitter within the tolerance changes nothing", () => {
    expect(aligned(39_000).alignment.kind).toBe("append");
    expect(aligned(-39_000).alignment.kind).toBe("append");
  });

  test("a hole is filled to the sample, an overlap dropped", () => {
    expect(aligned(100_000).alignment).toEqual({ kind: "fill", sampleCount: 4800 });
    expect(aligned(-100_000).alignment).toEqual({ kind: "drop", sampleCount: 4800 });
  });

  test("a jump restarts the count, and is counted as a repair", () => {
    const { alignment, aligner } = aligned(5_000_000);
    expect(alignment.kind).toBe("restart");
    aligner.restartAt(5_020_000);
    expect(aligner.nextUs).toBe(5_020_000);
    expect(aligner.repairs).toBe(1);
  });
});

describe("a clock that runs wrong", () => {
  function run(ppm: number, seconds: number) {
    const aligner = new AudioAligner({ sampleRateHz: 48_000 });
    let worstUs = 0;
    let owed = 0;
    for (let i = 0; i < seconds * 50; i++) {
      const timeUs = i * BLOCK_US * (1 + ppm / 1e6);
      aligner.align(timeUs);
      worstUs = Math.max(worstUs, Math.abs(timeUs - (aligner.nextUs ?? 0)));
      // What a resampler does with it: the slew is spread over a second.
      owed += aligner.slewSamples / 50;
      const whole = Math.trunc(owed);
      owed -= whole;
      aligner.advance(BLOCK + whole);
    }
    return { worstUs, repairs: aligner.repairs };
  }

  test.each([100, -100, 300, -300])("%d ppm are followed within 5 ms, without a repair", (ppm) => {
    const { worstUs, repairs } = run(ppm, 300);
    expect(worstUs).toBeLessThan(5000);
    expect(repairs).toBe(0);
  });

  test("an exact clock is never slewed", () => {
    expect(run(0, 60).worstUs).toBe(0);
  });
});
