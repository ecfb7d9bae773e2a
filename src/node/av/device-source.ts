// A camera or a microphone of this machine as a source. Devices are polled, so their reads block no thread; one that is
// pulled out is opened again when it is back.
import { constants } from "node:os";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import type { VideoTarget } from "../../core/media/video-target.js";
import type { Clock } from "../../core/time/clock.js";
import { avMessage } from "./av-error.js";
import { checkCamera, deviceFailed, deviceOpenError } from "./device-errors.js";
import { type DeviceNoun, parseDeviceNoun } from "./device-noun.js";
import { LiveAvSource } from "./live-av-source.js";
import { LiveInput } from "./live-input.js";
import { disconnected, wentSilent } from "./network-errors.js";
import type { PassthroughOptions } from "./passthrough-plan.js";

/** Options of a device source. */
export type DeviceSourceOptions = PassthroughOptions & {
  /** `/dev/video0`, `cam:0`, `alsa:default`, `mic`. */
  readonly name: string;
  /** A camera is asked for its nearest size and rate. */
  readonly video: VideoTarget;
  /** A microphone is asked for this rate and these channels. */
  readonly audio: AudioTarget;
  /** No picture or sound for so long, and it is opened anew. Default 15 s. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Gives up while it is being opened: `open` rejects with its reason. */
  readonly signal?: AbortSignal;
};

/** Wider pictures than this do not fit raw through USB 2 at full rate: the camera is asked to compress them. */
const RAW_WIDTH = 640;

/**
 * Opens it. Throws FloeError `source/not-found`, `source/forbidden`, `source/busy`, `source/unreadable`,
 * `source/unsupported` or `av/not-installed`, each with its fix.
 */
export function openDeviceSource(options: DeviceSourceOptions): Promise<LiveAvSource> {
  const { name, timeoutMs = 15_000 } = options;
  const device = parseDeviceNoun(name);
  const check = (): Promise<void> => (device.kind === "camera" ? checkCamera(name, device.path) : Promise.resolve());
  return LiveAvSource.open({
    ...options,
    loop: false,
    opener: {
      name,
      arrival: "live",
      knock: () =>
        check().then(
          () => true,
          () => false,
        ),
      open: async (signal) => {
        await check();
        return await openDevice(device, { ...options, timeoutMs }, signal);
      },
      broke: (why) => {
        if (why === "timeout") {
          return wentSilent(name, timeoutMs);
        }
        return disconnected(name, why === "end" ? "it stopped" : avMessage(why));
      },
    },
  });
}

/** FFmpeg's options for the device, best first: one that it refuses is left for the next. */
export function askFor(
  { kind }: DeviceNoun,
  { video, audio }: Pick<DeviceSourceOptions, "video" | "audio">,
): readonly Readonly<Record<string, string>>[] {
  if (kind === "microphone") {
    return [{ sample_rate: String(audio.sampleRateHz), channels: String(audio.channels) }, { channels: "1" }, {}];
  }
  const shape = { video_size: `${video.width}x${video.height}`, framerate: String(video.fps) };
  return [...(video.width > RAW_WIDTH ? [{ ...shape, input_format: "mjpeg" }] : []), shape, {}];
}

/** Opens it with the best wishes that it can fulfil. */
async function openDevice(
  device: DeviceNoun,
  options: DeviceSourceOptions & { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<LiveInput> {
  const { name, timeoutMs, clock, logger } = options;
  const wishes = askFor(device, options);
  const { EINVAL, EIO } = constants.errno;
  for (const [index, wish] of wishes.entries()) {
    let failure: number | "timeout" | undefined;
    try {
      return await LiveInput.open({
        url: device.path,
        format: device.kind === "camera" ? "v4l2" : "alsa",
        options: wish,
        isPolled: true,
        timeoutMs,
        clock,
        logger,
        signal,
        openFailed: (code) => {
          failure = code;
          return code === "timeout" ? wentSilent(name, timeoutMs) : deviceOpenError(name, device.kind, code);
        },
        nothingToPlay: () => deviceFailed(name, "it captures nothing that can be decoded"),
      });
    } catch (error) {
      // These two are how drivers say that they cannot do what they are asked for.
      const isRefusal = failure === -EINVAL || failure === -EIO;
      if (!isRefusal || index === wishes.length - 1) {
        throw error;
      }
    }
  }
  throw deviceFailed(name, "there is no way to ask for it");
}
