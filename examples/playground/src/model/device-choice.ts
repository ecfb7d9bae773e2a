// Which camera and which microphone: what there is to choose from, what is chosen, and that it is remembered.
import type { MediaDeviceChoice } from "floe/browser";

/** Values are a device's id, or one of the words below. */
export type DeviceChoice = { readonly camera: string; readonly microphone: string };
/** One line of a list to choose from. */
export type DeviceOption = { readonly value: string; readonly label: string };

/** Whichever the browser takes. */
export const ANY = "";
/** None at all. */
export const NONE = "none";
/** A screen or a window instead of a camera. */
export const SCREEN = "screen";

const KEY = "floe:devices";

/** The cameras to choose from; `chosen` is always among them. */
export function cameraOptions(
  cameras: readonly MediaDeviceChoice[],
  chosen: string,
  { canShareScreen }: { readonly canShareScreen: boolean },
): readonly DeviceOption[] {
  const screen = canShareScreen ? [{ value: SCREEN, label: "A screen or a window" }] : [];
  return options(cameras, chosen, { noun: "camera", more: screen });
}

/** The microphones to choose from; `chosen` is always among them. */
export function microphoneOptions(microphones: readonly MediaDeviceChoice[], chosen: string): readonly DeviceOption[] {
  return options(microphones, chosen, { noun: "microphone", more: [] });
}

/** The choice of last time. */
export function rememberedChoice(place: { readonly localStorage: Pick<Storage, "getItem"> }): DeviceChoice {
  try {
    const kept: unknown = JSON.parse(place.localStorage.getItem(KEY) ?? "{}");
    const text = (name: string): string => {
      const value: unknown = typeof kept === "object" && kept !== null ? Reflect.get(kept, name) : undefined;
      return typeof value === "string" ? value : ANY;
    };
    return { camera: text("camera"), microphone: text("microphone") };
  } catch {
    return { camera: ANY, microphone: ANY };
  }
}

/** Remembers a choice for the next time, if the browser lets pages keep anything. */
export function rememberChoice(place: { readonly localStorage: Pick<Storage, "setItem"> }, choice: DeviceChoice): void {
  try {
    place.localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // It holds until the page is left.
  }
}

function options(
  devices: readonly MediaDeviceChoice[],
  chosen: string,
  { noun, more }: { readonly noun: string; readonly more: readonly DeviceOption[] },
): readonly DeviceOption[] {
  // Before the user has allowed any, browsers tell of one of a kind, and not which.
  const known = devices.filter(({ deviceId }) => deviceId !== "");
  const listed = known.map(({ deviceId, label }) => ({ value: deviceId, label: withoutUsbId(label) }));
  const rest = [...more, { value: NONE, label: `No ${noun}` }];
  const isListed = [...listed, ...rest].some(({ value }) => value === chosen);
  return [
    ...(chosen === ANY || listed.length === 0 ? [{ value: ANY, label: `Any ${noun}` }] : []),
    ...(chosen === ANY || isListed ? [] : [{ value: chosen, label: `The ${noun} of last time` }]),
    ...listed,
    ...rest,
  ];
}

/** Chromium ends names with the vendor's number: "HD Webcam (046d:0825)". */
function withoutUsbId(label: string): string {
  return label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "");
}
