import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { defaultAudioTarget } from "../../../src/core/media/audio-target.js";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import { openSource } from "../../../src/node/av/open-source.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { makeClip } from "./make-clip.js";
import { temporaryFolder } from "./rig.js";

const options = { video: defaultVideoTarget, audio: defaultAudioTarget, loop: true, clock: new ManualClock() };

test("the test source has the target's size, rate and sound", async () => {
  const source = await openSource("test", options);
  onTestFinished(() => source.close());
  expect(source.info).toEqual({
    name: "test",
    video: { width: 1280, height: 720, fps: 30, codec: "rawvideo", delivery: "decoded" },
    audio: { sampleRateHz: 48_000, channels: 2, codec: "pcm", delivery: "decoded" },
    passthrough: { video: false, audio: false, words: "passthrough: no, because the codec is rawvideo" },
  });
});

test("a file is opened by its path or its noun, and says what it holds", async () => {
  const path = join(temporaryFolder(), "clip.mp4");
  await makeClip({ path, width: 160, height: 90, seconds: 0.5, audio: false });
  for (const noun of [path, { kind: "file", path } as const]) {
    const source = await openSource(noun, options);
    expect(source.info).toEqual({
      name: "clip.mp4",
      video: { width: 160, height: 90, fps: 30, codec: "h264", delivery: "decoded" },
      passthrough: { video: false, audio: false, words: "passthrough: no, because it is switched off" },
    });
    await source.close();
  }
});

test.each([
  ["ftp://user:secret@camera/1", "source/unsupported"],
  ["rtsp://", "source/unsupported"],
  ["rtsp://127.0.0.1:1/1", "source/refused"],
  ["/dev/video4711", "source/not-found"],
  ["alsa:nothing-like-that", "source/not-found"],
  ["screen", "source/unsupported"],
  ["nothing-here.mp4", "source/not-found"],
  [" ", "source/empty"],
])("%s is refused with %s and a fix", async (noun, code) => {
  await expect(openSource(noun, options)).rejects.toMatchObject({ code, fix: expect.stringMatching(/\w/) });
});
