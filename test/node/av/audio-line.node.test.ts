import type { Frame } from "node-av/lib";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { AudioLine } from "../../../src/node/av/audio-line.js";
import { silentFrame } from "../../../src/node/av/audio-pieces.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv, type NodeAv } from "../../../src/node/av/load-node-av.js";
import type { NativeAudioFrame } from "../../../src/node/av/native-audio-frame.js";

let av: NodeAv;
beforeAll(async () => {
  av = await loadNodeAv();
});

function setup() {
  const before = liveHandles();
  const line = new AudioLine();
  onTestFinished(() => {
    line.close();
    expect(liveHandles()).toEqual(before);
  });
  const taken: [timeUs: number, sampleCount: number][] = [];
  const note = (packet: NativeAudioFrame | undefined) => {
    if (packet !== undefined) {
      taken.push([packet.timeUs, packet.sampleCount]);
      packet.release();
    }
  };
  const feed = (timeUs: number, sampleCount: number, sampleRate = 48_000) => {
    line.put(sound(sampleCount, sampleRate), timeUs, 0);
    while (line.hasHead) {
      note(line.take());
    }
  };
  return { line, taken, feed, note };
}

function sound(sampleCount: number, sampleRate: number): Frame {
  const channelLayout = av.AV_CHANNEL_LAYOUT_STEREO;
  return silentFrame({ format: av.AV_SAMPLE_FMT_FLTP, sampleRate, channelLayout }, sampleCount);
}

test("sound that begins late has silence in front, in small pieces", () => {
  const { taken, feed } = setup();
  feed(50_000, 480);
  expect(taken).toEqual([
    [0, 960],
    [20_000, 960],
    [40_000, 480],
    [50_000, 480],
  ]);
});

test("rounded timestamps are ignored, an overlap is cut to the sample, a repetition falls away", () => {
  const { taken, feed } = setup();
  feed(0, 960);
  feed(21_000, 960);
  feed(30_000, 960);
  feed(20_000, 480);
  expect(taken).toEqual([
    [0, 960],
    [20_000, 960],
    [40_000, 480],
  ]);
});

test("nothing is taken beyond a given end", () => {
  const { line, taken, feed, note } = setup();
  feed(0, 960);
  line.put(sound(960, 48_000), 20_000, 0);
  note(line.takeUntil(25_000));
  line.put(sound(960, 48_000), 40_000, 0);
  note(line.takeUntil(25_000));
  expect(taken).toEqual([
    [0, 960],
    [20_000, 240],
  ]);
  expect([line.hasHead, line.nextUs, line.samplesUntil(25_000)]).toEqual([false, 25_000, 0]);
});

test("sound whose rate changes goes on where it was", () => {
  const { taken, feed } = setup();
  feed(0, 960);
  feed(20_000, 441, 44_100);
  feed(30_000, 480);
  expect(taken).toEqual([
    [0, 960],
    [20_000, 441],
    [30_000, 480],
  ]);
});
