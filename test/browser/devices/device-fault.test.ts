// Why there is no camera, in words.
import { describe, expect, test } from "vitest";
import { deviceFault, devicesUnavailable, type PageContext } from "../../../src/browser/devices/device-fault.js";

function page(url: string, { isSecureContext = true, navigator = { mediaDevices: {} } as object } = {}): PageContext {
  return { isSecureContext, location: new URL(url), navigator };
}

describe("a page gets", () => {
  test("nothing on plain http beyond localhost, and is told of https, localhost and a flag for tests", () => {
    const fault = devicesUnavailable(page("http://192.168.1.5:4500/x", { isSecureContext: false, navigator: {} }));
    expect(fault?.code).toBe("devices/insecure-context");
    expect(fault?.message).toBe(
      "Browsers give camera and microphone to secure pages only, and http://192.168.1.5:4500 is plain http",
    );
    expect(fault?.fix).toContain("https");
    expect(fault?.fix).toContain("http://localhost:4500");
    expect(fault?.fix).toContain("--unsafely-treat-insecure-origin-as-secure=http://192.168.1.5:4500");
  });

  test("nothing in a browser that has none to give", () => {
    expect(devicesUnavailable(page("https://example.org/", { navigator: {} }))?.code).toBe("devices/not-supported");
  });

  test("to ask on https and on localhost", () => {
    expect(devicesUnavailable(page("https://example.org/"))).toBeUndefined();
    expect(devicesUnavailable(page("http://localhost:4500/"))).toBeUndefined();
  });
});

const BOTH = { camera: true, microphone: true };
const CAMERA = { camera: true, microphone: false };
const MICROPHONE = { camera: false, microphone: true };

function named(name: string, message = "", fields: object = {}): Error {
  return Object.assign(new Error(message), { name }, fields);
}

describe("what the browser says becomes", () => {
  test.each([
    [
      named("NotAllowedError", "Permission denied"),
      BOTH,
      "devices/not-allowed",
      "The page was not allowed to use camera and microphone (Permission denied)",
    ],
    [
      named("NotFoundError", "Requested device not found"),
      CAMERA,
      "devices/not-found",
      "There is no camera on this machine",
    ],
    [
      named("NotReadableError", "Could not start audio source"),
      MICROPHONE,
      "devices/in-use",
      "The microphone does not start (Could not start audio source)",
    ],
    [named("AbortError"), BOTH, "devices/in-use", "The camera or microphone does not start"],
    [
      named("OverconstrainedError", "", { constraint: "deviceId" }),
      CAMERA,
      "devices/overconstrained",
      "The camera that was chosen is not there any more",
    ],
    [
      named("OverconstrainedError", "", { constraint: "width" }),
      CAMERA,
      "devices/overconstrained",
      "No camera does what was asked (width)",
    ],
    [new TypeError("nonsense."), CAMERA, "devices/failed", "The browser opened no camera (nonsense)"],
    ["odd", MICROPHONE, "devices/failed", "The browser opened no microphone"],
  ])("%s for %o: %s", (cause, asked, code, message) => {
    const fault = deviceFault(cause, asked);
    expect(fault).toMatchObject({ code, message, cause });
    expect(fault.fix).not.toBe("");
  });
});
