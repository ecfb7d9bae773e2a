// Why a capture device cannot be opened, with what is there instead.
import { readdir, readFile, stat } from "node:fs/promises";
import { constants } from "node:os";
import { FloeError } from "../../core/error/floe-error.js";
import { avMessage } from "./av-error.js";
import type { DeviceNoun } from "./device-noun.js";

/** Where the system keeps its devices; tests bring folders of their own. */
export type DeviceFolders = { readonly dev: string; readonly proc: string };

const deviceFolders: DeviceFolders = { dev: "/dev", proc: "/proc" };

/** Names of the devices of this kind that are there, as nouns. */
export async function listDevices(
  kind: DeviceNoun["kind"],
  { dev, proc }: DeviceFolders = deviceFolders,
): Promise<readonly string[]> {
  if (kind === "camera") {
    const names = await readdir(dev).catch(() => []);
    return names
      .filter((name) => /^video\d+$/.test(name))
      .sort((one, other) => Number(one.slice(5)) - Number(other.slice(5)))
      .map((name) => `/dev/${name}`);
  }
  // One line a PCM device: `00-00: name : name : playback 1 : capture 1`.
  const devices = await readFile(`${proc}/asound/pcm`, "utf8").catch(() => "");
  return [...devices.matchAll(/^(\d+)-(\d+):.*\bcapture\b/gm)].map(
    ([, card, device]) => `alsa:hw:${Number(card)},${Number(device)}`,
  );
}

/** The device is not there. */
export async function deviceNotFound(
  name: string,
  kind: DeviceNoun["kind"],
  folders: DeviceFolders = deviceFolders,
): Promise<FloeError> {
  const found = await listDevices(kind, folders);
  const what = kind === "camera" ? "camera" : "microphone";
  return new FloeError("source/not-found", `${name} is not there`, {
    fix: found.length === 0 ? `This machine has no ${what}: connect one.` : `There is ${found.join(", ")}.`,
  });
}

/** Checks what the file system can tell of a camera before FFmpeg is asked. Throws the FloeError of what is wrong. */
export async function checkCamera(name: string, path: string): Promise<void> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (facts instanceof Error) {
    throw facts.code === "ENOENT" || facts.code === "ENOTDIR"
      ? await deviceNotFound(name, "camera")
      : deviceFailed(name, facts.code ?? facts.message);
  }
  if (!facts.isCharacterDevice()) {
    throw new FloeError("source/unsupported", `${name} is no device`, { fix: "Give a camera like /dev/video0." });
  }
}

/** An open that failed, by FFmpeg's code. */
export async function deviceOpenError(name: string, kind: DeviceNoun["kind"], code: number): Promise<FloeError> {
  const { EACCES, EPERM, EBUSY, ENOENT, ENODEV, ENXIO, EIO } = constants.errno;
  switch (-code) {
    case EACCES:
    case EPERM:
      return new FloeError("source/forbidden", `${name} may not be opened by this user`, {
        fix: `Add the user to the group ${kind === "camera" ? "video" : "audio"}, and log in again.`,
      });
    case EBUSY:
      return new FloeError("source/busy", `${name} is in use by another program`, { fix: "Close that program." });
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return await deviceNotFound(name, kind);
    case EIO:
      // All that ALSA has to say about a name that it does not know.
      return kind === "microphone" ? await deviceNotFound(name, kind) : deviceFailed(name, avMessage(code));
    default:
      return deviceFailed(name, avMessage(code));
  }
}

/** It is there, and it does not work. */
export function deviceFailed(name: string, why: string): FloeError {
  return new FloeError("source/unreadable", `${name} cannot be used (${why})`, {
    fix: "Check that it is a capture device, and that it works in another program.",
  });
}
