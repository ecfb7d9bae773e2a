// What a device's name means: `/dev/video0` and `cam:0` are cameras (V4L2), `alsa:hw:0` and `mic` are microphones (ALSA).
import { FloeError } from "../../core/error/floe-error.js";

/** A device that FFmpeg can open. `path`: for V4L2 the device file, for ALSA the device's name. */
export type DeviceNoun = { readonly kind: "camera" | "microphone"; readonly path: string };

/** Reads the name of a device noun. Throws FloeError `source/unsupported` for one that is neither. */
export function parseDeviceNoun(name: string): DeviceNoun {
  const [, kind, rest = ""] = /^(cam|mic|alsa)(?::(.*))?$/i.exec(name) ?? [];
  switch (kind?.toLowerCase()) {
    case "cam":
      if (rest !== "" && !/^\d+$/.test(rest)) {
        throw unsupported(`${name} is no camera`);
      }
      return { kind: "camera", path: `/dev/video${rest === "" ? 0 : Number(rest)}` };
    case "mic":
    case "alsa":
      return { kind: "microphone", path: rest === "" ? "default" : rest };
    default:
      if (name.startsWith("/dev/") && !name.startsWith("/dev/snd/")) {
        return { kind: "camera", path: name };
      }
      throw unsupported(`${name} is no device that can be opened`);
  }
}

function unsupported(what: string): FloeError {
  return new FloeError("source/unsupported", what, {
    fix: "Use /dev/video0 (or cam:0) for a camera, alsa:default (or alsa:hw:0) for a microphone.",
  });
}
