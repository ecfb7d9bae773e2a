import { describe, expect, test } from "vitest";
import { audioPassthrough, decideVideoPassthrough, type VideoFacts } from "../../../src/core/media/passthrough.js";

const fit: VideoFacts = {
  codec: "h264",
  profile: "Main",
  width: 1280,
  height: 720,
  hasBFrames: false,
  isPlainColor: true,
  isProgressive: true,
  hasSquarePixels: true,
  hasParameterSets: true,
  rotationDegrees: 0,
};
const auto = { policy: "auto", explicitKeys: [] } as const;
const always = { policy: "always", explicitKeys: [] } as const;

describe("whether video goes through untouched", () => {
  test("H.264 that browsers can play does, and says what it is", () => {
    const words = "passthrough: yes (H.264 Main, 1280x720, no B-frames)";
    expect(decideVideoPassthrough(fit, auto)).toEqual({ passthrough: true, words });
  });

  test("a profile without a name is left out of the sentence", () => {
    const words = "passthrough: yes (H.264, 1280x720, no B-frames)";
    expect(decideVideoPassthrough({ ...fit, profile: undefined }, auto).words).toBe(words);
  });

  test.each<[string, Partial<VideoFacts>]>([
    ["the stream has B-frames", { hasBFrames: true }],
    ["the codec is hevc", { codec: "hevc" }],
    ["its pictures are not 8-bit 4:2:0", { isPlainColor: false }],
    ["its pictures are interlaced", { isProgressive: false }],
    ["its pixels are not square", { hasSquarePixels: false }],
    ["its parameter sets are missing or broken", { hasParameterSets: false }],
    ["the picture is to be turned by 90 degrees", { rotationDegrees: 90 }],
  ])("not when %s: auto encodes, always is an error", (reason, facts) => {
    const words = `passthrough: no, because ${reason}`;
    expect(decideVideoPassthrough({ ...fit, ...facts }, auto)).toEqual({ passthrough: false, words });
    expect(() => decideVideoPassthrough({ ...fit, ...facts }, always)).toThrowError(
      expect.objectContaining({
        code: "source/unsupported-codec",
        message: expect.stringContaining(reason),
        fix: expect.stringMatching(/auto/),
      }),
    );
  });

  test("an explicit wish for the picture means encoding, and says which", () => {
    const asked = (...explicitKeys: string[]) => decideVideoPassthrough(fit, { policy: "auto", explicitKeys }).words;
    expect(asked("media.video.bitrate")).toBe("passthrough: no, because media.video.bitrate is set");
    expect(asked("media.video.width", "media.video.height")).toBe(
      "passthrough: no, because media.video.width, media.video.height are set",
    );
  });

  test("always is stronger than an explicit wish", () => {
    expect(decideVideoPassthrough(fit, { policy: "always", explicitKeys: ["media.video.fps"] }).passthrough).toBe(true);
  });

  test("never says that it is switched off, whatever the stream is", () => {
    const words = "passthrough: no, because it is switched off";
    expect(decideVideoPassthrough(fit, { policy: "never", explicitKeys: [] })).toEqual({ passthrough: false, words });
  });
});

test.each([
  ["opus", 48_000, 2, "opus"],
  ["opus", 48_000, 1, "opus"],
  ["opus", 48_000, 6, undefined],
  ["pcm_mulaw", 8000, 1, "pcmu"],
  ["pcm_alaw", 8000, 1, "pcma"],
  ["pcm_mulaw", 16_000, 1, undefined],
  ["pcm_alaw", 8000, 2, undefined],
  ["aac", 48_000, 2, undefined],
  ["pcm_s16le", 48_000, 2, undefined],
] as const)("sound of %s at %i Hz with %i channels goes out as %s", (codec, sampleRateHz, channels, out) => {
  expect(audioPassthrough({ codec, sampleRateHz, channels }, "auto")).toBe(out);
  expect(audioPassthrough({ codec, sampleRateHz, channels }, "always")).toBe(out);
  expect(audioPassthrough({ codec, sampleRateHz, channels }, "never")).toBeUndefined();
});
