import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { shownError, shownSource } from "../../../src/node/server/shown-source.js";

describe("a source as people may see it", () => {
  test.each([
    ["test", { value: "test", kind: "test", remote: false }],
    ["/srv/private/films/clip.mp4", { value: "clip.mp4", kind: "file", remote: false }],
    ["file:///srv/private/a%20b.mp4", { value: "a b.mp4", kind: "file", remote: false }],
    ["/dev/video0", { value: "/dev/video0", kind: "device", remote: false }],
    ["rtsp://user:s3cret@camera:554/1", { value: "rtsp://***@camera:554/1", kind: "rtsp", remote: true }],
  ])("is, of %s, %j", (source, shown) => {
    expect(shownSource(source)).toEqual(shown);
  });

  test("shows no password of any URL", () => {
    for (const url of ["https://u:s3cret@host/x", "rtsp://:s3cret@host", "srt://host?passphrase=s3cret"]) {
      expect(JSON.stringify(shownSource(url))).not.toContain("s3cret");
    }
  });
});

describe("the fault of a source", () => {
  test("a file is named, and where it lies is not told", () => {
    const cause = new FloeError("source/not-found", "/srv/private/a.mp4 does not exist", {
      fix: "Check that /srv/private/a.mp4 is there.",
    });
    const error = shownError(cause, "/srv/private/a.mp4");
    expect(String(error)).toBe("source/not-found: a.mp4 does not exist. Check that a.mp4 is there.");
    expect(error.cause).toBe(cause);
  });

  test("a URL is shown without its password", () => {
    const url = "rtsp://user:s3cret@camera/$&1";
    const error = shownError(new FloeError("source/lost", `${url} is gone`), url);
    expect(error.message).toBe("rtsp://***@camera/$&1 is gone");
  });

  test("what names no file and no URL stays as it is", () => {
    const error = new FloeError("av/not-installed", "the package node-av is missing");
    expect(shownError(error, "test")).toBe(error);
  });

  test("a fault of our own is source/failed, its words are for the log alone", () => {
    const cause = new TypeError("/srv/private is not a function");
    const error = shownError(cause, "/srv/private/a.mp4");
    expect(error).toMatchObject({ code: "source/failed", cause });
    expect(String(error)).not.toContain("private");
  });
});
