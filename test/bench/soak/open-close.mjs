// Opens a source, encodes until picture and sound have come out, closes everything; again and again, in one process.
// Usage: node --expose-gc open-close.mjs CLIP WARM_UP CYCLES. Prints {"rssBytes": […]}, a reading every twenty cycles after
// the warm-up, and ends.
import { setImmediate } from "node:timers/promises";
import * as core from "../../../dist/core/index.js";
import * as floe from "../../../dist/node/index.js";

const [clip, warmUp, cycles] = process.argv.slice(2);
const READ_EVERY = 20;
const clock = new floe.NodeClock();
const video = { width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 };
const audio = { sampleRateHz: 48_000, channels: 2, bitrateBps: 128_000 };

async function openEncodeClose(source) {
  const opened = await floe.openSource(source, { video, audio, loop: true, clock });
  const scaler = new floe.VideoScaler(video);
  const h264 = new floe.H264Encoder({ bitrateBps: video.bitrateBps, fps: video.fps });
  const opus = new floe.OpusEncoder(audio);
  const stream = new core.PacketStream({ name: "cycle", clock });
  const encoded = new Set();
  await new Promise((resolve, reject) => {
    const write = (kind) => ({
      accepts: [kind],
      write: () => {
        encoded.add(kind);
        if (encoded.size === 2) {
          resolve();
        }
      },
    });
    const built = stream.source(opened).via(scaler).via(h264).via(opus);
    built.to(write(core.EncodedVideo)).to(write(core.EncodedAudio)).start().catch(reject);
  });
  await stream.close();
}

async function rssAfter(count) {
  for (let i = 0; i < count; i++) {
    await openEncodeClose(i % 2 === 0 ? clip : "test");
  }
  globalThis.gc();
  await setImmediate();
  globalThis.gc();
  return process.memoryUsage().rss;
}

await rssAfter(Number(warmUp));
const rssBytes = [];
for (let done = 0; done < Number(cycles); done += READ_EVERY) {
  rssBytes.push(await rssAfter(READ_EVERY));
}
console.log(JSON.stringify({ rssBytes }));
process.exit(0);
