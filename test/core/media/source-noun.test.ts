import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseSourceNoun, unsupportedSource } from "../../../src/core/media/source-noun.js";

describe("parsing", () => {
  test.each([
    ["test", { kind: "test" }],
    [" TEST ", { kind: "test" }],
    ["./test", { kind: "file", path: "./test" }],
    ["clip.mp4", { kind: "file", path: "clip.mp4" }],
    ["/media/a b.mkv", { kind: "file", path: "/media/a b.mkv" }],
    ["C:\\clips\\a.mp4", { kind: "file", path: "C:\\clips\\a.mp4" }],
    ["file:clip.mp4", { kind: "file", path: "clip.mp4" }],
    ["file:///media/a%20b.mp4", { kind: "file", path: "/media/a b.mp4" }],
    ["file://localhost/a.mp4", { kind: "file", path: "/a.mp4" }],
    ["file:///C:/a.mp4", { kind: "file", path: "C:/a.mp4" }],
    ["file:///100%.mp4", { kind: "file", path: "/100%.mp4" }],
    ["rtsp://cam/1", { kind: "rtsp", url: "rtsp://cam/1" }],
    ["RTSPS://cam/1", { kind: "rtsp", url: "RTSPS://cam/1" }],
    ["https://a/b.mp4", { kind: "url", scheme: "https", url: "https://a/b.mp4" }],
    ["/dev/video0", { kind: "device", name: "/dev/video0" }],
    ["cam:0", { kind: "device", name: "cam:0" }],
    ["alsa:hw:0,0", { kind: "device", name: "alsa:hw:0,0" }],
    ["mic", { kind: "device", name: "mic" }],
    ["screen", { kind: "device", name: "screen" }],
  ])("%s is understood", (text, noun) => {
    expect(parseSourceNoun(text)).toEqual(noun);
  });

  test("blank text is refused with a fix", () => {
    expect(() => parseSourceNoun("  ")).toThrow(expect.objectContaining({ code: "source/empty" }));
  });

  test("no text throws anything but a FloeError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          unsupportedSource(parseSourceNoun(text));
        } catch (error) {
          expect(error).toBeInstanceOf(FloeError);
        }
      }),
    );
  });
});

describe("kinds that this version cannot open", () => {
  test.each([
    "ftp://user:secret@host/a.mp4",
    "concat://user:secret@host",
    "screen",
    "window:3",
  ])("%s is refused in words, with the fix and without the password", (text) => {
    const error = unsupportedSource(parseSourceNoun(text));
    expect(error?.code).toBe("source/unsupported");
    expect(error?.fix).not.toBe("");
    expect(String(error)).not.toContain("secret");
  });

  test.each([
    "test",
    "a.mp4",
    "rtsp://cam/1",
    "RTSPS://cam/1",
    "https://host/a.m3u8",
    "srt://host:9000",
    "/dev/video0",
    "cam:1",
    "alsa:default",
  ])("%s is not refused", (text) => {
    expect(unsupportedSource(parseSourceNoun(text))).toBeUndefined();
  });
});
