// The programs of other people that the tests play against, and the Debian packages they come in: Chromium, GStreamer's RTSP
// server for the camera simulator, aiortc, coturn, iproute2. `.ci/test.mjs` asks before it runs anything.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumPackages, findChromium } from "./chromium.mjs";

/** Debian's own Python: only that one sees Debian's modules. */
export const DEBIAN_PYTHON = "/usr/bin/python3";
/** The camera simulator. */
export const CAMERA_SCRIPT = fileURLToPath(new URL("../tools/rtspcam.py", import.meta.url));

/** The Debian packages that the camera simulator needs. */
export const cameraPackages = [
  "python3-gi",
  "gir1.2-gst-rtsp-server-1.0",
  "gstreamer1.0-plugins-good",
  "gstreamer1.0-plugins-bad",
  "gstreamer1.0-plugins-ugly",
  "gstreamer1.0-libav",
];

/** The Debian packages of coturn: a TURN server, and the programs to try one with. */
export const coturnPackages = ["coturn"];
const COTURN_PROGRAMS = ["turnserver", "turnutils_uclient", "turnutils_stunclient"];

/** A WebRTC peer that is neither a browser nor ours, and its Debian packages. */
export const AIORTC_SCRIPT = fileURLToPath(new URL("../tools/aiortcpeer.py", import.meta.url));
const aiortcPackages = ["python3-aiortc"];

/** The Debian packages that tests make networks of their own with. */
export const networkPackages = ["iproute2"];

/** The path of a program; undefined when it is not here. */
export function findProgram(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), "/usr/bin", "/usr/sbin"];
  for (const folder of folders) {
    try {
      const file = join(folder, program);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** What the camera simulator misses, in its own words; undefined when it can run. */
export function cameraFault() {
  return pythonFault(CAMERA_SCRIPT);
}

function pythonFault(script) {
  const { status, stderr, error } = spawnSync(DEBIAN_PYTHON, [script, "--check"], { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? (stderr.trim() || `it ended with ${status}`));
}

/** The packages to install before the tests can run; empty when everything is there. */
export function missingPackages() {
  return [
    ...(findChromium() === undefined ? chromiumPackages : []),
    ...(cameraFault() === undefined ? [] : cameraPackages),
    ...(pythonFault(AIORTC_SCRIPT) === undefined ? [] : aiortcPackages),
    ...(COTURN_PROGRAMS.every(findProgram) ? [] : coturnPackages),
    ...(findProgram("ip") === undefined ? networkPackages : []),
  ];
}
