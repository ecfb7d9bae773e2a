// Opening camera and microphone as one stream, with one question to the user.
import { deviceFault, devicesUnavailable } from "./device-fault.js";
import { listDevices, type MediaDeviceChoice } from "./list-devices.js";

/** Which camera. Sizes are wishes: the camera's nearest is taken. */
export type CameraWish = {
  /** From `listDevices`; "" for the browser's default. */
  readonly deviceId?: string;
  /** Pixels; 1280 by 720 by default. */
  readonly width?: number;
  readonly height?: number;
  /** Frames per second; 30 by default. */
  readonly fps?: number;
};

/** Which microphone. */
export type MicrophoneWish = {
  /** From `listDevices`; "" for the browser's default. */
  readonly deviceId?: string;
  /** Two channels, and none of what makes speech clearer (echo cancellation, noise suppression, gain control). */
  readonly isMusic?: boolean;
};

/** What to open. */
export type OpenDevicesOptions = {
  /** false for none. */
  readonly camera?: CameraWish | false;
  /** false for none. */
  readonly microphone?: MicrophoneWish | false;
};

/**
 * Asks the user for camera and microphone and opens them. The stream is the caller's: stop its tracks to switch them off.
 * Rejects with a FloeError: `devices/insecure-context`, `devices/not-supported`, `devices/not-allowed`, `devices/not-found`,
 * `devices/in-use`, `devices/overconstrained` (the chosen one is gone), `devices/failed`.
 */
export async function openDevices({ camera = {}, microphone = {} }: OpenDevicesOptions = {}): Promise<MediaStream> {
  const fault = devicesUnavailable();
  if (fault !== undefined) {
    throw fault;
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: camera === false ? false : videoConstraints(camera),
      audio: microphone === false ? false : audioConstraints(microphone),
    });
  } catch (error) {
    throw deviceFault(error, await blamed(error, { camera, microphone }));
  }
}

/** Which of two it was: the browser names no device that it does not find. */
async function blamed(
  error: unknown,
  { camera, microphone }: Required<OpenDevicesOptions>,
): Promise<{ readonly camera: boolean; readonly microphone: boolean }> {
  const asked = { camera: camera !== false, microphone: microphone !== false };
  if (!(error instanceof Error && ["NotFoundError", "OverconstrainedError"].includes(error.name))) {
    return asked;
  }
  const { cameras, microphones } = await listDevices();
  const missing = {
    camera: camera !== false && !isThere(cameras, camera.deviceId),
    microphone: microphone !== false && !isThere(microphones, microphone.deviceId),
  };
  return missing.camera || missing.microphone ? missing : asked;
}

function isThere(devices: readonly MediaDeviceChoice[], deviceId = ""): boolean {
  return deviceId === "" ? devices.length > 0 : devices.some((device) => device.deviceId === deviceId);
}

function videoConstraints({ deviceId = "", width = 1280, height = 720, fps = 30 }: CameraWish): MediaTrackConstraints {
  return {
    ...chosen(deviceId),
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: fps },
  };
}

function audioConstraints({ deviceId = "", isMusic = false }: MicrophoneWish): MediaTrackConstraints {
  const speech = { echoCancellation: !isMusic, noiseSuppression: !isMusic, autoGainControl: !isMusic };
  return { ...chosen(deviceId), ...speech, ...(isMusic ? { channelCount: { ideal: 2 } } : {}) };
}

function chosen(deviceId: string): MediaTrackConstraints {
  return deviceId === "" ? {} : { deviceId: { exact: deviceId } };
}
