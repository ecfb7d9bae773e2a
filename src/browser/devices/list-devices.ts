// Which cameras and microphones there are, for a page that lets people choose.
import { devicesUnavailable } from "./device-fault.js";

/** A camera or a microphone. */
export type MediaDeviceChoice = {
  /** Good on this page's origin until the user clears its data; "" until the user has allowed a device of its kind. */
  readonly deviceId: string;
  /** The device's name; "Camera 1" while the browser does not tell. */
  readonly label: string;
};

/** What there is, in the browser's order: its default first. */
export type MediaDeviceChoices = {
  readonly cameras: readonly MediaDeviceChoice[];
  readonly microphones: readonly MediaDeviceChoice[];
};

/**
 * The devices of this machine. Before the user has allowed one, browsers tell of one of a kind at most and not its name: list
 * again after `openDevices`, and when `navigator.mediaDevices` says `devicechange`. Rejects with what `devicesUnavailable` says.
 */
export async function listDevices(): Promise<MediaDeviceChoices> {
  const fault = devicesUnavailable();
  if (fault !== undefined) {
    throw fault;
  }
  const devices = await navigator.mediaDevices.enumerateDevices();
  const choices = (kind: MediaDeviceKind, noun: string): readonly MediaDeviceChoice[] =>
    devices
      .filter((device) => device.kind === kind)
      .map(({ deviceId, label }, index) => ({ deviceId, label: label === "" ? `${noun} ${index + 1}` : label }));
  return { cameras: choices("videoinput", "Camera"), microphones: choices("audioinput", "Microphone") };
}
