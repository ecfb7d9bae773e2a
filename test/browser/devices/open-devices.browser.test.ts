// A machine without devices, in a real Chromium: the test browser has none, and what it says becomes words.
import { expect, test } from "vitest";
import { listDevices } from "../../../src/browser/devices/list-devices.js";
import { openDevices } from "../../../src/browser/devices/open-devices.js";

test("a camera that is not there, or not allowed, is told with what to do", async () => {
  const { cameras } = await listDevices();
  const code = cameras.length === 0 ? "devices/not-found" : "devices/not-allowed";
  await expect(openDevices({ microphone: false })).rejects.toMatchObject({ code, name: "FloeError" });
});
