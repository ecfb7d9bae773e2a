// From a source noun to an open source.

import type { Logger } from "../../core/diagnosis/logger.js";
import type { AudioTarget } from "../../core/media/audio-target.js";
import type { PassthroughPolicy } from "../../core/media/passthrough.js";
import { parseSourceNoun, type SourceNoun, unsupportedSource } from "../../core/media/source-noun.js";
import type { VideoTarget } from "../../core/media/video-target.js";
import type { Clock } from "../../core/time/clock.js";
import type { AvSource } from "./av-source.js";
import { openDeviceSource } from "./device-source.js";
import { FileSource } from "./file-source.js";
import { openNetworkSource } from "./network-source.js";
import { TestSource } from "./test-source.js";

/** Options of `openSource`. */
export type OpenSourceOptions = {
  /** What the test source makes; a file keeps its own size and rate, and the scaler behind it does the rest. */
  readonly video: VideoTarget;
  readonly audio: AudioTarget;
  /** Whether a file begins again at its end. */
  readonly loop: boolean;
  readonly clock: Clock;
  /** Hears what was opened and what broke. */
  readonly logger?: Logger;
  /** Whether encoded packets may come instead of frames. Default `never`: frames only. */
  readonly passthrough?: PassthroughPolicy;
  /**
   * Names of the configuration keys by which somebody asked for a certain picture (`media.video.bitrate`): with any of
   * them, `auto` encodes the video anew, and says which. Default none.
   */
  readonly explicitVideoKeys?: readonly string[];
  /** How RTSP cameras send their media. Default `tcp`. */
  readonly rtspTransport?: "tcp" | "udp";
  /** How long cameras and servers are waited for, to answer or for the next packet. Default 15 s. */
  readonly timeoutMs?: number;
  /** Gives up on a camera or a server that is being opened: `openSource` rejects with its reason, within a second. */
  readonly signal?: AbortSignal;
};

/**
 * Opens a source; nothing is produced before `start`. The caller closes it. Throws FloeError `source/not-found`,
 * `source/is-directory`, `source/unreadable`, `source/no-media`, `source/unsupported`, `source/empty` or
 * `av/not-installed`, each with its fix; for the network and devices also those of openNetworkSource and
 * openDeviceSource.
 */
export async function openSource(noun: SourceNoun | string, options: OpenSourceOptions): Promise<AvSource> {
  const parsed = typeof noun === "string" ? parseSourceNoun(noun) : noun;
  const unsupported = unsupportedSource(parsed);
  if (unsupported !== undefined) {
    throw unsupported;
  }
  const source = await openNoun(parsed, options);
  const logger = options.logger?.child("source");
  logger?.debug("opened", { name: source.info.name, video: source.info.video, audio: source.info.audio });
  source.failed.on((error) => logger?.error("broke", { name: source.info.name, error }));
  return source;
}

async function openNoun(noun: SourceNoun, options: OpenSourceOptions): Promise<AvSource> {
  switch (noun.kind) {
    case "test":
      return await TestSource.open(options);
    case "file":
      return await FileSource.open({ ...options, path: noun.path });
    case "rtsp":
    case "url":
      return await openNetworkSource({ ...options, url: noun.url });
    case "device":
      return await openDeviceSource({ ...options, name: noun.name });
    default:
      return noun satisfies never;
  }
}
