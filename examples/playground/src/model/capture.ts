// The page's camera and microphone: chosen, asked for, opened, looked at before anything is sent.
import { effect, signal } from "@preact/signals";
import { FloeError } from "floe";
import { devicesUnavailable, listDevices, type MediaDeviceChoices, openDevices } from "floe/browser";
import { ANY, type DeviceChoice, NONE, rememberChoice, rememberedChoice, SCREEN } from "./device-choice.js";
import { shareScreen } from "./share-screen.js";

/** Where it stands. `stream` is another object after each change of its tracks. */
export type CaptureState =
  | { readonly kind: "off" }
  | { readonly kind: "asking" }
  | { readonly kind: "on"; readonly stream: MediaStream }
  | { readonly kind: "failed"; readonly title: string; readonly fix: string };

export const captureState = signal<CaptureState>({ kind: "off" });
/** What there is; without names until the user has allowed one. */
export const devices = signal<MediaDeviceChoices>({ cameras: [], microphones: [] });
/** What is chosen. */
export const deviceChoice = signal<DeviceChoice>(rememberedChoice(window));
/** What happened to a device meanwhile, or why another one was not to be had; "" for nothing to say. */
export const deviceNotice = signal("");
/** Why this page gets no devices at all, whatever anybody allows. */
export const unavailable = devicesUnavailable();
export const canShareScreen = unavailable === undefined && "getDisplayMedia" in navigator.mediaDevices;

type Kind = "video" | "audio";
const NOUNS: { readonly [kind in Kind]: string } = { video: "camera", audio: "microphone" };

/** Keeps the list of devices fresh. Answers how to stop, which switches everything off. */
export function followDevices(): () => void {
  const update = (): void => void list();
  update();
  const media = unavailable === undefined ? navigator.mediaDevices : undefined;
  media?.addEventListener("devicechange", update);
  const endRemembering = effect(() => rememberChoice(window, deviceChoice.value));
  return () => {
    media?.removeEventListener("devicechange", update);
    endRemembering();
    closeCapture();
  };
}

/** Opens what is chosen; resolves with the stream, or undefined when it was not to be had: the state then says why. */
export async function openCapture(): Promise<MediaStream | undefined> {
  const before = captureState.value;
  if (before.kind === "on" || before.kind === "asking") {
    return before.kind === "on" ? before.stream : undefined;
  }
  captureState.value = { kind: "asking" };
  deviceNotice.value = "";
  try {
    const { camera, microphone } = deviceChoice.value;
    await list();
    const hasMicrophone = devices.value.microphones.length > 0 || microphone !== ANY;
    const tracks = await openTracks({ camera, microphone: hasMicrophone ? microphone : NONE });
    if (captureState.peek().kind !== "asking") {
      tracks.forEach(release);
      return undefined;
    }
    if (!hasMicrophone) {
      deviceNotice.value = "There is no microphone on this machine: the recording will be without sound.";
    }
    take(tracks);
    // Names are told from now on.
    await list();
    return streamNow();
  } catch (error) {
    captureState.value = { kind: "failed", ...faultWords(error) };
    return undefined;
  }
}

/** Switches everything off. */
export function closeCapture(): void {
  const { value } = captureState;
  if (value.kind === "on") {
    value.stream.getTracks().forEach(release);
  }
  captureState.value = { kind: "off" };
  deviceNotice.value = "";
}

/** Chooses a camera (or a screen, or none) or a microphone (or none); what is open is changed at once. */
export async function chooseDevice(kind: Kind, value: string): Promise<void> {
  const choice = deviceChoice.value;
  deviceChoice.value = kind === "video" ? { ...choice, camera: value } : { ...choice, microphone: value };
  const { value: state } = captureState;
  if (state.kind !== "on") {
    captureState.value = state.kind === "failed" ? { kind: "off" } : state;
    return;
  }
  deviceNotice.value = "";
  try {
    replace(kind, value === NONE ? [] : await openOther(kind, value));
  } catch (error) {
    deviceChoice.value = choice;
    if (
      streamNow()
        ?.getTracks()
        .some((track) => track.readyState === "ended")
    ) {
      replace(kind, []);
    }
    tellDeviceFault(error);
  }
}

/** Phones open one camera at a time: there the old one is given back first. */
async function openOther(kind: Kind, value: string): Promise<readonly MediaStreamTrack[]> {
  const wish = kind === "video" ? { camera: value, microphone: NONE } : { camera: NONE, microphone: value };
  try {
    return await openTracks(wish);
  } catch (error) {
    if (!(error instanceof FloeError && error.code === "devices/in-use")) {
      throw error;
    }
    for (const track of streamNow()?.getTracks() ?? []) {
      if (track.kind === kind) {
        release(track);
      }
    }
    return await openTracks(wish);
  }
}

/** Tells what went wrong with a device while the others go on. */
export function tellDeviceFault(error: unknown): void {
  const { title, fix } = faultWords(error);
  deviceNotice.value = `${title} ${fix}`;
}

/** Opens camera or screen, and microphone. */
async function openTracks({ camera, microphone }: DeviceChoice): Promise<readonly MediaStreamTrack[]> {
  const isScreen = camera === SCREEN;
  const screen = isScreen ? await shareScreen() : [];
  if ((isScreen || camera === NONE) && microphone === NONE) {
    return screen;
  }
  try {
    const opened = await openDevices({
      camera: isScreen || camera === NONE ? false : { deviceId: camera },
      microphone: microphone === NONE ? false : { deviceId: microphone },
    });
    return [...screen, ...opened.getTracks()];
  } catch (error) {
    screen.forEach(release);
    throw error;
  }
}

/** The tracks are what is captured from now on. */
function take(tracks: readonly MediaStreamTrack[]): void {
  for (const track of tracks) {
    track.addEventListener("ended", trackEnded);
  }
  captureState.value = tracks.length === 0 ? { kind: "off" } : { kind: "on", stream: new MediaStream([...tracks]) };
  const idOf = (kind: Kind, before: string): string =>
    before === ANY ? (tracks.find((track) => track.kind === kind)?.getSettings().deviceId ?? ANY) : before;
  const { camera, microphone } = deviceChoice.value;
  deviceChoice.value = { camera: idOf("video", camera), microphone: idOf("audio", microphone) };
}

function replace(kind: Kind, tracks: readonly MediaStreamTrack[]): void {
  const old = streamNow()?.getTracks() ?? [];
  take([...old.filter((track) => track.kind !== kind), ...tracks]);
  old.filter((track) => track.kind === kind).forEach(release);
}

function streamNow(): MediaStream | undefined {
  const { value } = captureState;
  return value.kind === "on" ? value.stream : undefined;
}

/** By itself: unplugged, taken by something else, or a screen that is shared no more. */
function trackEnded({ target }: Event): void {
  if (!(target instanceof MediaStreamTrack)) {
    return;
  }
  const kind = target.kind as Kind;
  const choice = deviceChoice.value;
  const isScreen = kind === "video" && choice.camera === SCREEN;
  replace(kind, []);
  // So that the same one can be chosen again.
  deviceChoice.value = kind === "video" ? { ...choice, camera: ANY } : { ...choice, microphone: ANY };
  deviceNotice.value = isScreen
    ? "The screen is shared no more. Choose a camera, or a screen again."
    : `The ${NOUNS[kind]} has stopped: it was unplugged, or something else has taken it. Choose one.`;
}

function release(track: MediaStreamTrack): void {
  track.removeEventListener("ended", trackEnded);
  track.stop();
}

async function list(): Promise<void> {
  try {
    devices.value = await listDevices();
  } catch {
    // Opening will say why.
  }
}

function faultWords(error: unknown): { readonly title: string; readonly fix: string } {
  const { message, fix = "" } = error as { readonly message: string; readonly fix?: string };
  return { title: `${message}.`, fix };
}
