import { describe, expect, test } from "vitest";
import { readerFor } from "../../../src/browser/av/track-frames.js";
import { VideoTrackSource } from "../../../src/browser/av/video-track-source.js";
import { Signal } from "../../../src/core/signal/signal.js";
import type { VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import { drawStamp, liveCanvas, makeCanvas } from "../player/stamped-canvas.js";

/** Resolves when `done` says so; asked once a screen refresh. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise(requestAnimationFrame);
  }
}

function liveTrack(): { readonly track: MediaStreamTrack } & Disposable {
  const canvas = makeCanvas(320, 180);
  const live = liveCanvas(canvas, (frameNumber) => drawStamp(canvas, Date.now(), frameNumber));
  const [track] = live.stream.getVideoTracks();
  return { track, [Symbol.dispose]: () => live[Symbol.dispose]() };
}

describe.each(["processor", "element"] as const)("through %s", (through) => {
  test("emits pictures with their size, at times that grow, and leaves the track alone", async () => {
    using live = liveTrack();
    const source = new VideoTrackSource(live.track, { through });
    const frames: { readonly size: string; readonly timeUs: number }[] = [];
    const take = (packet: VideoFramePacket): void => {
      frames.push({ size: `${packet.width}x${packet.height}`, timeUs: packet.timeUs });
      packet.release?.();
    };
    source.start(take);
    await until(() => frames.length >= 5);
    source.stop();
    expect(new Set(frames.map(({ size }) => size))).toEqual(new Set(["320x180"]));
    expect(frames.every(({ timeUs }, i) => i === 0 || timeUs > frames[i - 1].timeUs)).toBe(true);
    expect(live.track.readyState).toBe("live");
    const { length } = frames;
    source.start(take);
    await until(() => frames.length >= length + 3);
    source.stop();
    expect(source.counters.frames).toBe(frames.length);
  });

  test("drops and closes pictures while the stream wants none", async () => {
    using live = liveTrack();
    const source = new VideoTrackSource(live.track, { through });
    source.start(() => expect.unreachable(), { ready: false, credit: 0, drained: new Signal() });
    await until(() => source.counters.dropped >= 3);
    source.stop();
    expect(source.counters.frames).toBe(0);
  });

  test("tells when the track has ended, not when it was stopped, and refuses to start on one", async () => {
    const live = liveTrack();
    const source = new VideoTrackSource(live.track, { through });
    let ended = 0;
    source.ended.on(() => ended++);
    source.start((packet) => packet.release?.());
    await until(() => source.counters.frames > 0);
    source.stop();
    source.start((packet) => packet.release?.());
    live.track.stop();
    // A page that ends its own track hears no event of it; the browser's own end is one.
    live.track.dispatchEvent(new Event("ended"));
    await until(() => ended > 0);
    expect(ended).toBe(1);
    live[Symbol.dispose]();
    expect(() => source.start(() => {})).toThrow(expect.objectContaining({ code: "track/ended" }));
  });
});

test("takes the processor where the page has one", () => {
  expect(readerFor(undefined)).toBe(readerFor("processor"));
});

test("refuses a track of sound", async () => {
  const audio = new AudioContext();
  const [track] = audio.createMediaStreamDestination().stream.getAudioTracks();
  expect(() => new VideoTrackSource(track)).toThrow(expect.objectContaining({ code: "track/kind" }));
  await audio.close();
});
