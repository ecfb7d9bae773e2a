import { mkdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultAudioTarget } from "../../../src/core/media/audio-target.js";
import { defaultVideoTarget } from "../../../src/core/media/video-target.js";
import { checkCamera, deviceNotFound, deviceOpenError, listDevices } from "../../../src/node/av/device-errors.js";
import { parseDeviceNoun } from "../../../src/node/av/device-noun.js";
import { askFor, openDeviceSource } from "../../../src/node/av/device-source.js";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { temporaryFolder } from "./rig.js";

beforeAll(async () => {
  await loadNodeAv();
});

/** A machine with two cameras and a sound card that has one microphone. */
function folders() {
  const root = temporaryFolder();
  const dev = join(root, "dev");
  const proc = join(root, "proc");
  mkdirSync(dev);
  mkdirSync(join(proc, "asound"), { recursive: true });
  for (const name of ["video10", "video2", "video", "videodev", "sda"]) {
    writeFileSync(join(dev, name), "");
  }
  writeFileSync(
    join(proc, "asound", "pcm"),
    "00-00: ALC256 Analog : ALC256 Analog : playback 1 : capture 1\n00-03: HDMI 0 : HDMI 0 : playback 1\n",
  );
  return { dev, proc };
}

describe("names", () => {
  test.each([
    ["/dev/video2", "camera", "/dev/video2"],
    ["/dev/v4l/by-id/usb-cam", "camera", "/dev/v4l/by-id/usb-cam"],
    ["cam", "camera", "/dev/video0"],
    ["cam:3", "camera", "/dev/video3"],
    ["mic", "microphone", "default"],
    ["alsa:default", "microphone", "default"],
    ["alsa:hw:1,0", "microphone", "hw:1,0"],
  ])("%s is a %s", (name, kind, path) => {
    expect(parseDeviceNoun(name)).toEqual({ kind, path });
  });

  test.each(["cam:front", "/dev/snd/pcmC0D0c", "tape"])("%s is refused with a fix", (name) => {
    expect(() => parseDeviceNoun(name)).toThrow(expect.objectContaining({ code: "source/unsupported" }));
  });
});

describe("what is asked for", () => {
  test("a large picture is asked for compressed first, then as it is, then whatever there is", () => {
    const wishes = askFor({ kind: "camera", path: "" }, { video: defaultVideoTarget, audio: defaultAudioTarget });
    const shape = { video_size: "1280x720", framerate: "30" };
    expect(wishes).toEqual([{ ...shape, input_format: "mjpeg" }, shape, {}]);
  });

  test("sound is asked for as the target has it, then in one channel", () => {
    const [first, second] = askFor(
      { kind: "microphone", path: "" },
      { video: defaultVideoTarget, audio: defaultAudioTarget },
    );
    expect(first).toEqual({ sample_rate: "48000", channels: "2" });
    expect(second).toEqual({ channels: "1" });
  });
});

describe("what cannot be opened says why", () => {
  test("what is there instead is listed, in order", async () => {
    expect(await listDevices("camera", folders())).toEqual(["/dev/video2", "/dev/video10"]);
    expect(await listDevices("microphone", folders())).toEqual(["alsa:hw:0,0"]);
    const error = await deviceNotFound("cam:0", "camera", folders());
    expect(error.toString()).toBe("source/not-found: cam:0 is not there. There is /dev/video2, /dev/video10.");
  });

  test("a machine without devices says so", async () => {
    const nowhere = { dev: "/nowhere", proc: "/nowhere" };
    expect((await deviceNotFound("mic", "microphone", nowhere)).fix).toBe(
      "This machine has no microphone: connect one.",
    );
  });

  test.each([
    [constants.errno.EACCES, "source/forbidden", /group video/],
    [constants.errno.EBUSY, "source/busy", /other|program/],
    [constants.errno.ENODEV, "source/not-found", /camera|There is/],
    [constants.errno.EIO, "source/unreadable", /capture device/],
  ])("number %i is %s", async (errno, code, fix) => {
    expect(await deviceOpenError("cam:0", "camera", -errno)).toMatchObject({ code, fix: expect.stringMatching(fix) });
  });

  test("a file that is no device is refused", async () => {
    const { dev } = folders();
    await expect(checkCamera("x", join(dev, "sda"))).rejects.toMatchObject({ code: "source/unsupported" });
  });

  test.each(["/dev/video4711", "cam:4711", "alsa:nothing-like-that"])("%s is source/not-found", async (name) => {
    const before = liveHandles();
    const options = { name, video: defaultVideoTarget, audio: defaultAudioTarget, clock: new NodeClock() };
    await expect(openDeviceSource(options)).rejects.toMatchObject({ code: "source/not-found" });
    expect(liveHandles()).toEqual(before);
  });
});
