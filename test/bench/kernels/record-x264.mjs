// Records the stream of the start code cases: `npm run build && node test/bench/kernels/record-x264.mjs`. The test picture
// through the product's encoder with the product's settings, 720p30 at 2 Mb/s, the first access units up to 48 kB.
// The picture shows the time of day, so a new recording is another stream: the digests must then be written anew.
import { writeFileSync } from "node:fs";
import { VideoFrame } from "../../../dist/core/index.js";
import { H264Encoder, NodeClock, openSource } from "../../../dist/node/index.js";

const MOST_BYTES = 48_000;
const video = { width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 };
const audio = { sampleRateHz: 48_000, channels: 2, bitrateBps: 128_000 };
const source = await openSource("test", { video, audio, loop: false, clock: new NodeClock() });
const encoder = new H264Encoder({ bitrateBps: video.bitrateBps, fps: video.fps });
const accessUnits = [];
let lengthBytes = 0;
await new Promise((resolve) => {
  const take = (unit) => {
    if (lengthBytes + unit.data.length > MOST_BYTES) {
      resolve();
    } else {
      lengthBytes += unit.data.length;
      accessUnits.push(unit.data.slice());
    }
    unit.release?.();
  };
  source.start((packet) => {
    if (VideoFrame.is(packet)) {
      encoder.process(packet, take);
    }
  });
});
await source.close();
await encoder.close();

const file = new URL("../../../examples/playground/src/bench/x264-stream.ts", import.meta.url);
writeFileSync(
  file,
  `// Recorded by test/bench/kernels/record-x264.mjs: ${accessUnits.length} access units of the test picture, 720p30 at 2 Mb/s, as base64.

/** H.264 as libx264 writes it (Annex B), ${lengthBytes} bytes. */
export const X264_STREAM =
  "${Buffer.concat(accessUnits).toString("base64")}";
`,
);
console.log(`${accessUnits.length} access units, ${lengthBytes} bytes`);
