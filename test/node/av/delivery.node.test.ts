import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import { EncodedAudio, EncodedVideo } from "../../../src/core/stream/media-packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { FileSource } from "../../../src/node/av/file-source.js";
import { H264Encoder } from "../../../src/node/av/h264-encoder.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { OpusEncoder } from "../../../src/node/av/opus-encoder.js";
import { VideoScaler } from "../../../src/node/av/video-scaler.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { H264Back } from "./decode-back.js";
import { makeClip } from "./make-clip.js";
import { nextTurn, temporaryFolder, until } from "./rig.js";

test("a film in a graph: looped, scaled, encoded, decoded back in order, with sound, and nothing is left", async () => {
  const path = join(temporaryFolder(), "clip.mp4");
  await makeClip({ path, width: 640, height: 360, seconds: 0.5, sampleRateHz: 44_100 });
  const before = liveHandles();
  const clock = new ManualClock();
  const target = { ...defaultVideoTarget, width: 320, height: 180 };
  const source = await FileSource.open({ path, loop: true, clock });
  const pictures: { timeUs: number; bytes: Uint8Array }[] = [];
  const soundTimes: number[] = [];
  const stream = new PacketStream({ name: "delivery", clock })
    .source(source)
    .via(new VideoScaler({ ...target, maxInFlight: 64 }))
    .via(new H264Encoder({ maxInFlight: 64 }))
    .via(new OpusEncoder())
    .to((packet) => {
      if (EncodedVideo.is(packet)) {
        pictures.push({ timeUs: packet.timeUs, bytes: packet.data.slice() });
      } else if (EncodedAudio.is(packet)) {
        soundTimes.push(packet.timeUs);
      }
    });
  await stream.start();
  while (pictures.length < 45) {
    // Never faster than the decoder, which would have to skip.
    await until(() => source.buffered >= 4);
    clock.advance(2000);
    await nextTurn();
  }
  await stream.close();
  await source.close();
  expect(liveHandles()).toEqual(before);
  const back = new H264Back();
  const numbers = pictures.map(({ bytes }) => back.decode(bytes, ({ stamp, width }) => [width, stamp?.frameNumber]));
  back.close();
  expect(numbers).toEqual(pictures.map((_, index) => [320, index % 15]));
  expect(pictures.every(({ timeUs }, i) => Math.abs(timeUs - (i * 1_000_000) / 30) < 2)).toBe(true);
  expect(soundTimes.length).toBeGreaterThan(60);
  expect(soundTimes.every((timeUs, i) => timeUs === soundTimes[0] + i * 20_000)).toBe(true);
});
